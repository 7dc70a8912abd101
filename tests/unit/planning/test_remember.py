from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.memory import (
    NOTHING,
    Expectation,
    Failure,
    Hold,
    Kind,
    SlotMemory,
    Unregistered,
)
from daemonctl.model.plan import SetGate
from daemonctl.model.spec import Restart
from daemonctl.planning.remember import kind_of, next_look, recent, sent, take_in
from tests.unit.planning.scenery import NOW, crash, stopping, task, task_arn

START = Expectation(Kind.START, at=NOW - 10, expires=NOW + 50)
STOP = Expectation(Kind.STOP, at=NOW - 10, expires=NOW + 50)
FULL = SlotMemory(
    failure=Failure(1, NOW - 5, NOW - 4, "X", "w"),
    hold=Hold(NOW + 5, "AGENT", "away"),
    writes=(NOW - 61, NOW - 60, NOW - 59, NOW),
    probe_at=NOW + 100,
    duplicate_since=NOW - 3,
)


def taken(memory: SlotMemory, *own: Task, at: float = 0.0) -> SlotMemory:
    return take_in(memory, own, Restart(), NOW + at)


def test_nothing_stays_nothing_where_nothing_happened() -> None:
    assert taken(NOTHING, task()) is NOTHING


def test_what_is_remembered_of_a_task_goes_with_it() -> None:
    since = SlotMemory(unhealthy_since=NOW - 3, unused_since=NOW - 2)
    assert taken(since, task()) == since
    assert taken(since, stopping()) == NOTHING
    unregistered = SlotMemory(unregistered=Unregistered(("7:80",), NOW - 9))
    assert taken(unregistered, stopping()) == unregistered
    assert taken(unregistered) == NOTHING


def test_a_gate_is_expected_as_it_is_set() -> None:
    assert kind_of(SetGate("a", True, (), "w")) is Kind.OPEN
    assert kind_of(SetGate("a", False, (), "w")) is Kind.CLOSE


def test_a_crash_is_counted_and_remembered_as_counted() -> None:
    found = taken(NOTHING, crash(1), task(2))
    assert found.failure is not None
    assert (found.failure.streak, found.counted) == (1, (task_arn(1),))
    assert taken(found, crash(1), task(2)) == found


def test_what_ecs_no_longer_tells_is_no_longer_counted() -> None:
    assert taken(SlotMemory(counted=(task_arn(1),))) == NOTHING


@pytest.mark.parametrize(
    ("expectation", "own", "stays"),
    [
        (START, (), True),
        (START, (stopping(),), True),
        (START, (task(),), False),
        (START, (task(last="PENDING"),), False),
        (STOP, (task(),), True),
        (STOP, (stopping(),), False),
        (STOP, (), False),
    ],
)
def test_a_start_is_seen_by_a_live_task_and_a_stop_by_none(
    expectation: Expectation, own: tuple[Task, ...], *, stays: bool
) -> None:
    unsure = structs.replace(expectation, ambiguous=True)
    found = taken(SlotMemory(expectation=unsure), *own).expectation
    assert found is (unsure if stays else None)


@pytest.mark.parametrize(("expectation", "own"), [(START, (task(),)), (STOP, ())])
def test_a_call_under_way_is_expected_until_its_answer_whatever_is_seen(
    expectation: Expectation, own: tuple[Task, ...]
) -> None:
    found = taken(SlotMemory(expectation=expectation), *own).expectation
    assert found is expectation


def test_an_expected_start_becomes_ambiguous_at_its_time_and_a_stop_ends() -> None:
    memory = SlotMemory(expectation=START)
    assert taken(memory, at=49.9).expectation is START
    assert taken(memory, at=50).expectation == structs.replace(START, ambiguous=True)
    stop = SlotMemory(expectation=structs.replace(START, kind=Kind.STOP))
    assert taken(stop, at=49.9).expectation is not None
    assert taken(stop, at=50).expectation is None


def test_an_ambiguous_start_ends_at_its_time_once_it_was_looked_up() -> None:
    asked = structs.replace(START, ambiguous=True)
    looked = SlotMemory(expectation=structs.replace(asked, looked=True))
    assert taken(looked, at=49.9).expectation is not None
    assert taken(looked, at=50).expectation is None
    assert taken(SlotMemory(expectation=asked), at=5000).expectation is asked


def test_a_hold_ends_at_its_time() -> None:
    assert taken(FULL, at=4.9).hold is not None
    assert taken(FULL, at=5).hold is None


def test_writes_count_for_a_minute() -> None:
    assert taken(FULL).writes == (NOW - 59, NOW)
    assert recent(FULL.writes, NOW + 1) == (NOW,)


def test_a_probe_is_over_once_a_task_lives() -> None:
    assert taken(FULL).probe_at == NOW + 100
    assert taken(FULL, task()).probe_at is None


def test_a_duplicate_is_over_once_one_task_is_left() -> None:
    assert taken(FULL, task(1), task(2)).duplicate_since == NOW - 3
    assert taken(FULL, task(1), stopping(2)).duplicate_since is None


def test_an_ambiguous_start_is_looked_up_after_2_5_10_and_20_seconds() -> None:
    asked = Expectation(Kind.START, at=NOW, expires=NOW + 60, ambiguous=True)
    times = [next_look(structs.replace(asked, looks=looks)) for looks in range(6)]
    assert times == [NOW + 2, NOW + 5, NOW + 10, NOW + 20, NOW + 40, NOW + 60]
    assert next_look(structs.replace(asked, looks=4, looked=True)) is None
    assert next_look(structs.replace(asked, looks=3, looked=True)) == NOW + 20


def test_a_stop_or_an_answered_start_is_not_looked_up() -> None:
    assert next_look(START) is None
    assert next_look(Expectation(Kind.STOP, NOW, NOW + 60, ambiguous=True)) is None


def test_a_write_on_its_way_is_expected_for_a_minute_and_counted() -> None:
    found = sent(FULL, Kind.STOP, NOW + 1)
    assert found.expectation == Expectation(Kind.STOP, at=NOW + 1, expires=NOW + 61)
    assert found.writes == (NOW, NOW + 1)
    assert structs.replace(found, expectation=None, writes=FULL.writes) == FULL
