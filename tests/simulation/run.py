"""One run: chaos for some minutes, then calm; it must settle, and then nothing is written."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field

from tests.simulation import once
from tests.simulation.ending import Ending, Peace, settling_bound
from tests.simulation.hands import Hands
from tests.simulation.happenings import happen
from tests.simulation.life import Life
from tests.simulation.loop import EPOCH, DeadlockError, VirtualLoop
from tests.simulation.moods import draw
from tests.simulation.operators import mend, prune, tend
from tests.simulation.oracle import Breach
from tests.simulation.replicas import Replicas
from tests.simulation.scenario import Scenario
from tests.simulation.stage import Stage

_STEP = 2.0
_GOOD_FOR = 12.0
"""Seconds: an agent that flaps for 5 excuses its instance, and then it must be filled."""


@dataclass
class Result:
    """What became of a run."""

    seed: int
    breaches: list[Breach]
    hits: Counter[str]
    digest: str
    tail: list[str]
    virtual_seconds: float
    settled_after: float = 0.0
    writes: int = 0
    notes: list[str] = field(default_factory=list)
    called: set[tuple[str, str]] = field(default_factory=set)


def run(seed: int, scenario: Scenario | None = None) -> Result:
    """Runs a seed to its end or its first breach."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(_Run(loop, scenario or draw(seed)).result())
    finally:
        loop.close()


