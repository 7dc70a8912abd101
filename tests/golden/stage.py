"""The real controller on virtual time over the local ECS in memory, and what it tells people."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.adapters.sqs import SqsSource
from daemonctl.local.memory import MemoryTransport
from daemonctl.local.world import World, WorldError
from daemonctl.local.world.ready_made import CLUSTER, QUEUE, seed
from daemonctl.model.ids import ClusterAlias, DaemonName, Owner, short
from daemonctl.model.spec import ClusterSpec, DaemonSpec, Dependency
from daemonctl.runtime.commands import Command
from daemonctl.runtime.journal import Journal
from daemonctl.runtime.names import Ec2Ids
from daemonctl.runtime.reports import LiveReport
from daemonctl.runtime.service import ClusterService
from daemonctl.telemetry.logs import open_log
from daemonctl.telemetry.metrics import Metrics
from daemonctl.telemetry.sink import Telemetry
from tests.golden.typed import Typist, logging_kept, terminal, typed
from tests.simulation.loop import VirtualClock, VirtualLoop, VirtualSchedule

STEP = 0.5  # seconds between two looks of the world at its time

AGENT = DaemonSpec(DaemonName("consul-agent"), "consul-agent")
REGISTRATOR = DaemonSpec(
    DaemonName("registrator"), "registrator", depends_on=(Dependency(AGENT.name),)
)


class Guarded:
    """The world behind IAM: calls may be denied by name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.denied: dict[str, None] = {}
        self.failing: dict[str, None] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)

    def call(
        self, service: str, operation: str, params: Mapping[str, object], now: float
    ) -> dict[str, object]:
        if operation in self.denied:
            who = "arn:aws:sts::000000000000:assumed-role/daemonctl/i-0123456789abcdef0"
            words = f"User: {who} is not authorized to perform: {service}:{operation}"
            raise WorldError("AccessDeniedException", words, 400)
        if operation in self.failing:
            raise WorldError("ServerException", "Service Unavailable.", 503)
        return self._world.call(service, operation, params, now)


