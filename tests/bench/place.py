"""How long placing daemons on an empty cluster takes, against what ECS's quota allows at best.

Everything of production but clock, schedule and transport runs, at the full API budget.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Mapping

from daemonctl.adapters.ecs.buckets import MODIFY, QUOTAS, Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.adapters.sqs import SqsSource
from daemonctl.local.memory import MemoryTransport
from daemonctl.local.world import Behaviour, World
from daemonctl.local.world.faults import Faults
from daemonctl.local.world.operations import OPERATIONS
from daemonctl.local.world.sqs import Queues
from daemonctl.model.ids import ClusterAlias, DaemonName, Owner
from daemonctl.model.spec import ClusterSpec, DaemonSpec, Dependency
from daemonctl.runtime.service import ClusterService
from tests.simulation.loop import VirtualClock, VirtualLoop, VirtualSchedule
from tests.simulation.silence import Silence

CLUSTER = "bench"
BATCH = 10
LATENCY = (0.02, 0.08)
STARTING = (3.0, 8.0)
_STEP = 0.05
_LONGEST = 3600.0


def run(instances: int, daemons: int) -> dict[str, float]:
    """The figures; seconds are virtual, from the first full view to the last accepted start."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(_Placing(loop, instances, daemons).figures())
    finally:
        loop.close()


class _Counted:
    """The world, with its StartTask calls counted."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.placed = 0
        self.last = 0.0
        self.modify_calls = 0

    @property
    def faults(self) -> Faults:
        return self._world.faults

    @property
    def sqs(self) -> Queues:
        return self._world.sqs

    def advance(self, now: float) -> None:
        self._world.advance(now)

    def next_wake(self) -> float | None:
        return self._world.next_wake()

    def call(
        self, service: str, operation: str, params: Mapping[str, object], now: float
    ) -> dict[str, object]:
        self.modify_calls += operation in QUOTAS[MODIFY].operations
        answer = self._world.call(service, operation, params, now)
        if operation == "StartTask":
            tasks = answer["tasks"]
            self.placed += len(tasks) if isinstance(tasks, list) else 0
            self.last = now
        return answer


class _Complaints(Silence):
    """What makes the figures worthless: a dropped action, a bug."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def violation(self, cluster: str, invariant: str, words: str) -> None:
        self.heard.append(f"{invariant}: {words}")

    def log(self, level: str, event: str, **fields: object) -> None:
        if level == "error":
            self.heard.append(f"{event}: {fields}")


class _Placing:
    def __init__(self, loop: VirtualLoop, instances: int, daemons: int) -> None:
        self._instances = instances
        self._daemons = daemons
        self._loop = loop
        self._clock = VirtualClock(loop)
        self._world = World(dice=random.Random(1).random)
        self._face = _Counted(self._world)
        self._complaints = _Complaints()
        names = [DaemonName(f"daemon-{number}") for number in range(daemons)]
        self._specs = tuple(
            DaemonSpec(
                name,
                task_definition=name,
                depends_on=(Dependency(names[number - 1]),) if number else (),
            )
            for number, name in enumerate(names)
        )

    async def figures(self) -> dict[str, float]:
        """Places, and counts."""
        service = self._service(self._prepare())
        service.start()
        began = await self._until(lambda: service.observed is not None)
        wanted = self._instances * self._daemons
        await self._until(lambda: self._face.placed >= wanted)
        await service.stop()
        if self._complaints.heard:
            raise SystemExit(f"the controller complained: {self._complaints.heard[0]}")
        seconds, floor = self._face.last - began, self._floor()
        return {
            "instances": self._instances,
            "daemons": self._daemons,
            "seconds": round(seconds, 3),
            "floor_seconds": round(floor, 3),
            "ratio": round(seconds / floor, 4) if floor else 0.0,
            "modify_calls": self._face.modify_calls,
            "throttled": sum(self._world.buckets.throttled.values()),
        }

    def _floor(self) -> float:
        """The least number of calls, less what a full bucket gives at once, at ECS's rate."""
        quota = QUOTAS[MODIFY]
        calls = self._daemons * math.ceil(self._instances / BATCH)
        return max(0.0, (calls - quota.burst) / quota.per_second)

    def _prepare(self) -> str:
        """The cluster before anything of it is watched; it spends none of the quota."""
        now, world = self._clock.now(), self._world
        world.advance(now)
        OPERATIONS["CreateCluster"](world.core, {"clusterName": CLUSTER}, now)
        for spec in self._specs:
            container = {"name": "main", "image": "main", "cpu": 64, "memory": 128}
            row = {"family": spec.task_definition, "containerDefinitions": [container]}
            OPERATIONS["RegisterTaskDefinition"](world.core, row, now)
            world.behave(spec.task_definition, Behaviour(start_seconds=STARTING))
        world.add_instances(CLUSTER, self._instances, now)
        return world.subscribe(CLUSTER, "bench-events")

    def _service(self, queue_url: str) -> ClusterService:
        dice, sink = random.Random(2), self._complaints
        transport = MemoryTransport(self._face, self._clock, latency=lambda: dice.uniform(*LATENCY))
        buckets = Buckets(self._clock, budget=1.0, jitter=dice.random)
        return ClusterService(
            ClusterSpec(
                alias=ClusterAlias(CLUSTER),
                name=CLUSTER,
                owner=Owner("bench"),
                region="us-east-1",
                daemons=self._specs,
                queue_url=queue_url,
            ),
            cluster=EcsCluster(transport, buckets, CLUSTER, sink, self._clock),
            events=SqsSource(transport, queue_url, sink),
            clock=self._clock,
            schedule=VirtualSchedule(self._loop),
            sink=sink,
        )

    async def _until(self, holds: Callable[[], bool]) -> float:
        """Drives the world until it holds; when that was."""
        for _ in range(int(_LONGEST / _STEP)):
            self._world.advance(self._clock.now())
            if holds():
                return self._clock.now()
            await asyncio.sleep(_STEP)
        raise SystemExit(f"not placed within {_LONGEST:g} virtual seconds")
