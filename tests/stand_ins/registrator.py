"""What registrators make of a local ECS's world, and ports.registrations on top of it.

As gliderlabs/registrator: on its start and when a container starts or dies it tells its host's
agent; on its own exit it takes nothing back. An agent that leaves takes its services along.
"""

from __future__ import annotations

import asyncio

from daemonctl.local.world import World
from daemonctl.local.world.task import RUNNING, Task
from daemonctl.model.discovery import Serf, Service
from daemonctl.ports import Clock
from daemonctl.ports.consul import CatalogError
from tests.stand_ins.consul_catalog import Registry

STEP_SECONDS = 0.5
WAIT_SECONDS = 20.0


class Registrators:
    """Attributes:
    deaf: tasks that registrator has missed: only one that starts later sees them.
    quiet: EC2 instances whose registrators see nothing at all.
    services: what each instance's agent keeps, by EC2 id and service id.
    """

    def __init__(self, world: World, cluster: str, registry: Registry, clock: Clock) -> None:
        self.deaf: dict[str, float] = {}  # since when, by task
        self.quiet: dict[str, None] = {}
        self.services: dict[str, dict[str, Service]] = {}
        self.reads = 0
        self.unreachable = False  # agents answer nobody but their own host
        self._world = world
        self._cluster = cluster
        self._registry = registry
        self._clock = clock
        self._changed = asyncio.Event()
        self._stamp = 1

    async def run(self) -> None:
        """Goes on for ever."""
        while True:
            self.step()
            await self._clock.sleep(STEP_SECONDS)

    def step(self) -> None:
        """Every agent's services as they are by now."""
        by_host: dict[str, list[Task]] = {}
        for task in self._world.clusters[self._cluster].tasks.values():
            by_host.setdefault(task.instance.host.id, []).append(task)
        for ec2 in [*self._world.hosts]:
            self._host(ec2, by_host.get(ec2, []))

    def _host(self, ec2: str, tasks: list[Task]) -> None:
        node = self._registry.nodes.get(ec2)
        if node is None:
            if self.services.pop(ec2, None):
                self.ring()
            return
        own = [t for t in tasks if t.definition.family == "registrator" and t.on_host == RUNNING]
        if not own or node.serf is not Serf.ALIVE or ec2 in self.quiet:
            return
        since = max(task.started_at or 0.0 for task in own)
        wanted = {
            service.id: service
            for task in tasks
            if task.on_host == RUNNING and self.deaf.get(task.arn, -1.0) < since
            for service in services_of(task, ec2, node.address)
        }
        if wanted != self.services.get(ec2, {}):
            self.services[ec2] = wanted
            self.ring()

    def ring(self) -> None:
        """Something was registered or deregistered."""
        self._stamp += 1
        self._changed.set()
        self._changed = asyncio.Event()

    # daemonctl's side

    def client(self) -> Reader:
        """One watcher."""
        return Reader(self)

    def reachable(self) -> None:
        """Raises CatalogError in an outage."""
        if self._registry.down:
            raise CatalogError("Unreachable", "Consul cannot be reached")

    def at(self, address: str) -> str:
        """The EC2 instance whose agent is at an address. Raises CatalogError."""
        if self.unreachable:
            raise CatalogError("Unreachable", f"{address}:8500 cannot be reached")
        for name, node in self._registry.nodes.items():
            if node.address == address and node.serf is Serf.ALIVE:
                return name
        raise CatalogError("Unreachable", f"nobody is at {address}")

    async def change(self, seen: int) -> int:
        """The stamp once it is another one, or after a while."""
        if seen == self._stamp:
            change = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait({change}, timeout=WAIT_SECONDS)
            finally:
                change.cancel()
        return self._stamp


class Reader:
    """ports.registrations.Registrations."""

    def __init__(self, all_: Registrators) -> None:
        self._all = all_
        self._seen = 0

    async def rung(self) -> bool:
        stamp = await self._all.change(self._seen)
        self._all.reachable()
        rang, self._seen = stamp != self._seen, stamp
        return rang

    async def of_node(self, node: str) -> tuple[Service, ...]:
        self._all.reachable()
        self._all.reads += 1
        held = self._all.services.get(node, {})
        return tuple(held[key] for key in sorted(held))

    async def of_agent(self, address: str) -> tuple[Service, ...]:
        held = self._all.services.get(self._all.at(address), {})
        return tuple(held[key] for key in sorted(held))

    async def deregister(self, address: str, service: str) -> None:
        if self._all.services.get(self._all.at(address), {}).pop(service, None) is not None:
            self._all.ring()


def services_of(task: Task, ec2: str, address: str) -> list[Service]:
    """As registrator registers a task's published ports."""
    name = f"{task.definition.family}-{task.definition.revision}"
    return [
        Service(
            f"{ec2}:ecs-{name}-{each.definition.name}-{task.arn[-12:]}:{port}"
            + (":udp" if protocol == "udp" else ""),
            task.definition.family,
            address,
            host_port,
        )
        for each in task.containers
        for (port, protocol), host_port in each.host_ports.items()
        if task.definition.network_mode == "bridge"
    ]
