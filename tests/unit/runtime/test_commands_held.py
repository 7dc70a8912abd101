"""What is asked for while nothing is written says so, at once."""

from __future__ import annotations

import pytest

from daemonctl.model.memory import DaemonMemory
from daemonctl.model.rollout import Phase, Revision, Rollout
from daemonctl.runtime.commands import Answer, Command, Verb
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.made import definition_arn
from tests.unit.runtime.rig import on_virtual_time
from tests.unit.runtime.test_commands import ANN, FREEZE, order
from tests.unit.runtime.test_reconcile import AGENT, Scene

KNOWN = Revision(definition_arn(1))


async def asked(scene: Scene, verb: Verb) -> Answer:
    began = scene.clock.now()
    answer = await order(scene, Command(verb, ANN, AGENT if verb is not Verb.PRUNE else ""))  # type: ignore[arg-type]  # no daemon
    assert scene.clock.now() - began < 1
    return answer


async def watched(scene: Scene) -> None:
    await scene.full()
    rollout = Rollout(KNOWN, KNOWN, KNOWN, Phase.STEADY)
    scene.reconciler.memory.daemons[AGENT] = DaemonMemory(rollout=rollout)


@pytest.mark.parametrize("verb", [Verb.PAUSE, Verb.RESTART, Verb.PRUNE])
def test_while_frozen_the_answer_says_that_nothing_is_written(verb: Verb) -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await watched(scene)
        assert "; but for now" not in (await order(scene, FREEZE)).words
        answer = await asked(scene, verb)
        assert answer.done
        assert "; but for now every write is stopped since 2" in answer.words
        assert answer.words.endswith(f"UTC, by {ANN}")
        await scene.end()

    on_virtual_time(story)


@pytest.mark.parametrize("verb", [Verb.RESTART, Verb.PRUNE, Verb.UNFREEZE])
def test_on_a_stale_view_the_answer_says_that_nothing_is_done(verb: Verb) -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await watched(scene)
        assert "; but for now" not in (await asked(scene, verb)).words
        await scene.clock.sleep(7200)
        answer = await asked(scene, verb)
        assert "; but for now the view is older than " in answer.words
        assert answer.words.endswith(" s: nothing is done")
        again = await asked(scene, Verb.RESYNC)
        assert "; but for now" not in again.words
        await scene.end()

    on_virtual_time(story)


def test_a_refusal_says_only_why() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await order(scene, FREEZE)
        answer = await asked(scene, Verb.PAUSE)
        assert (answer.done, "; but for now" in answer.words) == (False, False)
        await scene.end()

    on_virtual_time(story)
