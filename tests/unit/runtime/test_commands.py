"""An operator's commands: applied by the writer, told in the journal, answered in words."""

from __future__ import annotations

import asyncio
from typing import Any

from daemonctl.model.memory import DaemonMemory, Freeze
from daemonctl.model.reason import Notice
from daemonctl.model.rollout import HistoryEntry, Outcome, Revision, Rollout
from daemonctl.runtime.commands import Answer, Command, Verb
from daemonctl.runtime.facts import DesiredChanged
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.made import definition_arn, instance, seen
from tests.unit.runtime.rig import on_virtual_time
from tests.unit.runtime.test_reconcile import AGENT, DESIRED, Scene

ANN = "ann@laptop"
FREEZE, UNFREEZE = Command(Verb.FREEZE, ANN), Command(Verb.UNFREEZE, "bob@desk")


async def order(scene: Scene, command: Command) -> Answer:
    return await scene.reconciler.inbox.order(command)


def test_frozen_nothing_is_started_and_unfrozen_it_goes_on_at_once() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        answer = await order(scene, FREEZE)
        words = "every write is stopped; calls that were under way end by themselves; "
        assert (answer.done, answer.words[: len(words)]) == (True, words)
        await scene.full()
        await scene.clock.sleep(60)
        assert scene.starts() == 0
        [condition] = scene.reconciler.conditions
        assert condition.notice is Notice.FROZEN
        assert condition.words.startswith("every write is stopped since 2")
        assert condition.words.endswith("UTC, by ann@laptop")
        answer = await order(scene, UNFREEZE)
        assert answer.words.startswith("writes go on; it was frozen since ")
        await scene.clock.sleep(0.5)
        assert scene.starts() == 1
        assert [row[:3] for row in scene.told.commands] == [
            ("FREEZE", "", "done"),
            ("UNFREEZE", "", "done"),
        ]
        assert scene.told.commands[1][3].startswith("by bob@desk: writes go on")
        await scene.end()

    on_virtual_time(story)


def test_what_is_asked_for_twice_is_as_it_was() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        assert (await order(scene, UNFREEZE)).words == "it was not frozen"
        await order(scene, FREEZE)
        held = scene.reconciler.memory.freeze
        again = await order(scene, Command(Verb.FREEZE, "bob@desk"))
        assert scene.reconciler.memory.freeze == held
        assert again.words.startswith("it was frozen already, since 2")
        assert again.words.endswith("by ann@laptop")
        await scene.end()

    on_virtual_time(story)


def test_what_waited_for_its_call_is_not_sent_and_starts_again_after_it() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        scene.cluster.gate = asyncio.Event()
        now = scene.clock.now()
        await scene.put(*(seen(instance(f"i{number}"), now) for number in range(400)))
        await scene.full()
        await scene.clock.sleep(0.1)
        begun = scene.starts()
        assert begun == 32  # as many as may be under way at once, of 41
        answer = await order(scene, FREEZE)
        assert "; 9 that waited were not sent; " in answer.words
        dropped = [words for _, outcome, words in scene.told.actions if outcome == "dropped"]
        assert dropped == ["not sent: frozen by ann@laptop"] * 9
        scene.cluster.gate.set()
        await scene.clock.sleep(30)
        assert scene.starts() == begun
        await order(scene, UNFREEZE)
        await scene.clock.sleep(0.1)
        assert scene.starts() == 41
        await scene.end()

    on_virtual_time(story)


def test_a_plan_that_is_asked_for_says_what_waits_for_the_thaw() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await order(scene, FREEZE)
        await scene.full()
        plan = scene.reconciler.next_plan()
        assert plan is not None
        assert len(plan.actions) == 1
        assert [condition.notice for condition in plan.conditions] == [Notice.FROZEN]
        await scene.end()

    on_virtual_time(story)


def test_a_freeze_outlives_an_edit_of_the_config() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await order(scene, FREEZE)
        await scene.full()
        await scene.put(DesiredChanged(DESIRED, scene.clock.now()))
        await scene.clock.sleep(30)
        assert scene.starts() == 0
        assert scene.reconciler.memory.freeze == Freeze(ANN, scene.reconciler.memory.freeze.at)  # type: ignore[union-attr]  # that it is one is what is compared
        await scene.end()

    on_virtual_time(story)


def test_a_bug_in_a_command_is_an_answer_too() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        answer = await order(scene, Command(Verb.RESYNC, ANN))  # not the writer's
        assert answer == Answer(done=False, words="a bug hindered it: see daemonctl's log")
        assert scene.told.lines[0][1] == "a fact could not be applied"
        await scene.end()

    on_virtual_time(story)


OLD, NEW = Revision(definition_arn("agent:1")), Revision(definition_arn("agent:2"))
WAS = HistoryEntry(1, OLD, 0.0, "config", Outcome.COMPLETE)
IS = HistoryEntry(2, NEW, 0.0, "config", Outcome.COMPLETE)


def rolled(scene: Scene) -> None:
    rollout = Rollout(asked=NEW, target=NEW, last_good=NEW, history=(WAS, IS))
    scene.reconciler.memory.daemons[AGENT] = DaemonMemory(rollout=rollout)


def rollout(scene: Scene) -> Rollout:
    held = scene.reconciler.memory.daemons[AGENT].rollout
    assert held is not None
    return held


def of_agent(verb: Verb, **more: Any) -> Command:
    return Command(verb, ANN, AGENT, **more)


def test_a_pause_says_who_and_why_and_ends_with_resume() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        rolled(scene)
        answer = await order(scene, of_agent(Verb.PAUSE, reason="it is Friday"))
        assert answer.words.startswith("updates wait for resume; repair goes on")
        pause = rollout(scene).pause
        assert pause is not None
        assert pause.words == "by ann@laptop: it is Friday"
        again = await order(scene, of_agent(Verb.PAUSE))
        assert again == Answer(done=False, words="it is paused already")
        assert (await order(scene, of_agent(Verb.RESUME))).done
        assert rollout(scene).pause is None
        assert [row[:3] for row in scene.told.commands] == [
            ("PAUSE", AGENT, "done"),
            ("PAUSE", AGENT, "refused"),
            ("RESUME", AGENT, "done"),
        ]
        await scene.end()

    on_virtual_time(story)


def test_undo_and_restart_begin_a_revision() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        rolled(scene)
        answer = await order(scene, of_agent(Verb.RESTART))
        assert answer.words.startswith("revision 3 begins: agent:2 (restart)")
        assert rollout(scene).restarted_at == scene.clock.now()
        answer = await order(scene, of_agent(Verb.UNDO))
        assert answer.words.startswith("revision 4 begins: agent:1 (undo)")
        answer = await order(scene, of_agent(Verb.UNDO, revision=2))
        assert answer.words.startswith("revision 5 begins: agent:2 (undo to 2)")
        answer = await order(scene, of_agent(Verb.UNDO, revision=99))
        assert answer.words == "the history has no revision 99; it has: 1, 2, 3, 4, 5"
        await scene.end()

    on_virtual_time(story)


def test_before_the_first_full_view_nothing_is_steered() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        answer = await order(scene, of_agent(Verb.PAUSE))
        assert not answer.done
        assert answer.words.startswith("the cluster has not been seen whole yet")
        await scene.end()

    on_virtual_time(story)
