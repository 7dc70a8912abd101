"""The contract of ports.nodes, the same for every Consul. The fixture ``bench`` is the stage."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.model.discovery import Serf
from daemonctl.model.rights import OPERATE, READ_NODES, READ_SERVICES, WRITE_NODES
from tests.contract.consul.bench import Bench
from tests.contract.consul.suite import node, until


async def test_a_node_that_is_not_there_has_no_entry(bench: Bench) -> None:
    assert await bench.nodes().entry("nobody") is None


async def test_an_entry_is_the_node_as_it_is_now(bench: Bench) -> None:
    nodes = bench.nodes()
    for serf in (Serf.ALIVE, Serf.FAILED, Serf.NONE):
        one = node(serf)
        await bench.register(one)
        entry = await nodes.entry(one.name)
        assert entry is not None
        assert entry.node == one
        assert not entry.server


async def test_the_index_moves_with_address_and_meta_and_not_with_health(bench: Bench) -> None:
    nodes, one = bench.nodes(), node()
    indices = []
    for each in (
        one,
        replace(one, serf=Serf.FAILED),
        replace(one, address="10.9.9.9"),
        replace(one, address="10.9.9.9", meta={"ec2-instance-id": "i-2"}),
    ):
        await bench.register(each)
        entry = await nodes.entry(one.name)
        assert entry is not None
        indices.append(entry.index)
    assert indices[0] == indices[1]
    assert len(set(indices)) == 3


async def test_the_servers_are_told_and_their_entries_say_so(bench: Bench) -> None:
    nodes, one = bench.nodes(), node()
    await bench.register(one)
    servers = await nodes.servers()
    assert servers
    assert one.name not in servers
    for name in servers:
        entry = await nodes.entry(name)
        assert entry is not None
        assert entry.server


async def test_a_node_goes_only_at_the_index_that_was_seen(bench: Bench) -> None:
    catalog, nodes, one = bench.catalog(), bench.nodes(), node(Serf.NONE)
    await bench.register(one)
    await catalog.watch()
    seen = await nodes.entry(one.name)
    assert seen is not None
    await bench.register(replace(one, address="10.9.9.9"))  # another host took the name
    assert not await nodes.deregister(one.name, seen.index)
    moved = await nodes.entry(one.name)
    assert moved is not None
    assert await nodes.deregister(one.name, moved.index)
    await until(catalog, one.name, None)
    assert await nodes.entry(one.name) is None
    assert not await nodes.deregister(one.name, moved.index)  # gone already


async def test_what_the_gossip_does_not_know_is_not_made_to_leave(bench: Bench) -> None:
    one = node(Serf.NONE)
    await bench.register(one)
    assert not await bench.nodes().force_leave(one.name)
    assert await bench.nodes().entry(one.name) is not None


async def test_a_token_with_all_rights_lacks_none(bench: Bench) -> None:
    rights = (READ_NODES, READ_SERVICES, WRITE_NODES, OPERATE)
    assert await bench.nodes().missing(rights) == ()
