"""What the token may not is named, call by call, and is never taken for "nothing there"."""

from __future__ import annotations

import pytest

from daemonctl.model.discovery import Serf
from daemonctl.model.rights import (
    HOLD_SESSIONS,
    OPERATE,
    READ_NODES,
    READ_SERVICES,
    WRITE_NODES,
    WRITE_SERVICES,
    Right,
)
from daemonctl.ports.consul import CatalogError
from tests.contract.consul.suite import node
from tests.real.consul.bench import PLAIN, RealBench, shipped

SEES = READ_NODES.rule + "\n"
STATE = (HOLD_SESSIONS, Right("key", "daemonctl/", "write"))
ALL = (READ_NODES, READ_SERVICES, *STATE, WRITE_SERVICES, WRITE_NODES, OPERATE)


async def test_removing_needs_rights_and_names_them(bench: RealBench) -> None:
    one = node(Serf.NONE)
    await bench.register(one)
    bench.allow(*PLAIN)
    entry = await bench.nodes().entry(one.name)
    assert entry is not None
    with pytest.raises(CatalogError, match='operator = "write"'):
        await bench.nodes().force_leave(one.name)
    with pytest.raises(CatalogError, match=r'node_prefix "" { policy = "write" }') as refused:
        await bench.nodes().deregister(one.name, entry.index)
    assert refused.value.code == "Unauthorised"


async def test_servers_that_may_not_be_seen_are_not_missing(bench: RealBench) -> None:
    bench.allow(SEES)
    with pytest.raises(CatalogError, match=r'service_prefix "" { policy = "read" }'):
        await bench.nodes().servers()
    bench.allow(READ_SERVICES.rule)
    with pytest.raises(CatalogError, match=r'node_prefix "" { policy = "read" }'):
        await bench.nodes().servers()


@pytest.mark.parametrize(
    ("files", "lacks"),
    [
        ([], ALL),
        (["daemonctl-read"], (*STATE, WRITE_SERVICES, WRITE_NODES, OPERATE)),
        (["daemonctl"], (WRITE_SERVICES, WRITE_NODES, OPERATE)),
        (["daemonctl", "daemonctl-services"], (WRITE_NODES, OPERATE)),
        (["daemonctl", "daemonctl-ghosts"], (WRITE_SERVICES, OPERATE)),
        (["daemonctl", "daemonctl-ghosts", "daemonctl-force-leave"], (WRITE_SERVICES,)),
    ],
    ids=["nothing", "read", "state", "services", "ghosts", "force-leave"],
)
async def test_each_level_of_the_policies_that_ship(
    bench: RealBench, files: list[str], lacks: tuple[Right, ...]
) -> None:
    bench.allow(*shipped(*files))
    assert await bench.nodes().missing(ALL) == lacks
