"""The contract of ports.consul, by the stand-ins that other tests rely on."""

from __future__ import annotations

import pytest

from daemonctl.adapters.clock import SystemClock
from daemonctl.local.world import World
from daemonctl.model.discovery import Node, Service
from daemonctl.ports.consul import Catalog, CatalogError, Store, StoreError
from daemonctl.ports.nodes import Nodes
from daemonctl.ports.registrations import Registrations
from tests.contract.consul.nodes_suite import *  # noqa: F403  the whole suite
from tests.contract.consul.registrations_suite import *  # noqa: F403  the whole suite
from tests.contract.consul.suite import *  # noqa: F403  the whole suite
from tests.stand_ins.consul import MemoryStore
from tests.stand_ins.consul_catalog import MemoryCatalog, Registry
from tests.stand_ins.consul_nodes import MemoryNodes
from tests.stand_ins.gossip import SERVER
from tests.stand_ins.registrator import Registrators


class MemoryBench:
    """See bench.Bench."""

    def __init__(self) -> None:
        self.memory = MemoryStore()
        self.registry = Registry()
        self.registry.put(SERVER)
        clock = SystemClock()
        self.registrators = Registrators(World(dice=lambda: 0.5), "web", self.registry, clock)

    def store(self) -> Store:
        return self.memory

    def catalog(self) -> Catalog:
        return MemoryCatalog(self.registry, SystemClock())

    def nodes(self) -> Nodes:
        return MemoryNodes(self.registry)

    def registrations(self) -> Registrations:
        return self.registrators.client()

    def agent(self) -> tuple[str, str]:
        return SERVER.name, SERVER.address

    async def serve(self, node: str, service: Service) -> None:
        self.registrators.services.setdefault(node, {})[service.id] = service
        self.registrators.ring()

    async def keep(self, service: Service) -> None:
        await self.serve(SERVER.name, service)

    async def register(self, node: Node) -> None:
        self.registry.put(node)


@pytest.fixture
def bench() -> MemoryBench:
    return MemoryBench()


async def test_what_is_down_answers_nobody(bench: MemoryBench) -> None:
    bench.memory.down = bench.registry.down = True
    for call in (bench.store().get("x"), bench.store().put("x", b"", 0)):
        with pytest.raises(StoreError):
            await call
    with pytest.raises(CatalogError):
        await bench.catalog().watch()


async def test_a_lost_answer_is_ambiguous_and_the_write_is_there(bench: MemoryBench) -> None:
    bench.memory.lost = 1
    with pytest.raises(StoreError) as raised:
        await bench.store().put("x", b"1", 0)
    assert raised.value.ambiguous
    held = await bench.store().get("x")
    assert held is not None
    assert held.value == b"1"
