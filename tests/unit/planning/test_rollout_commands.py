from __future__ import annotations

from msgspec import structs

from daemonctl.model.rollout import (
    HISTORY_KEPT,
    FailedInstance,
    HistoryEntry,
    Outcome,
    Pause,
    Phase,
    Revision,
    Rollout,
)
from daemonctl.planning.rollout_commands import Refused, pause, restart, resume, undo
from daemonctl.planning.rollout_history import begun, closed
from tests.unit.planning.scenery import NOW, arn, definition_arn

ONE, TWO, THREE = (Revision(definition_arn(revision=n)) for n in (1, 2, 3))
STEADY = closed(begun(Rollout(ONE, ONE, last_good=ONE), ONE, "config", NOW), Outcome.COMPLETE)
STEADY = structs.replace(STEADY, phase=Phase.STEADY)


def to(target: Revision, **changes: object) -> Rollout:
    rolling = begun(structs.replace(STEADY, asked=target), target, "config", NOW + 100)
    return structs.replace(rolling, **changes)


def told(answer: Rollout | Refused) -> str:
    return answer.words if isinstance(answer, Refused) else "accepted"


def done(answer: Rollout | Refused) -> Rollout:
    assert isinstance(answer, Rollout), answer
    return answer


def test_a_revision_reads_as_people_write_it() -> None:
    assert str(ONE) == "consul-agent:1"
    assert str(structs.replace(ONE, overrides="{}")) == "consul-agent:1 with overrides"
    assert Rollout(TWO, ONE, last_good=ONE).revisions == (ONE, TWO)


def test_a_new_rollout_ends_the_one_before_and_forgets_what_failed() -> None:
    rolling = to(
        TWO,
        bake_since=1.0,
        canaries=(arn(1),),
        failed=(FailedInstance(arn(2), NOW, "exit 1"),),
        rollback_of=THREE,
        phase=Phase.BAKING,
    )
    assert rolling.under_way
    again = begun(rolling, THREE, "config", NOW + 200, phase=Phase.CANARY)
    assert (again.target, again.phase, again.began) == (THREE, Phase.CANARY, NOW + 200)
    assert (again.failed, again.canaries, again.bake_since, again.rollback_of) == (
        (),
        (),
        None,
        None,
    )
    outcomes = [(entry.number, entry.outcome) for entry in again.history]
    assert outcomes == [(1, Outcome.COMPLETE), (2, Outcome.SUPERSEDED), (3, Outcome.RUNNING)]


def test_the_history_keeps_its_last_entries() -> None:
    held = STEADY
    for count in range(HISTORY_KEPT + 5):
        held = begun(held, TWO if count % 2 else THREE, "config", NOW + count)
    assert len(held.history) == HISTORY_KEPT
    assert held.history[-1].number == HISTORY_KEPT + 6
    assert closed(Rollout(ONE, ONE), Outcome.HALTED).history == ()


def test_pause_and_resume() -> None:
    paused = done(pause(to(TWO), NOW, "look first"))
    assert paused.pause == Pause(NOW, "look first")
    assert done(pause(to(TWO), NOW)).pause == Pause(NOW)
    assert told(pause(paused, NOW)) == "it is paused already"
    assert done(resume(paused, NOW)) == to(TWO)
    assert told(resume(to(TWO), NOW)) == "it is neither paused nor halted"


def test_resume_goes_on_after_a_halt() -> None:
    for phase, cause in ((Phase.HALTED, "resumed"), (Phase.UNCLEAR, "resumed after a restart")):
        again = done(resume(to(TWO, phase=phase, pause=Pause(NOW)), NOW + 300))
        assert (again.phase, again.target, again.pause) == (Phase.ROLLING, TWO, None)
        assert again.history[-1] == HistoryEntry(3, TWO, NOW + 300, cause)
        assert again.began == NOW + 300


def test_undo_goes_to_the_last_good_revision_and_is_a_rollback() -> None:
    back = done(undo(to(TWO), NOW + 300))
    assert (back.target, back.rollback_of, back.asked) == (ONE, TWO, TWO)
    assert back.history[-1] == HistoryEntry(3, ONE, NOW + 300, "undo")
    assert back.began == NOW + 300
    first = to(TWO, last_good=None)
    assert done(undo(first, NOW)).target == ONE


def test_undo_of_what_is_complete_goes_to_what_was_before() -> None:
    complete = to(TWO, last_good=TWO, phase=Phase.STEADY)
    assert done(undo(complete, NOW)).target == ONE
    assert told(undo(STEADY, NOW)) == "there is no revision before this one"


def test_undo_to_a_number() -> None:
    complete = to(TWO, last_good=TWO, phase=Phase.STEADY)
    assert done(undo(complete, NOW, 1)).history[-1].cause == "undo to 1"
    assert told(undo(complete, NOW, 9)) == "the history has no revision 9; it has: 1, 2"
    assert told(undo(complete, NOW, 2)) == "consul-agent:2 is the target already"
    assert told(undo(Rollout(ONE, ONE), NOW, 1)) == "the history has no revision 1; it has: none"
    assert done(undo(to(TWO, phase=Phase.HALTED), NOW, 2)).target == TWO


def test_restart_is_a_rollout_to_the_same() -> None:
    again = done(restart(STEADY, NOW + 5))
    assert (again.target, again.phase, again.restarted_at) == (ONE, Phase.ROLLING, NOW + 5)
    assert again.history[-1] == HistoryEntry(2, ONE, NOW + 5, "restart")
    assert again.rollback_of is None
    assert again.began == NOW + 5
    assert (
        told(restart(to(TWO, phase=Phase.HALTED), NOW)) == "it is HALTED: resume or undo it first"
    )


def test_a_restart_of_what_was_undone_is_still_a_way_back() -> None:
    undone = done(undo(to(TWO), NOW))
    assert done(restart(undone, NOW + 5)).rollback_of == TWO


def test_a_paused_daemon_is_neither_undone_nor_restarted() -> None:
    paused = to(TWO, pause=Pause(NOW))
    assert told(undo(paused, NOW)) == told(restart(paused, NOW)) == "it is paused: resume it first"
