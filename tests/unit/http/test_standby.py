"""What a replica answers of a cluster that another one leads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from daemonctl.http.auth import TokenFile, proven
from daemonctl.http.health import health_app
from daemonctl.http.serve import url_of
from daemonctl.model.ids import ClusterAlias
from daemonctl.model.spec import HttpSpec, TlsSpec
from daemonctl.runtime.commands import Answer, Answered
from daemonctl.runtime.kept import NotLeadingError
from daemonctl.runtime.liveness import LoopTurn
from daemonctl.runtime.report_source import Role, Standing
from daemonctl.telemetry.collector import StatusCollector

Api = TestClient[Any, Any]
TOKEN = {"Authorization": "Bearer t0ken"}
LEADER = "http://10.0.0.5:8080"
AWAY = Standing(Role.STANDBY, 1.0, "there", LEADER, f"the replica on there leads it: ask {LEADER}")
NOBODY = Standing(Role.STANDBY, None, "", "", "no replica leads it at this moment")


@pytest.fixture
def example(ex: SimpleNamespace) -> SimpleNamespace:
    made: SimpleNamespace = ex.Example()
    stand_by(made, ex, AWAY)
    return made


def stand_by(example: SimpleNamespace, ex: SimpleNamespace, standing: Standing) -> None:
    spec = ex.facts().spec
    example.clusters = [ex.Live(type(ex.facts())(spec, standing=standing), None)]
    example.orders.elsewhere = NotLeadingError(spec.alias, standing.words, standing.address)


@pytest.fixture
async def api(example: SimpleNamespace, tmp_path: Path) -> AsyncIterator[Api]:
    (tmp_path / "token").write_text("t0ken\n")
    app = example.app(proven(TokenFile(str(tmp_path / "token"))), authenticates=True)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/freeze"),
        ("POST", "/v1/resync?cluster=web"),
        ("POST", "/v1/prune"),
        ("POST", "/v1/clusters/web/daemons/consul-agent/pause"),
        ("GET", "/v1/status?cluster=web"),
        ("GET", "/v1/plan?cluster=web"),
        ("GET", "/v1/clusters/web/instances?limit=5&verdict=READY"),
        ("GET", "/v1/clusters/web/instances/i-0%20x"),
        ("GET", "/v1/clusters/web/daemons/consul-agent"),
    ],
)
async def test_what_only_the_leader_can_is_sent_there_as_it_came(
    api: Api, method: str, path: str
) -> None:
    answer = await api.request(method, path, headers=TOKEN, allow_redirects=False)
    assert answer.status == 307
    assert answer.headers["Location"] == LEADER + path
    assert answer.content_type == "application/problem+json"
    assert "this replica stands by: the replica on there leads it" in await answer.text()


async def test_without_the_token_nobody_is_sent_anywhere(api: Api) -> None:
    answer = await api.post("/v1/freeze", allow_redirects=False)
    assert answer.status == 401
    assert "Location" not in answer.headers


async def test_where_no_leader_is_known_it_is_said_so(
    api: Api, example: SimpleNamespace, ex: SimpleNamespace
) -> None:
    stand_by(example, ex, NOBODY)
    for method, path in (("POST", "/v1/freeze"), ("GET", "/v1/plan?cluster=web")):
        answer = await api.request(method, path, headers=TOKEN, allow_redirects=False)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert "no replica leads it at this moment" in await answer.text()


async def test_the_status_of_all_is_its_own_and_says_who_leads(api: Api) -> None:
    status = await (await api.get("/v1/status", headers=TOKEN)).json()
    assert status["leader"] == {"enabled": True, "leads": []}
    (row,) = status["clusters"]
    assert (row["state"], row["words"]) == ("standby", AWAY.words)
    assert row["leader"]["role"] == "standby"
    assert (row["leader"]["host"], row["leader"]["address"]) == ("there", LEADER)
    (plan,) = (await (await api.get("/v1/plan", headers=TOKEN)).json())["clusters"]
    assert plan["words"] == AWAY.words


async def test_what_others_lead_is_told_beside_what_was_done_here(
    api: Api, example: SimpleNamespace
) -> None:
    example.orders.elsewhere = None
    done = Answered(ClusterAlias("web"), Answer(done=True, words="it was done"))
    away = Answered(ClusterAlias("more"), Answer(done=False, words=AWAY.words), leader=LEADER)
    example.orders.answers = (done, away)
    answer = await api.post("/v1/freeze", headers=TOKEN)
    assert answer.status == 200
    rows = (await answer.json())["clusters"]
    assert [row["leader"] for row in rows] == ["", LEADER]


class Still:
    def now(self) -> float:
        return 0.0

    def loops(self) -> tuple[LoopTurn, ...]:
        return ()


async def test_standing_by_is_ready_and_has_no_series_but_one(example: SimpleNamespace) -> None:
    registry = CollectorRegistry()
    registry.register(StatusCollector(example.report))
    app = health_app(example.report, Still(), registry)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/readyz")
        assert answer.status == 200
        assert await answer.json() == {"status": "ok", "clusters": [], "standby": ["web"]}
        lines = (await (await client.get("/metrics")).text()).splitlines()
    assert [line for line in lines if 'cluster="web"' in line] == [
        'daemonctl_leader{cluster="web"} 0.0'
    ]


async def test_a_leader_without_a_view_is_not_ready(
    example: SimpleNamespace, ex: SimpleNamespace
) -> None:
    stand_by(example, ex, replace_role(AWAY))
    app = health_app(example.report, Still(), CollectorRegistry())
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/readyz")).status == 503


def replace_role(standing: Standing) -> Standing:
    return replace(standing, role=Role.LEADER)


@pytest.mark.parametrize(
    ("spec", "api_at", "url"),
    [
        (HttpSpec(), ("127.0.0.1", 8080), "http://127.0.0.1:8080"),
        (HttpSpec(), ("::1", 8080), "http://[::1]:8080"),
        (HttpSpec(tls=TlsSpec("c", "k")), ("127.0.0.1", 8080), "https://127.0.0.1:8080"),
        (HttpSpec(tls=TlsSpec("c", "k")), ("::1", 8080), "https://[::1]:8080"),
        (HttpSpec(advertise="https://a:1"), ("0.0.0.0", 8080), "https://a:1"),  # noqa: S104  no listener is opened
    ],
)
def test_where_others_reach_it(spec: HttpSpec, api_at: tuple[str, int], url: str) -> None:
    assert url_of(spec, api_at) == url


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104  no listener is opened
def test_on_every_address_it_is_one_that_is_not_every(host: str) -> None:
    url = url_of(HttpSpec(), (host, 8080))
    assert url.startswith("http://")
    assert url.endswith(":8080")
    assert "0.0.0.0" not in url  # noqa: S104  as above
    assert "[::]" not in url
