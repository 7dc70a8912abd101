"""Rollouts that fail, go back or cannot be known yet, as plans make them."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.memory import Failure, SlotMemory
from daemonctl.model.plan import StartTask
from daemonctl.model.reason import Code, Notice
from daemonctl.model.rollout import FailedInstance, Outcome, Phase, Revision
from tests.unit.planning.rollouts import (
    NEW,
    OLD,
    died,
    fleet,
    notices,
    rolling,
    updated_away,
    wanted,
)
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    arn,
    definition_arn,
    host,
    observed,
    planned,
    task,
    verdict,
)


def test_a_new_target_begins_without_the_failures_of_the_old_one() -> None:
    series = Failure(9, NOW, NOW + 600, "EssentialContainerExited", "exit 1")
    memory = rolling(asked=OLD, target=OLD, last_good=None, phase=Phase.ROLLING)
    memory.slots[arn(1), AGENT] = SlotMemory(failure=series, writes=(NOW - 5,))
    memory.slots[arn(2), AGENT] = SlotMemory(failure=series)
    seen = observed(host(1), host(2), *fleet(3))
    made = planned(wanted(), seen, memory)
    assert {place for a in made.actions if isinstance(a, StartTask) for place in a.instances} == {
        arn(1),
        arn(2),
    }


def test_a_bad_revision_goes_back_by_itself() -> None:
    bad = [host(n, updated_away(n), *(died(n, n * 10 + k) for k in range(3))) for n in (1, 2)]
    made = planned(wanted(), observed(*bad, *fleet(3, 4)), rolling())
    rollout = made.daemons[AGENT].rollout
    assert rollout is not None
    assert (rollout.target, rollout.rollback_of) == (OLD, NEW)
    assert len(rollout.failed) == 2
    assert [a.definition for a in made.actions if isinstance(a, StartTask)] == [OLD.definition]
    told = next(one for one in made.conditions if one.notice is Notice.ROLLED_BACK)
    assert "consul-agent:2 was given up for consul-agent:1: failed on" in told.words
    assert "and 1 more" in told.words


def test_a_halt_says_what_failed() -> None:
    failed = (FailedInstance(arn(1), NOW, "exit 1"),)
    made = planned(wanted(), observed(*fleet(1, 2)), rolling(phase=Phase.HALTED, failed=failed))
    assert notices(made) == [Notice.ROLLOUT_HALTED]
    assert made.conditions[0].words.endswith("exit 1")
    none = planned(wanted(), observed(*fleet(1, 2)), rolling(phase=Phase.HALTED))
    assert "no instance failed" in none.conditions[0].words


def test_progress_names_what_is_unavailable_and_what_failed() -> None:
    failed = (FailedInstance(arn(1), NOW, "exit 1", fell_back=True),)
    seen = observed(host(1, updated_away(1)), *fleet(2, 3))
    made = planned(wanted(), seen, rolling(failed=failed))
    words = made.conditions[0].words
    assert "1 unavailable by it (maxUnavailable is 2)" in words
    assert "failed on" in words


def test_nothing_is_found_out_from_a_partial_view() -> None:
    made = planned(wanted(), structs.replace(observed(*fleet(1)), complete=False))
    assert made.daemons == {}
    assert "seen" in verdict(made).words


def test_a_target_whose_definition_is_not_known_is_waited_for() -> None:
    gone = Revision(definition_arn(revision=9))
    made = planned(wanted(), observed(host(1)), rolling(target=gone, last_good=None))
    assert verdict(made).code is Code.NO_DEFINITION
    assert "is being looked up" in verdict(made).words


def test_an_inactive_revision_is_nothing_to_go_back_to() -> None:
    one = wanted().daemons[0]
    inactive = structs.replace(one, known=(structs.replace(one.known[0], active=False),))
    bad = [host(n, updated_away(n), *(died(n, n * 10 + k) for k in range(3))) for n in (1, 2)]
    made = planned(wanted(inactive), observed(*bad, *fleet(3, 4)), rolling())
    rollout = made.daemons[AGENT].rollout
    assert rollout is not None
    assert (rollout.phase, rollout.history) == (Phase.HALTED, ())


def test_the_first_revision_is_good_once_it_works() -> None:
    made = planned(wanted(), observed(host(1, task(1)), host(2, task(2, host=2))))
    rollout = made.daemons[AGENT].rollout
    assert rollout is not None
    assert (rollout.phase, rollout.last_good) == (Phase.STEADY, NEW)
    assert rollout.history[-1].outcome is Outcome.COMPLETE
