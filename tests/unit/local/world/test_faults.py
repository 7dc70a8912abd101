"""Faults: rate, end, size, counts; and none without being asked for."""

from __future__ import annotations

import random

import pytest

from daemonctl.local.world.faults import KINDS, LATENCY, STALE_LIST, Faults


def test_an_unset_fault_never_strikes_and_costs_no_dice() -> None:
    thrown: list[float] = []

    def dice() -> float:
        thrown.append(0.0)
        return 0.0

    faults = Faults(dice)
    assert not any(faults.strikes(kind, 0.0) for kind in KINDS)
    assert faults.event_delays(0.0) == (0.0,)
    assert thrown == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_strikes_at_rate_1_and_counts_it(kind: str) -> None:
    faults = Faults(lambda: 0.99)
    faults.set(kind)
    assert faults.strikes(kind, 0.0)
    assert faults.hits == {other: int(other == kind) for other in KINDS}


def test_a_rate_is_the_share_of_chances_taken() -> None:
    faults = Faults(random.Random(7).random)
    faults.set("throttle", rate=0.3)
    taken = sum(faults.strikes("throttle", 0.0) for _ in range(10_000))
    assert 2_800 < taken < 3_200
    assert faults.hits["throttle"] == taken


def test_rate_0_never_strikes() -> None:
    faults = Faults(lambda: 0.0)
    faults.set("throttle", rate=0.0)
    assert not faults.strikes("throttle", 0.0)


def test_until_is_the_first_moment_without() -> None:
    faults = Faults(lambda: 0.0)
    faults.set("throttle", until=10.0)
    assert faults.strikes("throttle", 9.999)
    assert "throttle" in faults.active(9.999)
    assert not faults.strikes("throttle", 10.0)
    assert faults.active(10.0) == {}


def test_clearing_ends_faults_and_keeps_the_counts() -> None:
    faults = Faults(lambda: 0.0)
    faults.set("throttle")
    faults.set("latency")
    faults.strikes("throttle", 0.0)
    faults.clear("throttle")
    assert list(faults.active(0.0)) == ["latency"]
    faults.clear()
    assert faults.active(0.0) == {}
    assert faults.hits["throttle"] == 1


def test_sizes_are_seconds() -> None:
    faults = Faults(lambda: 0.5)
    assert faults.latency(0.0) == 0.0
    faults.set(LATENCY, size=3.0)
    faults.set(STALE_LIST)
    assert faults.latency(0.0) == 3.0
    assert faults.lists_stale(0.0) == KINDS[STALE_LIST].size


def test_events_lost_doubled_shuffled() -> None:
    faults = Faults(lambda: 0.5)
    faults.set("event_doubled")
    assert faults.event_delays(0.0) == (0.0, 0.0)
    faults.set("event_shuffled", size=8.0)
    assert faults.event_delays(0.0) == (4.0, 4.0)
    faults.set("event_lost")
    assert faults.event_delays(0.0) == ()


@pytest.mark.parametrize(
    ("kind", "rate", "size", "words"),
    [
        ("thunder", 1.0, None, "unknown fault 'thunder': one of throttle, "),
        ("throttle", 1.1, None, "from 0 to 1, not 1.1"),
        ("throttle", float("nan"), None, "from 0 to 1"),
        ("latency", 1.0, -1.0, "0 or more, not -1.0"),
        ("latency", 1.0, float("inf"), "0 or more"),
    ],
)
def test_a_bad_fault_is_refused(kind: str, rate: float, size: float | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Faults(lambda: 0.0).set(kind, rate=rate, size=size)


@pytest.mark.parametrize(("roll", "way"), [(0.2, "dropped"), (0.7, "server_error")])
def test_an_answer_is_lost_in_one_of_two_ways(roll: float, way: str) -> None:
    faults = Faults(lambda: roll)
    assert faults.answer_lost(0.0) is None
    faults.set("ambiguous_start")
    assert faults.answer_lost(0.0) == way
    assert faults.hits["ambiguous_start"] == 1
