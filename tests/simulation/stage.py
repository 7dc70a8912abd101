"""The world, the lives of the controller on it, and what stands between them: the oracle."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping

from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.adapters.sqs import SqsSource
from daemonctl.local.memory import MemoryTransport
from daemonctl.local.world import World, WorldError
from daemonctl.local.world.faults import Faults
from daemonctl.local.world.sqs import Queues
from daemonctl.ports import ApiError, Wire
from daemonctl.runtime.mandate import UNBOUNDED, Mandate
from daemonctl.runtime.service import ClusterService
from tests.simulation.consul import Consul
from tests.simulation.graves import judge
from tests.simulation.idle import HOST_WRITES
from tests.simulation.life import WRITES, Call, Life
from tests.simulation.loop import EPOCH, VirtualClock, VirtualLoop, VirtualSchedule
from tests.simulation.oracle import Oracle
from tests.simulation.scenario import CLUSTER, QUEUE, Scenario
from tests.simulation.sink import Ear
from tests.simulation.trace import Trace, brief
from tests.simulation.truth import Truth
from tests.stand_ins.consul import MemoryStore

_LOOK_SECONDS = 1.0
_THROTTLES = ("ThrottlingException", "RequestThrottled")


class Stage:
    """One run's things."""

    def __init__(self, loop: VirtualLoop, scenario: Scenario) -> None:
        self.loop = loop
        self.clock = VirtualClock(loop)
        self.scenario = scenario
        self.trace = Trace()
        self.hits: Counter[str] = Counter(scenario.labels)
        self.called: set[tuple[str, str]] = set()  # services and operations that were sent
        seed = scenario.seed
        self.world = World(dice=random.Random(f"world {seed}").random, switches=scenario.switches)
        self.dice = random.Random(f"stage {seed}")
        self.broken = asyncio.Event()
        self.oracle = Oracle(Truth(self.world, scenario), self.broken.set)
        self.consul: Consul | None = None
        if scenario.agent:
            self.consul = self.oracle.consul = Consul(self.world, self.clock, scenario)
        self.blackout_until = 0.0
        self.store = MemoryStore()
        self.queue_url = ""
        self._ways = random.Random(f"ways {seed}")
        self._wake: asyncio.TimerHandle | None = None
        self._publish = self.world.core.publish
        self.world.core.publish = self._published
        self._endings: dict[asyncio.Task[None], None] = {}

    @property
    def now(self) -> float:
        return self.clock.now()

    @property
    def truth(self) -> Truth:
        return self.oracle.truth

    @property
    def consul_gone(self) -> bool:
        """Whether Consul has a part in this run and nobody can read it now."""
        return self.consul is not None and self.consul.gone

    @property
    def alive(self) -> list[Life]:
        return [life for life in self.oracle.lives if life.ended is None]

    def note(self, who: str, what: str) -> None:
        """A line of the trace."""
        self.trace.add(self.now - EPOCH, who, what)

    def advance(self, now: float) -> None:
        """The world goes on to ``now``, the oracle looks, and the next look is planned."""
        self.world.advance(now)
        self.oracle.look(now)
        self._plan(now)

    def act(self, service: str, operation: str, params: Mapping[str, object]) -> Wire | None:
        """Somebody else calls AWS; None where it is refused."""
        try:
            answer = self.world.call(service, operation, params, self.now)
        except WorldError as no:
            self.note("refused", f"{operation}: {no.code}")
            return None
        self.advance(self.now)
        return answer

    def begin(self) -> Life:
        """Starts the controller with empty memory."""
        life = self.built(ClusterService)
        if life.service is not None:
            life.service.start()
        return life

    def built(self, kind: type[ClusterService], mandate: Mandate = UNBOUNDED) -> Life:
        """A life whose service is not started yet."""
        life = Life("abcdefghijklmnopqrstuvwxyz"[len(self.oracle.lives)], self.now)
        self.oracle.lives.append(life)
        scenario = self.scenario
        face = Face(self, life)
        inner = MemoryTransport(
            face,
            self.clock,
            latency=lambda: self._ways.uniform(*scenario.latency),
            timeout=scenario.timeout,
            look_seconds=_LOOK_SECONDS,
        )
        life.transport = inner
        way = Way(self, life, inner)
        jitter = random.Random(f"jitter {scenario.seed} {life.name}").random
        buckets = Buckets(self.clock, budget=scenario.api_budget, jitter=jitter)
        spec, sink = scenario.spec(self.queue_url, self.truth.whose.gone), Ear(self, life)
        cluster = EcsCluster(way, buckets, CLUSTER, sink, self.clock)
        life.mandate = mandate
        life.service = kind(
            spec,
            cluster=cluster,
            surroundings=cluster.surroundings,
            events=SqsSource(way, spec.queue_url, sink) if spec.queue_url else None,
            clock=self.clock,
            schedule=VirtualSchedule(self.loop),
            sink=sink,
            store=self.store if scenario.stored else None,
            datacenter=self.consul.datacenter(sink) if self.consul is not None else None,
            nodes=self.consul.nodes(judge(self, life)) if self.consul is not None else None,
            mandate=mandate,
        )
        self.note(life.name, "begins")
        return life

    def crash(self, life: Life, kind: str) -> None:
        """As kill -9: cut off first, then gone."""
        if life.ended is not None or life.transport is None or life.service is None:
            return
        life.transport.cut()
        life.ended = self.now
        self.hits[kind] += 1
        self.note(life.name, kind)
        ending = self.loop.create_task(life.service.crash())
        self._endings[ending] = None
        ending.add_done_callback(lambda task: self._endings.pop(task, None))

    async def end(self, life: Life) -> None:
        """As SIGTERM."""
        if life.ended is None and life.service is not None and life.transport is not None:
            self.hits["graceful_end"] += 1
            self.note(life.name, "is told to end")
            await life.service.stop()
            life.transport.cut()
            life.ended = self.now

    def subscribe(self) -> None:
        """The cluster's events go to the queue from now on."""
        self.queue_url = self.world.subscribe(CLUSTER, QUEUE)

    def _published(self, cluster: str, event: dict[str, object], now: float) -> None:
        for arn in event["resources"] if isinstance(event["resources"], list) else ():
            self.oracle.changed(arn, now)
        self._publish(cluster, event, now)

    def _plan(self, now: float) -> None:
        at = self.world.next_wake()
        if self._wake is not None:
            self._wake.cancel()
        if at is not None:
            self._wake = self.loop.call_later(max(0.0, at - now), self._woken)

    def _woken(self) -> None:
        self.advance(self.now)


