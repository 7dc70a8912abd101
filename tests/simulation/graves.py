"""Consul nodes and their hosts by the world's truth: who may be removed, and who is left."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from daemonctl.local.world import World
from daemonctl.local.world.instance import Instance
from daemonctl.local.world.task import RUNNING
from daemonctl.model.discovery import Node, Serf
from daemonctl.model.ghosts import Entry
from daemonctl.model.rights import OPERATE
from tests.simulation.loop import VirtualClock
from tests.simulation.scenario import CLUSTER, Scenario
from tests.stand_ins.consul_nodes import MemoryNodes
from tests.stand_ins.gossip import Gossip

if TYPE_CHECKING:
    from tests.simulation.life import Life
    from tests.simulation.stage import Stage

_RACE_SECONDS = 1.0
"""Who joins while force-leave is on its way is not seen; the agent itself says that it lives."""

STRANGERS = (
    Node("elsewhere", "10.0.0.1", Serf.FAILED, {"ecs-cluster": "other", "ec2-instance-id": "i-0"}),
    Node("bare", "10.0.0.1", Serf.FAILED, {}),
    Node(
        "another-account",
        "10.0.0.1",
        Serf.FAILED,
        {"ecs-cluster": CLUSTER, "ecs-container-instance": "a" * 32, "ec2-instance-id": "i-0a"},
    ),
    Node(
        "server-2",
        "10.0.0.1",
        Serf.FAILED,
        {"ecs-cluster": CLUSTER, "ecs-container-instance": "b" * 32, "ec2-instance-id": "i-0b"},
    ),
)
"""Failed, and nobody's ghosts."""


class Graves:
    """What becomes of the names of hosts, and the judge of removals."""

    def __init__(self, world: World, gossip: Gossip, scenario: Scenario) -> None:
        self.reused = 0
        self._world = world
        self._gossip = gossip
        self._scenario = scenario
        self._dice = random.Random(f"graves {scenario.seed}")
        self._named: dict[str, None] = {}
        gossip.meta["ecs-cluster"] = CLUSTER
        for node in STRANGERS:
            gossip.registry.put(node)

    def name(self) -> None:
        """New hosts get their names: some that of a host that is gone. Some agents are rude."""
        gossip, hosts = self._gossip, list(self._world.hosts.values())
        for host in hosts:
            if host.id in self._named:
                continue
            self._named[host.id] = None
            names = {one.id: gossip.names.get(one.id, one.id) for one in hosts}
            taken = [names[one.id] for one in hosts if one.state != "terminated"]
            free = [name for name in names.values() if name not in taken]
            if free and self._dice.random() < 0.5:
                gossip.names[host.id] = self._dice.choice(free)
                self.reused += 1
            if self._dice.random() < 0.5:
                gossip.rude[host.id] = None

    def wrong(self, call: str, name: str, now: float) -> str:
        """Why this node must not be removed now, "" where it may."""
        node = self._gossip.registry.nodes[name]
        ec2 = node.meta.get("ec2-instance-id", "")
        host = self._world.hosts.get(ec2)
        if node.meta.get("ecs-cluster") != CLUSTER or name.startswith("server") or host is None:
            return f"{name} is nobody's ghost"
        lately = self._gossip.last_dead.get(ec2, 0.0) >= now - _RACE_SECONDS
        if self._runs(ec2) and not (call == "force_leave" and lately):
            return f"the agent of {name} on {ec2} runs"
        if host.state == "terminated" or any(map(self._empty, self._instances(ec2))):
            return ""
        return f"{name}: {ec2} is {host.state}, and not drained"

    def left(self) -> list[str]:
        """Nodes that should have gone; empty: none."""
        return [
            f"{node.name} of {node.meta['ec2-instance-id']} is still in Consul"
            for node in self._gossip.registry.nodes.values()
            if node.meta.get("ecs-cluster") == CLUSTER
            and node not in STRANGERS
            and node.serf is not Serf.ALIVE
            and self._gone(node.meta["ec2-instance-id"])
        ]

    def _gone(self, ec2: str) -> bool:
        if self._world.hosts[ec2].state == "terminated":
            return True
        held = [one for one in self._instances(ec2) if one.status != "INACTIVE"]
        return [self._empty(one) and one.connected for one in held] == [True]

    def _runs(self, ec2: str) -> bool:
        family = self._scenario.agent
        return self._world.hosts[ec2].state == "running" and any(
            task.on_host == RUNNING and task.definition.family == family
            for one in self._instances(ec2)
            for task in one.tasks.values()
        )

    def _instances(self, ec2: str) -> list[Instance]:
        found = self._world.clusters[CLUSTER].instances.values()
        return [one for one in found if one.host.id == ec2]

    def _empty(self, instance: Instance) -> bool:
        running = any(task.last_status != "STOPPED" for task in instance.tasks.values())
        return instance.status in {"DRAINING", "INACTIVE"} and not running


def judge(stage: Stage, life: Life) -> Callable[[str, str], None]:
    """What hears of each node that a life is about to take out of Consul."""

    def removing(call: str, name: str) -> None:
        stage.note(life.name, f"{call} {name}")
        stage.hits[f"ghost_{call}"] += 1
        if stage.consul is not None and stage.consul.graves is not None:
            wrong = stage.consul.graves.wrong(call, name, stage.now)
            if wrong:
                stage.oracle.breach("ghosts", f"{life.name} {call}: {wrong}", stage.now)

    return removing


class SlowNodes(MemoryNodes):
    """``Nodes`` of one life: each call takes its time, and the dead get no answer."""

    def __init__(
        self,
        gossip: Gossip,
        clock: VirtualClock,
        scenario: Scenario,
        removing: Callable[[str, str], None],
    ) -> None:
        super().__init__(gossip.registry, removing)
        self._clock = clock
        self._dice = random.Random(f"nodes {scenario.seed}")
        self.denied = (OPERATE,) if scenario.seed % 3 == 0 else ()

    async def _wait(self) -> None:
        await self._clock.sleep(self._dice.uniform(0.01, 0.4))

    async def servers(self) -> frozenset[str]:
        await self._wait()
        return await super().servers()

    async def entry(self, name: str) -> Entry | None:
        await self._wait()
        return await super().entry(name)

    async def force_leave(self, name: str) -> bool:
        await self._wait()
        return await super().force_leave(name)

    async def deregister(self, name: str, index: int) -> bool:
        await self._wait()
        return await super().deregister(name, index)