class Stage:
    """One world and the controller on it."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.clock = VirtualClock(loop)
        self.world = World(dice=random.Random(7).random)
        self.guarded = Guarded(self.world)
        self.queue = ""
        self.journal = Journal(self.clock.now, ec2_id_of=Ec2Ids(self._services))
        with logging_kept():
            log = open_log(io.StringIO())
        self._sink = Telemetry(log, Metrics("0"), self.journal)
        self._service: ClusterService | None = None
        self._report = LiveReport(
            version="0", clusters=self._services, journal=self.journal, now=self.clock.now
        )
        self._typist = Typist(self._report, self.clock.now, self._sink)
        self.lines: list[str] = []
        self._names: dict[str, str] = {}

    @property
    def now(self) -> float:
        return self.clock.now()

    @property
    def instances(self) -> list[str]:
        """EC2 ids, in order of their launch."""
        return list(self.world.hosts)

    def seed(self, instances: int = 3) -> None:
        """The cluster, its queue, the task definitions, the instances."""
        seed(self.world, instances, self.now)
        self.queue = self.world.subscribe(CLUSTER, QUEUE)

    def act(self, operation: str, **params: object) -> dict[str, Any]:
        """Somebody else calls ECS."""
        return self.world.call("ecs", operation, params, self.now)

    def arn(self, instance: str) -> str:
        """The container instance's ARN of an EC2 id."""
        return str(self.world.hosts[instance].instance_arn)

    def spec(self, *daemons: DaemonSpec, **more: Any) -> ClusterSpec:
        """The cluster's config."""
        made: dict[str, Any] = {
            "alias": ClusterAlias("local"),
            "name": CLUSTER,
            "owner": Owner("prod"),
            "region": "us-east-1",
            "daemons": daemons or (AGENT, REGISTRATOR),
            "queue_url": self.queue,
        }
        return ClusterSpec(**made | more)

    def start(self, *daemons: DaemonSpec, **more: Any) -> None:
        """The controller begins."""
        spec = self.spec(*daemons, **more)
        transport = MemoryTransport(self.guarded, self.clock, latency=lambda: 0.05)
        buckets = Buckets(self.clock, budget=0.5, jitter=lambda: 0.5)
        self._service = ClusterService(
            spec,
            cluster=EcsCluster(transport, buckets, spec.name, self._sink, self.clock),
            events=SqsSource(transport, spec.queue_url, self._sink) if spec.queue_url else None,
            clock=self.clock,
            schedule=VirtualSchedule(self._loop),
            sink=self._sink,
        )
        self._service.start()

    def replace(self, *daemons: DaemonSpec, **more: Any) -> None:
        """The config is edited."""
        assert self._service is not None
        self._service.replace(self.spec(*daemons, **more))

    async def passes(self, seconds: float) -> None:
        """Time passes."""
        end = self.now + seconds
        while self.now < end:
            self.world.advance(self.now)
            await self.clock.sleep(min(STEP, end - self.now))
        self.world.advance(self.now)

    async def until(self, holds: Callable[[], bool], within: float = 600.0) -> None:
        """Time passes until it holds."""
        end = self.now + within
        while not holds():
            assert self.now < end, "what the story waits for does not come"
            await self.passes(0.1)

    def verdict(self, instance: str, daemon: str) -> str:
        """The code of a slot's verdict; "" where there is none yet."""
        held = self._service.verdicts if self._service is not None else {}
        codes = {(short(arn), name): verdict.code for (arn, name), verdict in held.items()}
        return codes.get((short(self.arn(instance)), DaemonName(daemon)), "")

    def says(self, words: str) -> None:
        """A line of the story."""
        self.lines.append(f"# {words}")

    def status(self, daemon: str = "") -> None:
        self.types("status", *([daemon] if daemon else []))

    def explain(self, instance: str) -> None:
        self.types("explain", instance)

    def table(self) -> None:
        self.types("instances")

    def history(self, daemon: str) -> None:
        self.types("rollout", "history", daemon)

    def rollout_status(self, daemon: str) -> None:
        self.types("rollout", "status", daemon, "--watch=false")

    def rollout(self, daemon: str) -> str:
        """The phase of a daemon's rollout."""
        row = self._report.daemon("local", daemon).rollout
        return row.phase if row is not None else ""

    def plan(self) -> None:
        self.types("plan", "--server")

    def events(
        self, instance: str = "", *, daemon: str = "", kind: str = "", since: int = 0
    ) -> None:
        asked = {"instance": instance, "daemon": daemon, "kind": kind}
        asked["since"] = f"{since}s" if since else ""
        options = [word for name, value in asked.items() if value for word in (f"--{name}", value)]
        self.types("events", *options)

    async def end(self) -> None:
        """As kill -9."""
        if self._service is not None:
            await self._service.crash()

    def _services(self) -> list[ClusterService]:
        return [self._service] if self._service is not None else []

    def types(self, *words: str) -> None:
        """Somebody types a command; what it shows is in the transcript."""
        self._shows(words, self._typist.types(*words))

    def types_at(self, server: str, *words: str, **env: str) -> None:
        """As ``types``, at another server (or at none) than the stage's own."""
        with terminal(self.clock.now):
            self._shows(words, typed(*words, server=server, **env))

    def listening(self, **how: str) -> AbstractContextManager[str]:
        """The stage's own API, as the config may have it."""
        return self._typist.listening(**how)

    async def order(self, command: Command) -> None:
        """An operator's command, carried out."""
        assert self._service is not None
        answer = asyncio.ensure_future(self._service.order(command))
        await self.until(answer.done)
        assert answer.result().done, answer.result().words

    def calls(self, real: str, name: str) -> None:
        """What is another one at every run (a port, a folder) is called ``name`` here."""
        self._names[real] = name

    def _shows(self, words: Sequence[str], shown: list[str]) -> None:
        lines = "\n".join(["", f"$ daemonctl {' '.join(words)}", *shown])
        for real, name in self._names.items():
            lines = lines.replace(real, name)
        self.lines += lines.split("\n")


async def end_all() -> None:
    """Cancels whatever is left of a story."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