class Face:
    """The world as one life reaches it: it may die of having been heard."""

    def __init__(self, stage: Stage, life: Life) -> None:
        self._stage = stage
        self._life = life

    @property
    def faults(self) -> Faults:
        return self._stage.world.faults

    @property
    def sqs(self) -> Queues:
        return self._stage.world.sqs

    def advance(self, now: float) -> None:
        self._stage.advance(now)

    def next_wake(self) -> float | None:
        return self._stage.world.next_wake()

    def call(
        self, service: str, operation: str, params: Mapping[str, object], now: float
    ) -> dict[str, object]:
        """Does the call, and lets the oracle judge what it did."""
        stage, life = self._stage, self._life
        stage.advance(now)
        call = next((one for one in life.under_way.values() if one.params is params), None)
        if call is not None and operation == "StopTask":
            stage.oracle.stopping(call, now)
        if operation == "PutAttributes":
            stage.hits[stage.oracle.marking(params, now)] += 1
        if operation in HOST_WRITES:
            stage.oracle.host(operation, params, now)
            stage.hits[HOST_WRITES[operation]] += 1
        answer = stage.world.call(service, operation, params, now)
        if call is not None:
            stage.oracle.done(call, answer, now)
            stage.note(life.name, f"  {operation} {call.number} is done")
            if operation == "StopTask":
                code = call.reason.removeprefix("daemonctl: ").split(":", 1)[0]
                stage.hits[f"stop_{code.lower()}"] += 1
        if operation == "ListTasks" and any(
            task.visible_at > now for task in stage.truth.cluster.tasks.values()
        ):
            stage.hits["listing_lag"] += 1
        if life.crash_in is not None and life.crash_in < 0 and life.crash_done:
            stage.crash(life, "crash_after_call")
        stage.advance(now)
        return answer


class Way:
    """ports.Transport of one life: everything that is sent and answered is seen here."""

    def __init__(self, stage: Stage, life: Life, inner: MemoryTransport) -> None:
        self._stage = stage
        self._life = life
        self._inner = inner

    async def call(self, service: str, operation: str, params: Wire) -> Wire:
        """See ports.Transport."""
        stage, life = self._stage, self._life
        await life.thawed()
        if life.ended is not None:
            raise ApiError("Unreachable", "the process is dead")
        stage.called.add((service, operation))
        if life.crashes_now() and not life.crash_done:
            stage.crash(life, "crash_before_call")
            raise ApiError("Unreachable", "the process is dead")
        call = None
        if service == "ecs":
            call = stage.oracle.sent(life, operation, params, stage.now)
            stage.note(life.name, f"{operation} {brief(params)}")
            if stage.now < stage.blackout_until and operation not in WRITES:
                stage.hits["blackout"] += 1
                await stage.clock.sleep(0.2)
                raise ApiError("Unreachable", "the reads' endpoint is gone")
        outcome = "lost"
        try:
            answer = await self._inner.call(service, operation, params)
            self._lose(operation)
            outcome = "ok"
        except ApiError as error:
            outcome = _outcome(error)
            self._count(call, error, outcome)
            raise
        finally:
            if call is not None:
                stage.oracle.ended(call, outcome, stage.now)
            if service == "ecs":
                stage.note(life.name, f"  {operation} {call.number if call else ''} {outcome}")
        life.answered(operation, params, answer, stage.now)
        return answer

    def _lose(self, operation: str) -> None:
        """The answer of a stop gets lost; the world itself only loses those of starts."""
        stage = self._stage
        share = stage.scenario.lost_stops if stage.world.faults.active(stage.now) else 0.0
        if operation == "StopTask" and share and stage.dice.random() < share:
            raise ApiError("Unreachable", "the connection was closed", ambiguous=True)

    def _count(self, call: Call | None, error: ApiError, outcome: str) -> None:
        hits = self._stage.hits
        if error.code == "Timeout":
            hits["timeout"] += 1
        if call is not None and call.operation == "StartTask" and outcome == "ambiguous":
            hits["start_unanswered_done" if call.done else "start_unanswered_not_done"] += 1
        if call is not None and call.operation == "StopTask" and outcome == "ambiguous":
            hits["stop_unanswered"] += 1


def _outcome(error: ApiError) -> str:
    if error.code in _THROTTLES:
        return "throttled"
    return "ambiguous" if error.ambiguous else "refused"