class _Run:
    def __init__(self, loop: VirtualLoop, scenario: Scenario) -> None:
        self.stage = Stage(loop, scenario)
        self.hands = Hands(self.stage)
        self.scenario = scenario
        self.settled_after = 0.0

    async def result(self) -> Result:
        stage = self.stage
        story = asyncio.create_task(self._story(), name="story")
        broken = asyncio.create_task(stage.broken.wait(), name="broken")
        await asyncio.wait((story, broken), return_when=asyncio.FIRST_COMPLETED)
        if story.done() and not story.cancelled():
            story.result()
        tail = stage.trace.tail()
        digest = stage.trace.digest
        writes = len(stage.oracle.writes)
        for life in stage.alive:
            stage.crash(life, "end_of_run")
        await _cancel_all()
        hits = stage.hits + Counter(stage.world.faults.hits)
        if stage.consul is not None and stage.consul.graves is not None:
            hits["name_reused"] += stage.consul.graves.reused
        del hits["end_of_run"]
        return Result(
            scenario.seed if (scenario := self.scenario) else 0,
            stage.oracle.breaches[:1],
            hits,
            digest,
            tail,
            stage.now - EPOCH,
            self.settled_after,
            writes,
            called=stage.called,
        )

    async def _story(self) -> None:
        stage, scenario = self.stage, self.scenario
        self.hands.set_up()
        once.set_up(self.hands)
        for fault in scenario.faults:
            stage.world.faults.set(fault.kind, rate=fault.rate, size=fault.size)
        replicas = await self._controllers()
        others = [asyncio.create_task(self._happenings(), name="happenings")]
        others += [asyncio.create_task(self._crashes(), name="crashes")]
        agents = None
        if stage.consul is not None:
            agents = asyncio.create_task(stage.consul.agents(), name="agents")
            others.append(asyncio.create_task(stage.consul.chaos(), name="consul"))
        if scenario.departs:
            others.append(asyncio.create_task(self._departure(), name="departure"))
        if replicas is not None:
            others.append(asyncio.create_task(replicas.chaos(), name="replicas"))
        if scenario.second_leader:
            others.append(asyncio.create_task(self._second_leader(), name="second leader"))
        if scenario.blackout:
            others.append(asyncio.create_task(self._blackout(), name="blackout"))
        await stage.clock.sleep(scenario.chaos_seconds)
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if replicas is not None:
            await replicas.calm()
        await self._calm()
        if agents is not None:
            agents.cancel()

    async def _controllers(self) -> Replicas | None:
        if not self.scenario.replicas:
            self.stage.begin()
            return None
        replicas = Replicas(self.stage)
        await replicas.begin()
        return replicas

    async def _happenings(self) -> None:
        scenario, dice = self.scenario, self.stage.dice
        times = sorted(dice.uniform(0, scenario.chaos_seconds) for _ in range(scenario.happenings))
        for at in times:
            await self.stage.clock.sleep(EPOCH + at - self.stage.now)
            happen(self.hands)

    async def _crashes(self) -> None:
        stage, scenario, dice = self.stage, self.scenario, self.stage.dice
        for _ in range(scenario.crashes):
            await stage.clock.sleep(dice.uniform(0, scenario.chaos_seconds / scenario.crashes))
            life = self._first()
            if life is None:
                continue
            if dice.random() < 0.2:
                await stage.end(life)
            else:
                life.crash_done = dice.random() < 0.5
                life.crash_in = dice.randint(0, 12)
                while life.ended is None:
                    await stage.clock.sleep(0.5)
            await stage.clock.sleep(dice.choice((0.0, dice.uniform(0, 5), dice.uniform(0, 60))))
            stage.begin()

    async def _departure(self) -> None:
        await self.stage.clock.sleep(0.6 * self.scenario.chaos_seconds)
        self.hands.depart(self.scenario.departs)
        dice = random.Random(f"prune {self.scenario.seed}")
        if not self.scenario.pruned or dice.random() < 0.3:  # else only once all is quiet
            return
        for _ in range(dice.choice((1, 2, 3))):
            await self.stage.clock.sleep(dice.uniform(0.0, 0.15 * self.scenario.chaos_seconds))
            prune(self.hands)

    async def _second_leader(self) -> None:
        stage, dice = self.stage, self.stage.dice
        await stage.clock.sleep(dice.uniform(0, self.scenario.chaos_seconds / 2))
        stage.hits["second_leader"] += 1
        life = stage.begin()
        await stage.clock.sleep(60.0)
        if dice.random() < 0.5:
            await stage.end(life)
        else:
            stage.crash(life, "crash_second_leader")

    async def _blackout(self) -> None:
        stage = self.stage
        await stage.clock.sleep(self.stage.dice.uniform(10, 40))
        stage.blackout_until = stage.now + self.scenario.blackout
        stage.note("world", f"no read is answered for {self.scenario.blackout:.0f} s")

    def _first(self) -> Life | None:
        return next(iter(self.stage.alive), None)

    async def _calm(self) -> None:
        """Faults and inputs are over. One controller is left, or begins."""
        stage, scenario = self.stage, self.scenario
        stage.world.faults.clear()
        stage.blackout_until = 0.0
        self.hands.end_spells()
        if scenario.rolling:
            mend(self.hands)
        once.calm(self.hands)
        if stage.consul is not None:
            stage.consul.calm()
        stage.note("world", "calm")
        for life in stage.alive:
            life.crash_in = None
        for life in () if scenario.replicas else stage.alive[1:]:
            stage.crash(life, "crash_second_leader")
        if not stage.alive and not scenario.replicas:
            await stage.clock.sleep(1.0)
            stage.begin()
        began = stage.now
        await stage.clock.sleep(1.1 * scenario.interval + 2 * scenario.resync_seconds + 30.0)
        ending, bound = Ending(stage.truth, self.hands), settling_bound(scenario)
        good_since, left = stage.now, ending.left()
        good_for = _good_for(scenario)
        while stage.now < good_since + good_for and stage.now < began + bound:
            tend(self.hands)
            await stage.clock.sleep(_STEP)
            left = ending.left()
            if left:
                good_since = stage.now
        self.settled_after = stage.now - began
        if left:
            words = f"after {bound:.0f} s of calm: {'; '.join(left)}"
            stage.oracle.breach("7 converge", words, stage.now)
            return
        await self._peace(ending)

    async def _peace(self, ending: Ending) -> None:
        stage = self.stage
        seconds = self.scenario.interval + 90.0
        stage.note("world", "settled")
        peace = Peace(ending, self.scenario, len(stage.oracle.writes), seconds)
        await stage.clock.sleep(seconds)
        words = peace.broken_by(stage.oracle.writes)
        left = ending.left()
        if words:
            stage.oracle.breach("7 idle", words, stage.now)
        elif left:
            stage.oracle.breach("7 stay", f"settled, and then: {'; '.join(left)}", stage.now)


def _good_for(scenario: Scenario) -> float:
    """How long all must be in its place; where revisions roll, longer than an instance's turn.

    A rollback from one good revision to another leaves nothing to be seen between two turns.
    """
    if not scenario.rolling:
        return _GOOD_FOR
    slowest = max(daemon.min_ready_seconds for daemon in scenario.daemons)
    return _GOOD_FOR + slowest + 1.1 * scenario.interval + 15.0


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    with contextlib.suppress(DeadlockError):
        await asyncio.gather(*tasks, return_exceptions=True)
