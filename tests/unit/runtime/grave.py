"""A rig with Consul beside it, whose nodes of dead hosts the controller removes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from msgspec.structs import replace

from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.reason import Notice
from daemonctl.model.spec import ConsulSpec, GhostsSpec, Share
from daemonctl.runtime.datacenter import Datacenter
from daemonctl.runtime.service import ClusterService
from tests.simulation.loop import VirtualLoop
from tests.stand_ins.consul import MemoryStore
from tests.stand_ins.consul_catalog import MemoryCatalog
from tests.stand_ins.consul_nodes import MemoryNodes
from tests.stand_ins.gossip import Gossip
from tests.unit.runtime.rig import AGENT, Rig, on_virtual_time

ALL = GhostsSpec(max_share=Share(100, percent=True))


class Yard:
    """Three hosts, each with a living agent once ``joined``."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.rig = Rig(loop, instances=3)
        self.gossip = Gossip(self.rig.world, CLUSTER, "consul-agent", self.rig.clock)
        self.gossip.meta["ecs-cluster"] = CLUSTER
        self.registry = self.gossip.registry
        self.agents = asyncio.ensure_future(self.gossip.run())
        self.nodes = MemoryNodes(self.registry, lambda call, name: self.calls.append((call, name)))
        self.store = MemoryStore()
        self.calls: list[tuple[str, str]] = []
        self.ec2 = [
            self.rig.world.clusters[CLUSTER].instances[arn].host.id for arn in self.rig.instances
        ]

    def start(self, wish: GhostsSpec | None = ALL, **how: Any) -> ClusterService:
        rig = self.rig
        catalog = MemoryCatalog(self.registry, rig.clock)
        spec = rig.spec(
            daemons=(replace(AGENT, agent_alive=True),),
            consul=ConsulSpec("http://consul"),
            ghosts=wish,
            resync_seconds=30.0,
        )
        datacenter = Datacenter(catalog, "dc1", rig.clock, rig.sink)
        return rig.start(spec, datacenter=datacenter, store=self.store, nodes=self.nodes, **how)

    async def joined(self) -> None:
        await self.rig.until(lambda: all(one in self.registry.nodes for one in self.ec2))
        await self.rig.settle(3)

    def terminate(self, *numbers: int) -> None:
        for number in numbers:
            self.rig.world.terminate(self.rig.instances[number], self.rig.clock.now())
        self.rig.world.advance(self.rig.clock.now())

    def drain(self, number: int) -> None:
        params = {
            "cluster": CLUSTER,
            "containerInstances": [self.rig.instances[number]],
            "status": "DRAINING",
        }
        now = self.rig.clock.now()
        self.rig.world.call("ecs", "UpdateContainerInstancesState", params, now)

    def there(self) -> list[str]:
        return sorted(name for name in self.registry.nodes if name != "server")

    def removed(self, kind: str) -> int:
        return self.rig.sink.total("consul_ghosts_removed", kind=kind)

    def told(self, notice: Notice) -> list[str]:
        assert self.rig.service is not None
        return [one.words for one in self.rig.service.conditions if one.notice is notice]


def play(story: Callable[[Yard], Coroutine[Any, Any, None]]) -> None:
    async def on(loop: VirtualLoop) -> None:
        yard = Yard(loop)
        await story(yard)
        if yard.rig.service is not None:
            await yard.rig.service.stop()
        yard.agents.cancel()
        await asyncio.gather(yard.agents, return_exceptions=True)
        assert yard.rig.sink.violations == []
        assert [line[1:] for line in yard.rig.sink.lines if line[0] == "error"] == []

    on_virtual_time(on)
