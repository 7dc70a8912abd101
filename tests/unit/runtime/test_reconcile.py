"""The writer's turns: when it plans, what it survives, and what it tells."""

from __future__ import annotations

import asyncio

import pytest

from daemonctl.check import Checked, Violation
from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.ids import ClusterAlias, DaemonName
from daemonctl.model.plan import StopKind, StopTask
from daemonctl.model.spec import DaemonSpec
from daemonctl.ports import StartAnswer, Tokens
from daemonctl.runtime import reconcile
from daemonctl.runtime.crew import Crew
from daemonctl.runtime.facts import (
    DesiredChanged,
    Fact,
    ListingEnded,
    StopEnded,
)
from daemonctl.runtime.reconcile import Reconciler
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.unit.runtime.fakes import FakeCluster
from tests.unit.runtime.made import OWNER, definition, instance, instance_arn, seen, task, task_arn
from tests.unit.runtime.rig import Told, on_virtual_time

AGENT = DaemonName("agent")
SPEC = DaemonSpec(name=AGENT, task_definition="agent")
DESIRED = Desired(ClusterAlias("c"), "c", OWNER, (DesiredDaemon(SPEC, definition()),))


class Scene:
    """A reconciler that turns, over a fake cluster."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.clock = VirtualClock(loop)
        self.cluster = FakeCluster()
        self.told = Told()
        self.died: list[BaseException] = []
        self.crew = Crew(lambda _name, error: self.died.append(error))
        self.reconciler = Reconciler(
            DESIRED, cluster=self.cluster, clock=self.clock, crew=self.crew, sink=self.told
        )
        self.crew.spawn(self.reconciler.run(), "reconcile")

    async def put(self, *facts: Fact) -> bool:
        applied = await self.reconciler.inbox.deliver(facts)
        await asyncio.sleep(0)
        return applied

    async def full(self, *facts: Fact) -> None:
        """A first full view of one empty instance, and more."""
        now = self.clock.now()
        await self.put(seen(instance("a"), now), *facts, ListingEnded(now, now))

    @property
    def turns(self) -> int:
        return len(self.told.measured("reconcile_duration_seconds"))

    def starts(self) -> int:
        return len(self.cluster.made("start_task"))

    async def end(self) -> None:
        await self.reconciler.executor.cancel()
        await self.crew.cancel()
        assert self.died == []


def test_nothing_is_planned_before_the_first_full_view() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.put(seen(instance("a")))
        await scene.clock.sleep(60)
        assert (scene.turns, scene.starts(), scene.told.verdicts) == (0, 0, [])
        assert scene.reconciler.next_plan() is None
        await scene.full()
        await scene.clock.sleep(1)
        assert scene.starts() == 1
        assert scene.reconciler.next_plan() is not None
        await scene.end()

    on_virtual_time(story)


def test_a_burst_makes_one_replan() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.full()
        before = scene.turns
        for number in range(50):
            draining = instance(f"i{number}", status="DRAINING")
            scene.reconciler.inbox.put(seen(draining, scene.clock.now()))
        await asyncio.sleep(0.001)
        assert scene.turns == before + 1
        await scene.end()

    on_virtual_time(story)


def broken() -> Tokens:
    raise ZeroDivisionError


def test_a_turn_that_fails_is_told_and_made_again_in_full() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        tokens = scene.cluster.tokens
        scene.cluster.tokens = broken  # type: ignore[method-assign]  # a stand-in
        await scene.full()
        await scene.clock.sleep(7)
        failures = [line for line in scene.told.lines if line[1].startswith("a turn failed")]
        assert [line[2]["after_seconds"] for line in failures] == [1, 2, 4]
        assert scene.starts() == 0
        scene.cluster.tokens = tokens  # type: ignore[method-assign]  # as it was
        await scene.clock.sleep(8)
        assert scene.starts() == 1
        await scene.end()

    on_virtual_time(story)


def test_a_fact_that_cannot_be_applied_loses_none_behind_it() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.full()
        broken = DaemonSpec(name=AGENT, task_definition="agent", constraints=("attribute:",))
        bad = Desired(ClusterAlias("c"), "c", OWNER, (DesiredDaemon(broken, definition()),))
        now = scene.clock.now()
        assert not await scene.put(DesiredChanged(bad, now), seen(instance("b"), now))
        assert instance_arn("b") in scene.reconciler.view.hosts
        assert scene.reconciler.desired == DESIRED
        assert scene.told.lines[0][1] == "a fact could not be applied"
        await scene.end()

    on_virtual_time(story)


def test_what_the_check_drops_is_told_and_not_done_until_its_expectation_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        seen_actions = []

        def drop(actions: tuple[object, ...], *_: object) -> Checked:
            seen_actions.extend(actions)
            return Checked((), tuple(Violation("start_over_live", "words", None) for _ in actions))

        monkeypatch.setattr(reconcile, "check", drop)
        await scene.full()
        await scene.clock.sleep(50)
        assert len(seen_actions) == 1
        assert scene.told.violations == [("start_over_live", "words")]
        assert scene.starts() == 0
        await scene.end()

    on_virtual_time(story)


def test_memory_is_kept_before_the_call_and_the_check_sees_the_one_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        scene.cluster.gate = asyncio.Event()
        memories = []
        check = reconcile.check

        def look(*args: object) -> Checked:
            memories.append(len(scene.reconciler.memory.slots))
            return check(*args)  # type: ignore[arg-type]  # as they came

        monkeypatch.setattr(reconcile, "check", look)
        await scene.full()
        assert memories[0] == 0
        assert len(scene.reconciler.memory.slots) == 1
        scene.cluster.gate.set()
        await scene.end()

    on_virtual_time(story)


def test_an_answer_enters_the_view_without_waiting_for_its_event() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        started = task("t", "a", last_status="PENDING")
        scene.cluster.answers = [StartAnswer((started,))]
        await scene.full()
        await scene.clock.sleep(1)
        assert scene.reconciler.view.hosts[instance_arn("a")].tasks == (started,)
        slot = (instance_arn("a"), AGENT)
        assert scene.reconciler.memory.slots[slot].expectation is None
        assert scene.reconciler.verdicts[slot].code == "SETTLING"
        [(_, outcome, _)] = scene.told.actions
        assert outcome == "ok"
        await scene.end()

    on_virtual_time(story)


def test_a_stop_that_ecs_knows_nothing_of_is_one_missing_and_no_more() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.full(seen(task("t", "a")))
        stop = StopTask(AGENT, instance_arn("a"), task_arn("t"), StopKind.REPAIR, "X", "words")
        await scene.put(StopEnded(stop, scene.clock.now()))
        assert len(scene.reconciler.view.hosts[instance_arn("a")].tasks) == 1
        assert scene.reconciler.view.task_doubts.next is not None
        await scene.end()

    on_virtual_time(story)


def test_quiet_it_takes_facts_in_and_begins_nothing() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        scene.reconciler.quieten()
        await scene.full()
        await scene.clock.sleep(60)
        assert instance_arn("a") in scene.reconciler.view.hosts
        assert scene.starts() == 0
        await scene.end()

    on_virtual_time(story)


def test_conditions_are_told_when_they_come_and_when_they_go() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.full()
        await scene.clock.sleep(DESIRED.stale_after_seconds + 20)
        assert [(c.notice, on) for c, on in scene.told.conditions] == [("VIEW_STALE", True)]
        await scene.full()
        assert [on for _, on in scene.told.conditions] == [True, False]
        await scene.end()

    on_virtual_time(story)


def test_verdicts_of_a_daemon_that_left_the_config_end() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.full()
        nobody = Desired(ClusterAlias("c"), "c", OWNER, ())
        await scene.put(DesiredChanged(nobody, scene.clock.now()))
        assert scene.reconciler.verdicts == {}
        assert scene.told.verdicts[-1][3] is None
        await scene.end()

    on_virtual_time(story)


def test_an_instance_that_was_ready_when_first_seen_did_not_converge_now() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.full(seen(task("t", "a")))
        await scene.clock.sleep(20)
        assert scene.reconciler.verdicts[instance_arn("a"), AGENT].code == "READY"
        assert scene.told.measured("convergence_seconds") == []
        await scene.end()

    on_virtual_time(story)
