"""Consul as the agents of a local ECS's world make it: a node follows its agent's task."""

from __future__ import annotations

from daemonctl.local.world import World
from daemonctl.local.world.task import RUNNING, Task
from daemonctl.model.discovery import Node, Serf
from daemonctl.ports import Clock
from tests.stand_ins.consul_catalog import Registry

JOIN_SECONDS = 0.5
FAIL_SECONDS = 6.0
STEP_SECONDS = 0.5
SERVER = Node("server", "10.255.0.1", Serf.ALIVE)


class Gossip:
    """Agents join a moment after their task runs, leave when told to stop, fail when they die.

    Attributes:
        cut: EC2 instances that the others cannot reach: their agents are failed, whatever runs.
        dead_since: since when an instance's agent has not been alive, by EC2 id.
        last_dead: when it last was not.
    """

    def __init__(self, world: World, cluster: str, family: str, clock: Clock) -> None:
        self.registry = Registry()
        self.registry.put(SERVER)
        self.cut: dict[str, None] = {}
        self.dead_since: dict[str, float] = {}
        self.last_dead: dict[str, float] = {}
        self._world = world
        self._cluster = cluster
        self._family = family
        self._clock = clock
        self._since: dict[str, float] = {}  # the agent's task has been running
        self._ended: dict[str, float] = {}

    async def run(self) -> None:
        """Goes on for ever."""
        while True:
            self.step(self._clock.now())
            await self._clock.sleep(STEP_SECONDS)

    def step(self, now: float) -> None:
        """Every node as it is by now."""
        cluster = self._world.clusters.get(self._cluster)
        tasks = [] if cluster is None else [*cluster.tasks.values()]
        of_family = [task for task in tasks if task.definition.family == self._family]
        for host in self._world.hosts.values():
            mine = [task for task in of_family if task.instance.host is host]
            self._host(host.id, mine, now, up=host.state == "running")

    def _host(self, ec2: str, tasks: list[Task], now: float, *, up: bool) -> None:
        node = self.registry.nodes.get(ec2)
        runs = up and any(task.on_host == RUNNING for task in tasks)
        if runs:
            self._ended.pop(ec2, None)
            since = self._since.setdefault(ec2, now)
            if now < since + JOIN_SECONDS:
                self._dead(ec2, now)
                return
        else:
            self._since.pop(ec2, None)
        wanted: Serf | None = Serf.ALIVE
        if ec2 in self.cut:
            wanted = Serf.FAILED if node is not None else None
        elif not runs and node is not None:
            wanted = self._after(ec2, tasks, now, up=up)
        elif not runs:
            wanted = None
        if wanted is Serf.ALIVE:
            self.dead_since.pop(ec2, None)
        else:
            self._dead(ec2, now)
        self._put(ec2, node, wanted)

    def _dead(self, ec2: str, now: float) -> None:
        self.dead_since.setdefault(ec2, now)
        self.last_dead[ec2] = now

    def _after(self, ec2: str, tasks: list[Task], now: float, *, up: bool) -> Serf | None:
        """An agent that was told to stop leaves; of one that died gossip learns by and by."""
        if up and tasks and tasks[-1].told_to_stop_at is not None:
            return None
        ended = self._ended.setdefault(ec2, now)
        held = self.registry.nodes[ec2]
        return Serf.FAILED if now >= ended + FAIL_SECONDS else held.serf

    def _put(self, ec2: str, node: Node | None, wanted: Serf | None) -> None:
        if wanted is None:
            self.registry.remove(ec2)
        elif node is None or node.serf is not wanted:
            self.registry.put(Node(ec2, "10.0.0.1", wanted, {"ec2-instance-id": ec2}))
