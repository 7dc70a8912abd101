"""The table of phases, a step at a time."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.rollout import FailedInstance, HistoryEntry, Outcome, Phase, Revision, Rollout
from daemonctl.model.spec import Breaker, Canary, DaemonSpec, Share, Strategy
from daemonctl.planning.rollout import Standing, advance, next_at, stuck_at
from daemonctl.planning.rollout_history import begun
from tests.unit.planning.scenery import NOW, arn, definition_arn
from tests.unit.planning.scenery import spec as plain

ONE, TWO, THREE = (Revision(definition_arn(revision=n)) for n in (1, 2, 3))
DONE = Standing(desired=10, available=10, behind=0, lost=0, moving=0, returnable=True)
MIDST = structs.replace(DONE, behind=5)


def spec(**changes: object) -> DaemonSpec:
    return plain(**{"max_unavailable": Share(2), **changes})


def rolling(**changes: object) -> Rollout:
    new = begun(Rollout(TWO, ONE, ONE), TWO, "config", NOW)
    return structs.replace(new, **changes)


def failed(number: int, **changes: object) -> FailedInstance:
    return structs.replace(FailedInstance(arn(number), NOW, "exit 1"), **changes)


def step(
    rollout: Rollout,
    standing: Standing = MIDST,
    wanted: Revision | None = TWO,
    at: float = 0.0,
    **of_spec: object,
) -> Rollout:
    return advance(spec(**of_spec), wanted, rollout, standing, NOW + at)


def test_while_nothing_changes_the_very_same_rollout_is_kept() -> None:
    for phase in Phase:
        held = rolling(phase=phase, canaries=(arn(1),), bake_since=NOW)
        seen = structs.replace(MIDST, canaries=(arn(1),), baked=True)
        slow = {"canary": Canary(1, 60.0), "bake_seconds": 60.0}
        assert step(held, seen, **slow) is held
        assert step(held, seen, None, **slow) is held


def test_another_wish_begins_another_rollout() -> None:
    new = step(rolling(), wanted=THREE)
    assert (new.asked, new.target, new.phase, new.began) == (THREE, THREE, Phase.ROLLING, NOW)
    assert [entry.outcome for entry in new.history] == [Outcome.SUPERSEDED, Outcome.RUNNING]


@pytest.mark.parametrize(
    ("held", "wanted", "of_spec", "phase"),
    [
        ({}, THREE, {"canary": Canary(1)}, Phase.CANARY),
        ({}, THREE, {}, Phase.ROLLING),
        ({}, ONE, {"canary": Canary(1)}, Phase.ROLLING),
        ({"last_good": None}, THREE, {"canary": Canary(1)}, Phase.ROLLING),
        ({}, THREE, {"canary": Canary(1), "strategy": Strategy.ON_DELETE}, Phase.ROLLING),
    ],
)
def test_canaries_come_first_unless_there_is_nothing_to_learn(
    held: dict[str, object], wanted: Revision, of_spec: dict[str, object], phase: Phase
) -> None:
    assert step(rolling(**held), wanted=wanted, **of_spec).phase is phase


def test_failures_are_taken_in_once_in_order() -> None:
    seen = structs.replace(MIDST, fails=(failed(3), failed(1)))
    taken = step(rolling(failed=(failed(2),)), seen)
    assert [one.instance for one in taken.failed] == [arn(1), arn(2), arn(3)]
    assert step(rolling(failed=taken.failed), seen, breaker=Breaker(max_failures=9)).failed == (
        taken.failed
    )
    steady = rolling(phase=Phase.STEADY)
    assert step(steady, seen) is steady


@pytest.mark.parametrize(
    ("count", "away", "phase"),
    [(2, 1, Phase.ROLLING), (3, 0, Phase.HALTED), (1, 2, Phase.HALTED)],
)
def test_the_breaker_trips_at_max_failures_or_where_they_hold_the_whole_budget(
    count: int, away: int, phase: Phase
) -> None:
    held = rolling(failed=tuple(failed(n) for n in range(count)))
    seen = structs.replace(MIDST, failed_away=away)
    assert step(held, seen, breaker=Breaker(rollback=False)).phase is phase


def test_in_a_canary_it_trips_once_all_canaries_failed() -> None:
    held = rolling(phase=Phase.CANARY, canaries=(arn(1), arn(2)), failed=(failed(1),))
    seen = structs.replace(MIDST, canaries=held.canaries)
    canary = {"canary": Canary(2)}
    assert step(held, seen, **canary).phase is Phase.CANARY
    both = structs.replace(held, failed=(failed(1), failed(2)))
    assert step(both, seen, **canary).target == ONE


def test_a_rollback_goes_to_the_last_good_revision_and_says_so() -> None:
    held = rolling(failed=tuple(failed(n) for n in range(3)))
    back = step(held)
    assert (back.target, back.rollback_of, back.phase) == (ONE, TWO, Phase.ROLLING)
    assert (back.asked, back.failed) == (TWO, held.failed)
    assert [entry.outcome for entry in back.history] == [Outcome.ROLLED_BACK, Outcome.RUNNING]
    assert back.history[-1] == HistoryEntry(2, ONE, NOW, "rollback of 1")
    assert back.began == NOW
    unknown = step(structs.replace(held, history=()))
    assert [entry.cause for entry in unknown.history] == ["rollback of 0"]


@pytest.mark.parametrize(
    ("changes", "standing", "of_spec"),
    [
        ({}, {"returnable": False}, {}),
        ({}, {}, {"breaker": Breaker(rollback=False)}),
        ({"last_good": TWO}, {}, {}),
    ],
)
def test_where_there_is_no_way_back_it_halts(
    changes: dict[str, object], standing: dict[str, object], of_spec: dict[str, object]
) -> None:
    three = tuple(failed(n) for n in range(3))
    held = rolling(failed=three, phase=Phase.BAKING, bake_since=NOW, **changes)
    halted = step(held, structs.replace(MIDST, **standing), **of_spec)
    assert (halted.phase, halted.target, halted.bake_since) == (Phase.HALTED, TWO, None)
    assert halted.history[-1].outcome is Outcome.HALTED


@pytest.mark.parametrize(
    ("changes", "of_spec"),
    [
        ({"rollback_of": THREE}, {}),
        ({"last_good": None}, {}),
        ({"phase": Phase.STEADY}, {}),
        ({}, {"breaker": Breaker(enable=False)}),
    ],
)
def test_the_breaker_never_trips_a_rollback_the_first_revision_or_where_it_is_off(
    changes: dict[str, object], of_spec: dict[str, object]
) -> None:
    held = rolling(failed=tuple(failed(n) for n in range(3)), **changes)
    assert step(held, **of_spec) is held


def test_canaries_are_chosen_replaced_and_baked() -> None:
    canary = {"canary": Canary(2, 60.0)}
    held = rolling(phase=Phase.CANARY)
    seen = structs.replace(MIDST, candidates=(arn(1), arn(2), arn(3)))
    chosen = step(held, seen, **canary)
    assert chosen.canaries == (arn(1), arn(2))
    gone = structs.replace(seen, canaries=(arn(2),))
    other = step(structs.replace(chosen, bake_since=NOW), gone, **canary)
    assert (other.canaries, other.bake_since) == ((arn(2), arn(1)), None)
    there = structs.replace(seen, canaries=chosen.canaries)
    assert step(chosen, there, **canary) is chosen
    baking = step(chosen, structs.replace(there, baked=True), at=10, **canary)
    assert baking.bake_since == NOW + 10
    assert step(baking, there, **canary).bake_since is None
    baked = structs.replace(there, baked=True)
    assert step(baking, baked, at=69.9, **canary) is baking
    over = step(baking, baked, at=70, **canary)
    assert (over.phase, over.bake_since) == (Phase.ROLLING, None)


def test_without_anything_to_break_there_is_no_canary() -> None:
    held = rolling(phase=Phase.CANARY)
    assert step(held, DONE, canary=Canary(1)).phase is Phase.ROLLING
    assert step(held, MIDST, canary=Canary(1)) is held


@pytest.mark.parametrize("still", [{"behind": 1}, {"lost": 1}, {"moving": 1}, {"untried": 1}])
def test_it_is_complete_once_nothing_is_behind_lost_or_moving(still: dict[str, int]) -> None:
    held = rolling(failed=(failed(1),), canaries=(arn(1),))
    assert step(held, structs.replace(DONE, **still)) is held
    done = step(held, DONE)
    assert (done.phase, done.last_good, done.failed, done.canaries) == (Phase.STEADY, TWO, (), ())
    assert done.history[-1].outcome is Outcome.COMPLETE


def test_canaries_are_waited_for_where_nothing_can_be_tried_yet() -> None:
    held = rolling(phase=Phase.CANARY)
    assert step(held, structs.replace(DONE, untried=True), canary=Canary(1)) is held
    assert step(held, DONE, canary=Canary(1)).phase is Phase.ROLLING


def test_broken_hosts_do_not_keep_it_from_ending_but_the_first_has_to_work() -> None:
    sick = structs.replace(DONE, available=0)
    assert step(rolling(), sick).phase is Phase.STEADY
    first = rolling(last_good=None)
    assert step(first, sick) is first
    assert step(first, structs.replace(DONE, available=7)) is first
    assert step(first, structs.replace(DONE, available=8)).last_good == TWO
    assert step(first, structs.replace(sick, desired=0)).last_good == TWO
    assert step(first, structs.replace(sick, desired=1)) is first
    assert step(first, structs.replace(sick, desired=1, available=1)).last_good == TWO


def test_all_are_baked_before_it_is_good() -> None:
    bake = {"bake_seconds": 60.0}
    baking = step(rolling(), DONE, **bake)
    assert (baking.phase, baking.bake_since) == (Phase.BAKING, NOW)
    assert step(rolling(), DONE, bake_seconds=0.5).phase is Phase.BAKING
    assert step(baking, DONE, at=59, **bake) is baking
    good = step(baking, DONE, at=60, **bake)
    assert (good.phase, good.bake_since) == (Phase.STEADY, None)
    assert step(structs.replace(baking, bake_since=None), DONE, **bake).phase is Phase.BAKING


def test_what_is_unclear_is_clear_once_all_run_the_target() -> None:
    held = rolling(phase=Phase.UNCLEAR)
    assert step(held) is held
    assert step(held, DONE).phase is Phase.STEADY
    assert step(held, structs.replace(DONE, available=0)) is held, "that is no proof"


def test_the_next_step_by_time() -> None:
    assert next_at(spec(), rolling(), NOW) is None
    baking = rolling(phase=Phase.BAKING, bake_since=NOW)
    assert next_at(spec(bake_seconds=60.0), baking, NOW) == NOW + 60
    canary = rolling(phase=Phase.CANARY, bake_since=NOW)
    assert next_at(spec(canary=Canary(1, 30.0)), canary, NOW) == NOW + 30
    fell = failed(1, fell_back=True)
    assert (stuck_at(fell), stuck_at(failed(1))) == (NOW + 60, NOW)
    held = rolling(failed=(fell, failed(2)))
    assert next_at(spec(), held, NOW) == NOW + 60
    assert next_at(spec(), held, NOW + 60) is None
