"""Two controllers that take turns by a lease, and what may happen to them and to the lock store.

A term of a lease is a life of its own to the oracle: it begins with an empty memory.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

from daemonctl.model.lease import Power
from daemonctl.model.spec import ClusterSpec
from daemonctl.planning.leadership import Rules
from daemonctl.ports.lease import Lock
from daemonctl.runtime.candidate import Candidate
from daemonctl.runtime.elsewhere import Elsewhere
from daemonctl.runtime.leadership import Replica
from daemonctl.runtime.mandate import Mandate
from daemonctl.runtime.service import ClusterService
from tests.simulation.silence import Silence
from tests.stand_ins.locks import Locks, MemoryLease
from tests.unit.runtime.fakes import FakeCluster

if TYPE_CHECKING:
    from tests.simulation.life import Life
    from tests.simulation.stage import Stage

RULES = Rules(ttl=10.0, lock_delay=5.0)
T = TypeVar("T")


class Nobody:
    """ports.lease.OwnTasks of a process that is no ECS task."""

    async def mine(self) -> str:
        return ""

    async def running(self) -> tuple[str, ...]:
        return ()


class Frozen(MemoryLease):
    """Says nothing while its process is stopped."""

    def __init__(self, locks: Locks, process: Process) -> None:
        super().__init__(locks)
        self._process = process

    async def renew(self, session: str) -> bool:
        return await self._after(super().renew(session))

    async def lock(self, key: str) -> Lock | None:
        return await self._after(super().lock(key))

    async def acquire(self, key: str, session: str, value: bytes) -> bool:
        return await self._after(super().acquire(key, session, value))

    async def _after(self, call: Awaitable[T]) -> T:
        await self._process.running.wait()
        return await call


class Process:
    """One replica."""

    def __init__(self, stage: Stage, locks: Locks, name: str) -> None:
        self.stage = stage
        self.name = name
        self.running = asyncio.Event()
        self.running.set()
        self.dead = False
        self.lives: list[Life] = []
        self.lease = Frozen(locks, self)
        sink, clock, scenario = Silence(), stage.clock, stage.scenario
        spec = scenario.spec(stage.queue_url, stage.truth.whose.gone)
        self.replica = Replica(
            self.lease,
            RULES,
            owner=spec.owner,
            clock=clock,
            sink=sink,
            own=Nobody(),
            address=lambda: "",
            host=name,
        )
        store = Elsewhere(stage.store, spec.owner, spec.alias, clock, behind=60.0)
        self.candidate = Candidate(
            spec,
            make=self._make,
            cluster=FakeCluster(),
            replica=self.replica,
            elsewhere=store,
            clock=clock,
            sink=sink,
        )

    @property
    def leads(self) -> bool:
        return any(life.mandate.power() is Power.FULL for life in self.lives[-1:])

    def kill(self) -> None:
        """As kill -9."""
        self.dead = self.lease.cut = True
        self.running.set()
        for life in self.lives:
            self.over(life)
        self.stage.note(self.name, "is killed")

    def over(self, life: Life) -> None:
        """A term ended, or its process."""
        if life.ended is None and life.transport is not None:
            life.transport.cut()
            life.ended = self.stage.now
        life.thaw.set()

    def stop(self) -> None:
        """As SIGSTOP."""
        self.stage.note(self.name, "is stopped")
        self.running.clear()
        for life in self.lives:
            life.thaw.clear()

    def go_on(self) -> None:
        """As SIGCONT."""
        self.stage.note(self.name, "goes on")
        self.running.set()
        for life in self.lives:
            life.thaw.set()

    def _make(self, _spec: ClusterSpec, mandate: Mandate) -> ClusterService:
        process = self

        class Term(ClusterService):
            """A service whose end is the end of a life."""

            async def stop(self) -> None:
                await super().stop()
                process.over(life)

        life = self.stage.built(Term, mandate)
        life.frozen = lambda: not process.running.is_set()
        self.lives.append(life)
        self.stage.hits["term"] += 1
        if life.service is None:
            raise AssertionError("a life that is built has a service")
        return life.service


class Replicas:
    """The replicas of one run: two are alive, but for a while after one has died."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._locks = Locks(stage.clock)
        self._dice = random.Random(f"replicas {stage.scenario.seed}")
        self._alive: list[Process] = []
        self._watching: asyncio.Task[None] | None = None
        self._count = 0

    async def begin(self) -> None:
        """Both; the first leads before the oracle asks for anything."""
        self._another()
        self._another()
        while not any(process.leads for process in self._alive):
            await self._stage.clock.sleep(0.1)
        self._watching = asyncio.create_task(self._watch(), name="leases")

    async def _watch(self) -> None:
        """By one clock never more than one holds a lease that is good."""
        while True:
            leading = [process.name for process in self._alive if process.leads]
            if len(leading) > 1:
                words = f"{' and '.join(leading)} lead at once"
                self._stage.oracle.breach("lease", words, self._stage.now)
            await self._stage.clock.sleep(0.25)

    async def chaos(self) -> None:
        """Now and then something happens to the leader or to the lock store."""
        while True:
            await self._stage.clock.sleep(self._dice.uniform(5, 50))
            kind = self._dice.choice(("killed", "ended", "stopped", "cut", "down", "lost"))
            self._stage.hits[f"replica_{kind}"] += 1
            self._stage.note("replicas", kind)
            await getattr(self, f"_{kind}")()

    async def calm(self) -> None:
        """All is well with the lock store, and somebody leads."""
        self._locks.down = False
        for process in self._alive:
            process.lease.cut = False
            process.go_on()
        while len(self._alive) < 2:
            self._another()
        while not any(process.leads for process in self._alive):
            await self._stage.clock.sleep(0.5)

    def _another(self) -> Process:
        self._count += 1
        process = Process(self._stage, self._locks, f"replica {self._count}")
        self._alive.append(process)
        process.candidate.start()
        return process

    def _leader(self) -> Process:
        return next((one for one in self._alive if one.leads), self._alive[0])

    async def _killed(self) -> None:
        process = self._leader()
        self._alive.remove(process)
        process.kill()
        await process.candidate.crash()
        await process.replica.crash()
        await self._stage.clock.sleep(self._dice.choice((0.0, 10.0, 40.0)))
        self._another()

    async def _ended(self) -> None:
        process = self._leader()
        self._alive.remove(process)
        await process.candidate.stop()
        await process.replica.leave()
        self._another()

    async def _stopped(self) -> None:
        process = self._leader()
        process.stop()
        await self._stage.clock.sleep(self._dice.choice((3.0, 15.0, 60.0)))
        process.go_on()

    async def _cut(self) -> None:
        process = self._leader()
        process.lease.cut = True
        await self._stage.clock.sleep(self._dice.choice((5.0, 40.0, 200.0)))
        process.lease.cut = False

    async def _down(self) -> None:
        self._locks.down = True
        await self._stage.clock.sleep(self._dice.choice((5.0, 20.0, 60.0)))
        self._locks.down = False

    async def _lost(self) -> None:
        session = self._leader().replica.session
        if session in self._locks.sessions:
            self._locks.end(session)
