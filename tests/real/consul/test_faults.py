"""A real Consul that refuses, hangs, dies and comes back: what daemonctl makes of it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemonctl.adapters.consul import client, consuls, query
from daemonctl.model.discovery import Node, Serf
from daemonctl.ports.consul import Catalog, CatalogError, CatalogNews, StoreError
from tests.contract.consul.suite import fresh, node, until
from tests.real.consul.bench import ALL, PLAIN, RealBench
from tests.real.consul.server import Agent, Server

NODES = 'node_prefix "" { policy = "write" }\nagent_prefix "" { policy = "write" }\n'


async def trouble(catalog: Catalog) -> CatalogError:
    """Watches until that fails: what was asked before may still be answered."""
    async with asyncio.timeout(60):
        while True:
            try:
                await catalog.watch()
            except CatalogError as error:
                return error


QUICK = 2.0
"""Read time-outs in these tests, so that what hangs hangs for less."""


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[RealBench]:
    """A server that the test may break."""
    with Server(tmp_path / "server") as server:
        bench = RealBench(server, tmp_path / "token", ALL)
        yield bench
        bench.consuls.close()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", QUICK)
    monkeypatch.setattr(query, "WAIT_SECONDS", QUICK)
    monkeypatch.setattr(consuls, "HELD_SECONDS", QUICK * 17 / 16)


@pytest.mark.parametrize(
    "rules",
    [
        "",
        'node_prefix "web-" { policy = "read" }',
    ],
    ids=["nothing", "some"],
)
async def test_a_token_that_may_not_see_everything_is_never_an_empty_catalog(
    bench: RealBench, rules: str
) -> None:
    await bench.register(Node(node().name, "10.9.9.9", Serf.ALIVE))
    bench.allow(rules)
    with pytest.raises(CatalogError) as raised:
        await bench.catalog().watch()
    assert raised.value.code == "Unauthorised"
    assert 'its policy has node_prefix "" { policy = "read" }' in str(raised.value)


@pytest.mark.usefixtures("hasty")
async def test_rights_that_go_while_watching_are_no_nodes_that_go(bench: RealBench) -> None:
    one, catalog = node(), bench.catalog()
    await bench.register(one)
    await catalog.watch()
    bench.allow('node_prefix "web-" { policy = "read" }')
    assert "may not read every node" in str(await trouble(catalog))
    bench.allow(*PLAIN)
    news = await catalog.watch()
    assert news.gone == ()
    assert one.name not in [each.name for each in news.changed]


@pytest.mark.parametrize("kind", ["unknown", "missing", "empty", "two words"])
async def test_a_token_that_is_none_says_so_and_not_itself(bench: RealBench, kind: str) -> None:
    secret = str(uuid.uuid4())
    bench.token_file.write_text({"empty": "", "two words": f"{secret} {secret}"}.get(kind, secret))
    if kind == "missing":
        bench.token_file.unlink()
    with pytest.raises(CatalogError) as raised:
        await bench.catalog().watch()
    with pytest.raises(StoreError) as refused:
        await bench.store().get(fresh())
    for error in (raised.value, refused.value):
        assert error.code == "Unauthorised"
        assert "consul.tokenFile" in str(error)
        assert secret not in str(error)
        assert "\n" not in str(error)


async def test_a_key_that_may_not_be_read_is_not_missing(bench: RealBench) -> None:
    key = fresh()
    assert await bench.store().put(key, b"x", 0)
    bench.allow('node_prefix "" { policy = "read" }')
    store = bench.store()
    for call in (store.get(key), store.list(key), store.put(key, b"y", 0), store.delete(key, 1)):
        with pytest.raises(StoreError) as raised:
            await call
        assert raised.value.code == "Unauthorised"
        assert not raised.value.ambiguous


async def test_a_prefix_that_may_be_read_in_part_is_no_list(bench: RealBench) -> None:
    prefix = fresh("")
    for name in "ab":
        assert await bench.store().put(prefix + name, b"x", 0)
    bench.allow(f'key_prefix "{prefix}a" {{ policy = "read" }}')
    with pytest.raises(StoreError, match="may not read every key"):
        await bench.store().list(prefix)


async def test_another_token_in_the_file_is_taken_at_the_next_call(bench: RealBench) -> None:
    bench.allow("")
    store, key = bench.store(), fresh()
    with pytest.raises(StoreError):
        await store.get(key)
    bench.allow(*PLAIN)
    assert await store.get(key) is None


async def test_the_environment_does_not_change_where_and_as_whom(
    bench: RealBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", "8a1c0f0e-0000-4000-8000-5ec2e75ec2e7")
    monkeypatch.setenv("CONSUL_HTTP_ADDR", "http://192.0.2.1:1")
    monkeypatch.setenv("CONSUL_HTTP_SSL", "true")
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:1")
    assert await bench.store().get(fresh()) is None


async def test_a_failed_agent_is_told_and_removed(broken: RealBench, tmp_path: Path) -> None:
    """The agent is killed: gossip finds out, the catalog keeps the node, force-leave takes it."""
    token = broken.server.token(NODES)
    agent = Agent(
        tmp_path / "agent",
        "i-0123",
        join=broken.server,
        token=token,
        node_meta={"ec2-instance-id": "i-0123"},
    )
    try:
        catalog = broken.catalog()
        async with asyncio.timeout(60):
            seen = None
            while seen is None or seen.serf is not Serf.ALIVE or not seen.meta:
                news = await catalog.watch()
                seen = next((each for each in news.changed if each.name == "i-0123"), seen)
            assert seen.meta["ec2-instance-id"] == "i-0123"
            agent.kill()
            while seen.serf is not Serf.FAILED:
                news = await catalog.watch()
                seen = next((each for each in news.changed if each.name == "i-0123"), seen)
            assert await broken.nodes().force_leave("i-0123")
            gone: tuple[str, ...] = ()
            while "i-0123" not in gone:
                gone = (await catalog.watch()).gone
            assert not await broken.nodes().force_leave("i-0123")  # gone already
    finally:
        agent.close()


@pytest.mark.usefixtures("hasty")
async def test_a_paused_consul_is_silence_and_then_goes_on(broken: RealBench) -> None:
    catalog, store, key, one = broken.catalog(), broken.store(), fresh(), node()
    await broken.register(one)
    await catalog.watch()
    broken.server.pause()
    began = time.monotonic()
    with pytest.raises(StoreError, match="gave no answer within 2 s") as raised:
        await store.put(key, b"x", 0)
    assert (raised.value.code, raised.value.ambiguous) == ("Timeout", True)
    assert "gave no answer within" in str(await trouble(catalog))
    assert time.monotonic() - began < 60
    broken.server.go_on()
    news = await until_answered(catalog)
    assert news.gone == ()
    assert one not in news.changed


@pytest.mark.usefixtures("hasty")
async def test_a_killed_consul_is_unreachable_and_then_comes_back(broken: RealBench) -> None:
    catalog, store, key = broken.catalog(), broken.store(), fresh()
    assert await store.put(key, b"x", 0)
    await catalog.watch()
    broken.server.kill()
    error = await trouble(catalog)
    assert error.code == "Unreachable"
    assert "check consul.address and that Consul runs there" in str(error)
    with pytest.raises(StoreError) as refused:
        await store.put(key, b"y", 0)
    assert (refused.value.code, refused.value.ambiguous) == ("Unreachable", False)
    broken.server.restart()
    await asyncio.to_thread(broken.server.ready)
    one = node()
    await broken.register(one)
    await until(catalog, one.name, one)
    held = await store.get(key)
    assert held is not None
    assert held.value == b"x"


async def until_answered(catalog: Catalog) -> CatalogNews:
    """Consul elects a leader once more after a pause."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await catalog.watch()
            except CatalogError:
                await asyncio.sleep(0.2)


def test_the_process_ends_although_a_query_waits(bench: RealBench) -> None:
    story = f"""
import asyncio
from daemonctl.adapters.clock import SystemClock
from daemonctl.adapters.consul.consuls import Consuls
from daemonctl.model.spec import ConsulSpec

async def main():
    consuls = Consuls(SystemClock(), None)
    catalog = consuls.catalog(ConsulSpec({bench.server.url!r}, {str(bench.token_file)!r}))
    await catalog.watch()
    watching = asyncio.create_task(catalog.watch())
    await asyncio.sleep(1)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    consuls.close()

asyncio.run(main())
"""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", story], check=True, env={**os.environ}, timeout=60)
    assert time.monotonic() - began < client.ANSWER_SECONDS  # a query is held for twice as long
