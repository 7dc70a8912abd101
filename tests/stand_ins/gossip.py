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
        names: what a host's agent is called, by EC2 id, where that is not the name.
        rude: EC2 instances whose agents do not leave when they are told to stop.
        meta: the rest of what agents say of themselves.
    """

    def __init__(self, world: World, cluster: str, family: str, clock: Clock) -> None:
        self.registry = Registry()
        self.registry.put(SERVER)
        self.cut: dict[str, None] = {}
        self.dead_since: dict[str, float] = {}
        self.last_dead: dict[str, float] = {}
        self.names: dict[str, str] = {}
        self.rude: dict[str, None] = {}
        self.meta: dict[str, str] = {}
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
        node = self._own(ec2)
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
            wanted = self._after(ec2, node, tasks, now, up=up)
        elif not runs:
            wanted = None
        if wanted is Serf.ALIVE:
            self.dead_since.pop(ec2, None)
        else:
            self._dead(ec2, now)
        self._put(ec2, node, wanted, tasks)

    def _own(self, ec2: str) -> Node | None:
        """The host's node, None where it has none or another host took its name."""
        node = self.registry.nodes.get(self.names.get(ec2, ec2))
        return node if node is not None and node.meta["ec2-instance-id"] == ec2 else None

    def _dead(self, ec2: str, now: float) -> None:
        self.dead_since.setdefault(ec2, now)
        self.last_dead[ec2] = now

    def _after(
        self, ec2: str, held: Node, tasks: list[Task], now: float, *, up: bool
    ) -> Serf | None:
        """An agent that was told to stop leaves; of one that died gossip learns by and by."""
        if up and tasks and tasks[-1].told_to_stop_at is not None and ec2 not in self.rude:
            return None
        ended = self._ended.setdefault(ec2, now)
        return Serf.FAILED if now >= ended + FAIL_SECONDS else held.serf

    def _put(self, ec2: str, node: Node | None, wanted: Serf | None, tasks: list[Task]) -> None:
        if wanted is None and node is not None:
            self.registry.remove(node.name)
        elif wanted is not None and (node is None or node.serf is not wanted):
            instance = tasks[-1].instance.arn.rsplit("/", 1)[-1] if tasks else "gone"
            said = {"ec2-instance-id": ec2, "ecs-container-instance": instance, **self.meta}
            meta = said if node is None or wanted is Serf.ALIVE else node.meta
            address = self._world.hosts[ec2].private_ip
            self.registry.put(Node(self.names.get(ec2, ec2), address, wanted, meta))
