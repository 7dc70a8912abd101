"""A cluster of the local ECS, the controller's service on it, and a clock that only jumps."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any

from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.adapters.sqs import SqsSource
from daemonctl.local.memory import MemoryTransport
from daemonctl.local.world import World
from daemonctl.local.world.ready_made import CLUSTER, QUEUE, seed
from daemonctl.local.world.task import Task as WorldTask
from daemonctl.model.ids import ClusterAlias, DaemonName, Owner, family_of
from daemonctl.model.plan import Action, StartTask
from daemonctl.model.reason import Condition, Verdict
from daemonctl.model.spec import ClusterSpec, DaemonSpec, Dependency
from daemonctl.ports.nodes import Nodes
from daemonctl.runtime.datacenter import Datacenter
from daemonctl.runtime.doorbell import Doorbell
from daemonctl.runtime.service import ClusterService
from tests.simulation.loop import VirtualClock, VirtualLoop, VirtualSchedule
from tests.stand_ins.consul import MemoryStore

AGENT = DaemonSpec(name=DaemonName("consul-agent"), task_definition="consul-agent")
REGISTRATOR = DaemonSpec(
    name=DaemonName("registrator"),
    task_definition="registrator",
    depends_on=(Dependency(DaemonName("consul-agent")),),
)


class Told:
    """A Sink that remembers."""

    def __init__(self) -> None:
        self.verdicts: list[tuple[str, str, Verdict | None, Verdict | None]] = []
        self.conditions: list[tuple[Condition, bool]] = []
        self.actions: list[tuple[Action, str, str]] = []
        self.deeds: list[tuple[str, str, str]] = []
        self.leaders: list[tuple[str, str, str]] = []
        self.violations: list[tuple[str, str]] = []
        self.commands: list[tuple[str, str, str, str]] = []
        self.observed: list[tuple[str, float, dict[str, str]]] = []
        self.counted: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}
        self.lines: list[tuple[str, str, dict[str, object]]] = []

    def verdict(
        self, cluster: str, instance: str, daemon: str, old: Verdict | None, new: Verdict | None
    ) -> None:
        self.verdicts.append((instance, daemon, old, new))

    def condition(self, cluster: str, condition: Condition, *, on: bool) -> None:
        self.conditions.append((condition, on))

    def action(self, cluster: str, action: Action, outcome: str, words: str) -> None:
        self.actions.append((action, outcome, words))

    def deed(self, cluster: str, action: str, outcome: str, words: str) -> None:
        self.deeds.append((action, outcome, words))

    def command(self, cluster: str, daemon: str, verb: str, outcome: str, words: str) -> None:
        self.commands.append((verb, daemon, outcome, words))

    def leadership(self, cluster: str, code: str, words: str) -> None:
        self.leaders.append((cluster, code, words))

    def violation(self, cluster: str, invariant: str, words: str) -> None:
        self.violations.append((invariant, words))

    def observe(self, name: str, value: float, **labels: str) -> None:
        self.observed.append((name, value, labels))

    def count(self, name: str, **labels: str) -> None:
        key = (name, tuple(sorted(labels.items())))
        self.counted[key] = self.counted.get(key, 0) + 1

    def log(self, level: str, event: str, **fields: object) -> None:
        self.lines.append((level, event, fields))

    def total(self, name: str, **labels: str) -> int:
        wanted = set(labels.items())
        return sum(
            number
            for (one, had), number in self.counted.items()
            if one == name and wanted <= set(had)
        )

    def measured(self, name: str) -> list[float]:
        return [value for one, value, _ in self.observed if one == name]


class Rig:
    """One world; the controller on it can be started, ended, killed and started again."""

    def __init__(self, loop: VirtualLoop, *, instances: int = 5, latency: float = 0.05) -> None:
        self.loop = loop
        self.clock = VirtualClock(loop)
        dice = random.Random(7)
        self.world = World(dice=dice.random)
        self.instances = seed(self.world, instances, self.clock.now())
        self.sink = Told()
        self.latency = latency
        self.service: ClusterService | None = None
        self.transport: MemoryTransport | None = None

    def spec(self, **changes: Any) -> ClusterSpec:
        fields: dict[str, Any] = {
            "alias": ClusterAlias("local"),
            "name": CLUSTER,
            "owner": Owner("test"),
            "region": "us-east-1",
            "daemons": (AGENT, REGISTRATOR),
            "queue_url": self.world.subscribe(CLUSTER, QUEUE),
        }
        return ClusterSpec(**(fields | changes))

    def start(
        self,
        spec: ClusterSpec | None = None,
        *,
        dry_run: bool = False,
        datacenter: Datacenter | None = None,
        store: MemoryStore | None = None,
        nodes: Nodes | None = None,
        doorbell: Doorbell | None = None,
    ) -> ClusterService:
        spec = spec or self.spec()
        transport = MemoryTransport(self.world, self.clock, latency=lambda: self.latency)
        buckets = Buckets(self.clock, budget=0.5, jitter=lambda: 0.5)
        self.transport = transport
        asks = spec.wants_private_ips
        cluster = EcsCluster(transport, buckets, spec.name, self.sink, self.clock, private_ips=asks)
        self.service = ClusterService(
            spec,
            cluster=cluster,
            surroundings=cluster.surroundings,
            events=SqsSource(transport, spec.queue_url, self.sink) if spec.queue_url else None,
            clock=self.clock,
            schedule=VirtualSchedule(self.loop),
            sink=self.sink,
            dry_run=dry_run,
            datacenter=datacenter,
            store=store,
            nodes=nodes,
            doorbell=doorbell,
        )
        self.service.start()
        return self.service

    async def kill(self) -> None:
        """As kill -9: cut off first, then gone."""
        if self.service is not None and self.transport is not None:
            self.transport.cut()
            await self.service.crash()
            self.service = None

    async def until(self, holds: Callable[[], bool], within: float = 60.0) -> float:
        """Waits until it holds; how long that took."""
        began = self.clock.now()
        while True:
            self.world.advance(self.clock.now())
            if holds():
                return self.clock.now() - began
            if self.clock.now() - began >= within:
                raise AssertionError(f"does not hold after {within:g} s")
            await self.clock.sleep(0.1)

    async def settle(self, seconds: float) -> None:
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            self.world.advance(self.clock.now())
            await self.clock.sleep(0.1)

    def call(self, operation: str, **params: Any) -> Mapping[str, Any]:
        """An operator's call to ECS."""
        now = self.clock.now()
        answer = self.world.call("ecs", operation, {"cluster": CLUSTER, **params}, now)
        self.world.advance(now)
        return answer

    def live(self, family: str = "") -> Iterator[WorldTask]:
        """The truth: tasks that ECS wants running and that have not stopped."""
        for task in self.world.clusters[CLUSTER].tasks.values():
            of_family = not family or family_of(task.definition.arn) == family
            if of_family and task.desired_status == "RUNNING" and task.last_status != "STOPPED":
                yield task

    def starts(self, outcome: str = "ok") -> int:
        """Instances in the StartTask calls that ended so."""
        return sum(
            len(action.instances)
            for action, became, _ in self.sink.actions
            if isinstance(action, StartTask) and became == outcome
        )

    def ever(self, family: str) -> list[WorldTask]:
        """Every task of a family that was ever started."""
        tasks = self.world.clusters[CLUSTER].tasks.values()
        return [task for task in tasks if family_of(task.definition.arn) == family]

    def running(self, family: str) -> int:
        return sum(1 for task in self.live(family) if task.last_status == "RUNNING")

    def queued(self) -> int:
        """Messages in the queue, visible or handed out."""
        queue = self.world.sqs.get(QUEUE)
        assert queue is not None
        return sum(queue.counts(self.clock.now()))

    def all_run(self, instances: int) -> bool:
        return all(self.running(one) == instances for one in ("consul-agent", "registrator"))


async def _end() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def on_virtual_time(story: Callable[[VirtualLoop], Coroutine[Any, Any, None]]) -> None:
    """Runs a story to its end, on a loop whose time only jumps."""
    loop = VirtualLoop()
    try:
        loop.run_until_complete(story(loop))
        left = asyncio.all_tasks(loop)
        assert not left, f"tasks left behind: {sorted(task.get_name() for task in left)}"
    finally:
        loop.run_until_complete(_end())
        loop.close()
