"""Who may write what, by what a replica knows of its lease."""

from __future__ import annotations

import pytest

from daemonctl.model.lease import Power
from daemonctl.planning import leadership
from daemonctl.planning.leadership import Known, Rules

RULES = Rules(ttl=10.0, lock_delay=5.0)
NEW = Known(answered_at=0.0)
HELD = leadership.renewed(NEW, sent_at=100.0, now=101.0, ttl=10.0)


def power(known: Known, now: float, *, held: bool = True, eldest: bool = False) -> Power:
    return leadership.power(known, RULES, now, held=held, eldest=eldest)


def test_a_lease_counts_from_before_its_renewal_was_sent() -> None:
    assert power(HELD, 109.9) is Power.FULL
    assert power(HELD, 110.0) is Power.NONE


def test_who_does_not_hold_it_writes_nothing() -> None:
    assert power(HELD, 105.0, held=False) is Power.NONE
    assert power(HELD, 105.0, held=False, eldest=True) is Power.NONE


def test_an_ended_session_writes_nothing_even_if_it_thinks_that_it_holds() -> None:
    assert power(leadership.ended(HELD, 103.0), 104.0) is Power.NONE


def test_a_holder_whose_store_is_silent_goes_on_repairing() -> None:
    silent = leadership.failed(HELD, 107.0, 109.0, 10.0)
    assert power(silent, 109.5) is Power.FULL
    assert power(silent, 110.0) is Power.REPAIR
    assert power(silent, 119.0) is Power.REPAIR


def test_after_a_pause_the_store_has_to_be_asked_first() -> None:
    silent = leadership.failed(HELD, 107.0, 109.0, 10.0)
    assert power(silent, 119.1) is Power.NONE  # the failure is too old to say anything
    assert power(leadership.failed(HELD, 105.0, 300.0, 10.0), 300.0) is Power.NONE
    assert power(leadership.failed(HELD, 300.0, 303.0, 10.0), 303.0) is Power.REPAIR


def test_every_answer_is_remembered_with_its_time() -> None:
    silent = Known(0.0, 90.0, failed_at=80.0)
    assert leadership.answered(silent, 111.0) == Known(111.0, 90.0)
    assert leadership.renewed(silent, 110.0, 111.0, 10.0) == Known(111.0, 120.0)
    assert leadership.ended(silent, 111.0) == Known(111.0)
    assert leadership.failed(silent, 100.0, 110.0, 10.0) == Known(0.0, 90.0, failed_at=110.0)
    assert leadership.failed(silent, 100.0, 110.1, 10.0) == silent


def test_an_answer_ends_the_silence() -> None:
    silent = leadership.failed(HELD, 107.0, 109.0, 10.0)
    assert power(leadership.answered(silent, 111.0), 111.5) is Power.NONE
    assert power(leadership.renewed(silent, 111.0, 112.0, 10.0), 112.0) is Power.FULL


@pytest.mark.parametrize(
    ("silent_for", "eldest", "repair", "wanted"),
    [
        (30.0, True, True, Power.REPAIR),
        (29.9, True, True, Power.NONE),
        (30.0, False, True, Power.NONE),
        (30.0, True, False, Power.NONE),
    ],
)
def test_one_who_never_held_it_repairs_after_three_ttls_if_it_is_the_eldest(
    silent_for: float, *, eldest: bool, repair: bool, wanted: Power
) -> None:
    known = leadership.failed(Known(answered_at=100.0), 100.0 + silent_for, 100.0 + silent_for, 10)
    rules = Rules(10.0, 5.0, repair=repair)
    now = 100.0 + silent_for
    assert leadership.power(known, rules, now, held=False, eldest=eldest) is wanted


def test_a_store_that_answers_leaves_nobody_orphaned() -> None:
    assert not leadership.orphaned(Known(answered_at=0.0), RULES, 1000.0)


@pytest.mark.parametrize(
    ("clusters", "replicas", "share"),
    [(1, 1, 1), (3, 1, 3), (3, 2, 2), (4, 2, 2), (2, 3, 1), (5, 0, 5), (0, 2, 0)],
)
def test_a_fair_share_is_rounded_up(clusters: int, replicas: int, share: int) -> None:
    assert leadership.fair_share(clusters, replicas) == share


def test_a_replica_takes_its_share_and_later_what_nobody_wants() -> None:
    assert leadership.may_take(RULES, 1, 4, 2, free_since=0.0, now=0.0)
    assert not leadership.may_take(RULES, 2, 4, 2, free_since=0.0, now=24.9)
    assert leadership.may_take(RULES, 2, 4, 2, free_since=0.0, now=25.0)
    assert not leadership.may_take(RULES, 2, 4, 2, free_since=100.0, now=124.9)


def to_yield(led: list[str], replicas: int, since: float, kept: dict[str, float]) -> str:
    return leadership.to_yield(RULES, led, 4, replicas, crowded_since=since, now=100.0, kept=kept)


def test_who_leads_more_than_its_share_for_a_while_hands_over_the_last() -> None:
    assert to_yield(["a", "b", "c"], 2, 75.0, {}) == "c"
    assert to_yield(["a", "b", "c"], 2, 75.1, {}) == ""
    assert to_yield(["a", "b"], 2, 0.0, {}) == ""
    assert to_yield(["a", "b", "c"], 1, 0.0, {}) == ""


def test_what_nobody_wanted_is_not_offered_again_at_once() -> None:
    assert to_yield(["a", "b", "c"], 2, 0.0, {"c": 100.1}) == "b"
    assert to_yield(["a", "b", "c"], 2, 0.0, {"c": 100.0}) == "c"
    assert to_yield(["a"], 8, 0.0, {}) == ""
    assert to_yield(["a", "b"], 4, 0.0, {"a": 200.0, "b": 200.0}) == ""


def test_the_budget_is_divided_among_those_who_lead() -> None:
    assert leadership.divided(0.5, 2) == 0.25
    assert leadership.divided(0.5, 0) == 0.5
