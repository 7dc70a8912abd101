"""The contract of ports.consul, the same for every Consul. The fixture ``bench`` is the stage."""

from __future__ import annotations

import asyncio
import uuid

from daemonctl.model.discovery import Node, Serf
from daemonctl.ports.consul import Catalog, CatalogNews, Stored
from tests.contract.consul.bench import Bench

SOON = 60.0
"""Seconds by which what changed is told: a hang is a failure, slowness is not measured here."""


def fresh(name: str = "x") -> str:
    """A key that no other test has."""
    return f"daemonctl/test/{uuid.uuid4().hex}/{name}"


async def test_a_key_that_is_not_there_is_none(bench: Bench) -> None:
    assert await bench.store().get(fresh()) is None


async def test_a_value_comes_back_byte_by_byte(bench: Bench) -> None:
    store, key = bench.store(), fresh("ä b%2F?#&=")
    value = bytes(range(256))
    index = await store.put(key, value, 0)
    assert index
    assert await store.get(key) == Stored(key, value, index)
    assert await bench.store().get(key) == Stored(key, value, index)


async def test_an_empty_value_is_a_value(bench: Bench) -> None:
    store, key = bench.store(), fresh()
    index = await store.put(key, b"", 0)
    assert index
    assert await store.get(key) == Stored(key, b"", index)


async def test_what_exists_is_not_created_again(bench: Bench) -> None:
    store, key = bench.store(), fresh()
    assert await store.put(key, b"first", 0)
    assert await store.put(key, b"second", 0) is None
    held = await store.get(key)
    assert held is not None
    assert held.value == b"first"


async def test_a_write_needs_the_index_as_it_is(bench: Bench) -> None:
    store, key = bench.store(), fresh()
    first = await store.put(key, b"1", 0)
    assert first
    second = await store.put(key, b"2", first)
    assert second
    assert second > first
    assert await store.put(key, b"3", first) is None
    assert await store.get(key) == Stored(key, b"2", second)


async def test_what_is_not_there_is_not_overwritten(bench: Bench) -> None:
    store, key = bench.store(), fresh()
    assert await store.put(key, b"1", 7) is None
    assert await store.get(key) is None


async def test_of_many_who_write_at_once_one_wins(bench: Bench) -> None:
    key = fresh()
    stores = [bench.store() for _ in range(5)]
    outcomes = await asyncio.gather(*(store.put(key, b"me", 0) for store in stores))
    assert len([index for index in outcomes if index is not None]) == 1


async def test_a_delete_needs_the_index_as_it_is(bench: Bench) -> None:
    store, key = bench.store(), fresh()
    first = await store.put(key, b"1", 0)
    assert first
    second = await store.put(key, b"2", first)
    assert second
    assert await store.delete(key, first) is False
    assert await store.get(key) is not None
    assert await store.delete(key, second) is True
    assert await store.get(key) is None
    assert await store.delete(key, second) is True  # there is none, which was wanted


async def test_a_list_holds_what_begins_so_in_order(bench: Bench) -> None:
    store, prefix = bench.store(), fresh("")
    for name in ("b", "a/x", "c"):
        assert await store.put(prefix + name, name.encode(), 0)
    assert await store.put(fresh(), b"another's", 0)
    listed = await store.list(prefix)
    assert [each.key for each in listed] == [prefix + name for name in ("a/x", "b", "c")]
    assert [each.value for each in listed] == [b"a/x", b"b", b"c"]
    assert await store.get(listed[0].key) == listed[0]


async def test_a_list_of_nothing_is_empty(bench: Bench) -> None:
    assert await bench.store().list(fresh()) == ()


def node(serf: Serf = Serf.ALIVE, *, name: str = "", address: str = "10.1.2.3") -> Node:
    return Node(name or f"n-{uuid.uuid4().hex[:12]}", address, serf, {"ec2-instance-id": "i-1"})


async def until(catalog: Catalog, name: str, wanted: Node | None) -> CatalogNews:
    """Watches until the news has the node as wanted, None for gone."""
    async with asyncio.timeout(SOON):
        while True:
            news = await catalog.watch()
            if wanted is None and name in news.gone:
                return news
            if wanted is not None and wanted in news.changed:
                return news


async def test_the_first_look_tells_every_node(bench: Bench) -> None:
    known = [node(), node(Serf.FAILED), node(Serf.NONE)]
    for each in known:
        await bench.register(each)
    news = await bench.catalog().watch()
    names = [each.name for each in news.changed]
    assert names == sorted(names)
    assert [each for each in known if each not in news.changed] == []
    assert news.gone == ()
    assert news.as_of > 0


async def test_what_is_new_is_told_and_nothing_else(bench: Bench) -> None:
    catalog, one, other = bench.catalog(), node(), node()
    await bench.register(other)
    await catalog.watch()
    await bench.register(one)
    news = await until(catalog, one.name, one)
    assert [each.name for each in news.changed] == [one.name]


async def test_a_failure_a_recovery_and_a_move_are_told(bench: Bench) -> None:
    catalog, one = bench.catalog(), node()
    await bench.register(one)
    await catalog.watch()
    for state, address in (
        (Serf.FAILED, "10.1.2.3"),
        (Serf.ALIVE, "10.1.2.3"),
        (Serf.ALIVE, "::1"),
    ):
        seen = node(state, name=one.name, address=address)
        await bench.register(seen)
        await until(catalog, one.name, seen)


async def test_two_watchers_are_told_the_same(bench: Bench) -> None:
    first, second, one = bench.catalog(), bench.catalog(), node()
    await asyncio.gather(first.watch(), second.watch())
    await bench.register(one)
    await asyncio.gather(until(first, one.name, one), until(second, one.name, one))


async def test_a_watch_that_is_cancelled_goes_on_where_it_was(bench: Bench) -> None:
    catalog, one = bench.catalog(), node()
    await catalog.watch()
    watching = asyncio.create_task(catalog.watch())
    await asyncio.sleep(0)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await bench.register(one)
    news = await until(catalog, one.name, one)
    assert [each.name for each in news.changed] == [one.name]
