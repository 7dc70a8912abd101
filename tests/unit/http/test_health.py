"""The metrics listener, and opening both."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from daemonctl.http.health import health_app
from daemonctl.http.serve import ListenError, refuse_unsafe, serve
from daemonctl.model.spec import HttpSpec
from daemonctl.runtime.liveness import LoopTurn


class Loops:
    """Liveness that a test sets."""

    def __init__(self) -> None:
        self.at = 100.0
        self.turns = [LoopTurn("web reconcile", 95.0, 30.0), LoopTurn("web events", 99.0, 60.0)]

    def now(self) -> float:
        return self.at

    def loops(self) -> Sequence[LoopTurn]:
        return self.turns


@pytest.fixture
def example(ex: SimpleNamespace) -> SimpleNamespace:
    made: SimpleNamespace = ex.Example()
    return made


@pytest.fixture
def loops() -> Loops:
    return Loops()


@pytest.fixture
async def health(example: SimpleNamespace, loops: Loops) -> AsyncIterator[TestClient[Any, Any]]:
    app = health_app(example.report, loops, CollectorRegistry())
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_live_while_every_loop_turns(health: TestClient[Any, Any], loops: Loops) -> None:
    answer = await health.get("/livez")
    assert answer.status == 200
    assert (await answer.json())["loops"][0] == {"name": "web reconcile", "age": 5.0}
    loops.at = 125.0  # exactly at the bound
    assert (await health.get("/livez")).status == 200


async def test_a_hanging_loop_is_named(health: TestClient[Any, Any], loops: Loops) -> None:
    loops.at = 126.0
    answer = await health.get("/livez")
    assert answer.status == 503
    assert answer.content_type == "application/problem+json"
    detail = (await answer.json())["detail"]
    assert "web reconcile last turned 31 s ago, more than 30 s" in detail
    assert "web events" not in detail


async def test_ready_after_the_first_full_view_whatever_comes_then(
    ex: SimpleNamespace, example: SimpleNamespace, health: TestClient[Any, Any]
) -> None:
    example.show(observed=None)
    answer = await health.get("/readyz")
    assert answer.status == 503
    assert "web: the first listing has not ended" in (await answer.json())["detail"]
    example.show(observed=replace(ex.facts().observed, first_full_at=None, complete=False))
    assert (await health.get("/readyz")).status == 503
    example.show(trouble="Unreachable: no answer")
    assert (await health.get("/readyz")).status == 200


async def test_one_cluster_without_a_view_makes_unready(
    ex: SimpleNamespace, example: SimpleNamespace, health: TestClient[Any, Any]
) -> None:
    example.clusters.append(ex.Live(ex.facts(observed=None), None))
    assert (await health.get("/readyz")).status == 503


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (HttpSpec(listen="0.0.0.0:8080"), "set http.authTokenFile"),
        (HttpSpec(listen="10.0.0.1:8080"), "set http.authTokenFile"),
        (HttpSpec(listen="[::]:8080"), "set http.authTokenFile"),
        (HttpSpec(listen="controller.internal:8080"), "set http.authTokenFile"),
        (
            HttpSpec(auth_token_file="/does/not/exist"),  # noqa: S106  # a path
            "http.authTokenFile /does/not/exist: No such",
        ),
        (HttpSpec(listen="8080"), "is no address"),
        (HttpSpec(listen=":8080"), "is no address"),
        (HttpSpec(listen="127.0.0.1:70000"), "is no address"),
        (HttpSpec(metrics_listen="0.0.0.0:x"), "http.metricsListen"),
        (HttpSpec(listen="127.0.0.1:9102", metrics_listen="127.0.0.1:9102"), "its own port"),
    ],
)
def test_listeners_that_are_refused(spec: HttpSpec, words: str) -> None:
    with pytest.raises(ListenError) as caught:
        refuse_unsafe(spec)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "listen", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "127.9.9.9:1"]
)
def test_loopback_needs_no_token(listen: str) -> None:
    refuse_unsafe(HttpSpec(listen=listen))


def test_off_loopback_with_a_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken")
    refuse_unsafe(HttpSpec(listen="0.0.0.0:8080", auth_token_file=str(tmp_path / "token")))


async def test_both_listeners_on_real_ports(example: SimpleNamespace, loops: Loops) -> None:
    spec = HttpSpec(listen="127.0.0.1:0", metrics_listen="127.0.0.1:0")
    there = (example.report, loops, example.orders, CollectorRegistry())
    async with serve(spec, *there, sink=example.heard) as served:
        api, metrics = (f"http://127.0.0.1:{at[1]}" for at in (served.api, served.metrics))
        async with ClientSession() as client:
            for url, status in (
                (f"{api}/v1/status", 200),
                (f"{api}/metrics", 404),
                (f"{metrics}/metrics", 200),
                (f"{metrics}/readyz", 200),
                (f"{metrics}/v1/status", 404),
            ):
                async with client.get(url) as answer:
                    assert (url, answer.status) == (url, status)
    with socket.socket() as probe:  # both are closed with the context
        assert probe.connect_ex(served.api) != 0


async def test_a_taken_port_is_one_clear_line(example: SimpleNamespace, loops: Loops) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        spec = HttpSpec(listen=f"127.0.0.1:{port}", metrics_listen="127.0.0.1:0")
        there = (example.report, loops, example.orders, CollectorRegistry())
        with pytest.raises(ListenError) as caught:
            async with serve(spec, *there, sink=example.heard):
                pytest.fail("it must not open")
    assert f"http.listen 127.0.0.1:{port}: the port is taken" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 1
