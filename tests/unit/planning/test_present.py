from __future__ import annotations

import pytest

from daemonctl.model.cluster import Task
from daemonctl.model.memory import Expectation, Failure, Hold, Kind, Memory, SlotMemory
from daemonctl.model.observed import Host
from daemonctl.model.plan import StopKind, StopTask
from daemonctl.model.reason import Code, Verdict
from daemonctl.model.status import Counts
from daemonctl.planning.board import Board
from tests.unit.planning.scenery import (
    AGENT,
    INFINITE,
    NOW,
    applied,
    arn,
    daemon,
    definition,
    definition_arn,
    desired,
    host,
    observed,
    planned,
    spec,
    stops,
    task,
    task_arn,
    verdict,
)

ONE = desired()
CHECKED = desired(daemon(spec(), definition(has_health_check=True)))
ELSEWHERE = desired(spec(constraints=("attribute:tier == web",)))


def remembered(**fields: object) -> Memory:
    return Memory({(arn(), AGENT): SlotMemory(**fields)})  # type: ignore[arg-type]  # its fields


def counted(seen: Host, wanted: object = ONE, memory: Memory | None = None) -> Counts:
    board = Board(wanted)  # type: ignore[arg-type]  # Desired
    board.replan(observed(seen), memory or Memory(), None, INFINITE, NOW)
    return board.counts[AGENT]


def test_one_ready_task_is_all_there_should_be() -> None:
    made = planned(ONE, host(1, task()))
    assert (verdict(made), made.actions, made.slots, made.wake) == (
        Verdict(Code.READY),
        (),
        {},
        None,
    )
    assert counted(host(1, task())) == Counts(1, 1, 1, 1, 1)


def test_a_task_of_another_revision_is_outdated() -> None:
    old = host(1, task(definition=definition_arn(revision=1)))
    assert verdict(planned(ONE, old)).code is Code.OUTDATED
    assert counted(old) == Counts(1, 1, 1, 0, 1)


def test_a_pending_task_counts_as_present_and_says_when_it_is_late() -> None:
    young = host(1, task(last="PENDING", age=5))
    made = planned(ONE, young)
    assert verdict(made) == Verdict(Code.SETTLING, "PENDING, starting", NOW + 295)
    assert (made.actions, made.wake) == ((), NOW + 295)
    assert counted(young) == Counts(1, 1, 0, 1, 0)
    assert verdict(planned(ONE, young, at=295)).code is Code.START_TIMEOUT


def test_a_pending_task_says_whom_it_waits_behind() -> None:
    first = task(8, age=60, last="PENDING", group="service:web", started_by="ecs-svc/1")
    seen = task(7, age=60, last="PENDING", group="service:a", created_at=None, started_by="")
    running, later = task(6, age=60, group="s"), task(5, age=2, last="PENDING", group="s")
    made = planned(ONE, host(1, task(1, age=10, last="PENDING"), first, seen, running, later))
    assert verdict(made).words == f"PENDING, starting, waiting behind {8:032x}, {7:032x}"


def test_who_waits_counts_from_first_sight_where_ecs_tells_no_time() -> None:
    waiting = task(1, age=10, last="PENDING", created_at=None)
    made = planned(ONE, host(1, waiting, task(2, age=20, last="PENDING", group="s")))
    assert verdict(made).words.endswith(f"waiting behind {2:032x}")


def test_only_what_is_older_and_pending_is_waited_behind() -> None:
    def words(one: Task, other: Task) -> str:
        return verdict(planned(desired(spec(min_ready_seconds=10)), host(1, one, other))).words

    ahead = task(2, age=60, last="PENDING", group="s")
    assert words(task(1, age=30, started_at=NOW - 4), ahead).endswith("minReadySeconds (10 s)")
    seen_late = task(1, last="PENDING", created_at=NOW - 90, first_seen=NOW)
    assert words(seen_late, ahead) == "PENDING, starting"
    assert words(task(1, last="PENDING", age=60), ahead) == "PENDING, starting"
    late = task(2, last="PENDING", group="s", created_at=NOW - 60, first_seen=NOW)
    assert words(task(1, last="PENDING", age=30), late).endswith(f"behind {2:032x}")


def test_an_agent_that_flaps_changes_nothing_until_five_minutes_are_over() -> None:
    away = host(1, task(), away=200)
    made = planned(ONE, away)
    assert (verdict(made), made.wake) == (Verdict(Code.READY), NOW + 100)
    assert counted(away) == Counts(1, 1, 1, 1, 1)
    gone = planned(ONE, away, at=100)
    assert (verdict(gone).code, gone.wake) == (Code.UNKNOWN, None)


def test_a_flapping_agent_over_an_outdated_task_is_outdated_still() -> None:
    away = host(1, task(definition=definition_arn(revision=1)), away=200)
    assert verdict(planned(ONE, away)).code is Code.OUTDATED


def test_a_late_task_of_a_flapping_agent_becomes_unknown_in_time() -> None:
    made = planned(ONE, host(1, task(last="PENDING", age=400), away=200))
    assert (verdict(made).code, made.wake) == (Code.START_TIMEOUT, NOW + 100)


def test_the_tasks_of_a_draining_instance_stay_and_are_not_counted() -> None:
    two = host(1, task(1), task(2), status="DRAINING")
    made = planned(ONE, two)
    assert (verdict(made).code, made.actions) == (Code.DRAINING, ())
    assert counted(two) == Counts()


FAILED = Failure(5, NOW - 700, NOW - 600, "X", "w")


def test_a_series_of_failures_ends_once_a_task_has_run_for_reset_after_seconds() -> None:
    memory = remembered(failure=FAILED)
    made = planned(ONE, host(1, task(started_at=NOW - 599)), memory)
    assert (made.slots, made.wake) == ({}, NOW + 1)
    settling = desired(spec(min_ready_seconds=10))
    assert planned(settling, host(1, task(started_at=NOW - 4)), memory).wake == NOW + 6
    made = planned(ONE, host(1, task(started_at=NOW - 600)), memory)
    assert made.slots == {(arn(), AGENT): None}


def test_a_task_that_does_not_run_mends_nothing() -> None:
    made = planned(
        ONE, host(1, task(last="PENDING", first_seen=NOW - 900)), remembered(failure=FAILED)
    )
    assert made.slots == {}


def test_what_is_remembered_beside_failures_is_kept() -> None:
    assert planned(ONE, host(1, task()), remembered(writes=(NOW - 5,))).slots == {}


def test_a_duplicate_of_a_ready_task_goes_at_once_as_a_repair() -> None:
    made = planned(ONE, host(1, task(1, age=60), task(2, age=50)))
    words = f"2 tasks, {1:032x} stays"
    assert verdict(made) == Verdict(Code.DUPLICATE, words)
    assert made.actions == (
        StopTask(AGENT, arn(), task_arn(2), StopKind.REPAIR, Code.DUPLICATE, words),
    )
    assert counted(host(1, task(1), task(2))) == Counts(1, 1, 1, 1, 1, duplicates=1)


def test_of_duplicates_the_one_of_the_wanted_revision_stays() -> None:
    old = task(1, age=90, definition=definition_arn(revision=1))
    new = task(2, age=50)
    for both in ((old, new), (new, old)):
        assert stops(planned(ONE, host(1, *both))) == [task_arn(1)]


def test_of_many_duplicates_one_goes_at_a_time_the_worst_first() -> None:
    made = planned(ONE, host(1, task(1, age=9), task(2, age=90), task(3, age=50)))
    assert stops(made) == [task_arn(1)]


def test_a_duplicate_waits_15_seconds_for_the_other_to_be_ready() -> None:
    both = host(1, task(1, last="PENDING", age=9), task(2, last="PENDING", age=5))
    made = planned(ONE, both)
    assert (made.actions, made.wake) == ((), NOW + 15)
    assert counted(both) == Counts(1, 1, 0, 1, 0, duplicates=1)
    memory = applied(Memory(), made)
    assert memory.slots[arn(), AGENT].duplicate_since == NOW
    assert stops(planned(ONE, both, memory, at=14.9)) == []
    assert stops(planned(ONE, both, memory, at=15)) == [task_arn(2)]


def test_a_ready_one_stays_beside_the_wanted_one_that_does_not_become_ready() -> None:
    old = task(1, age=90, definition=definition_arn(revision=1))
    new = task(2, age=5, last="PENDING")
    both = host(1, old, new)
    made = planned(ONE, both)
    assert (verdict(made).words, made.actions, made.wake) == (
        f"2 tasks, {1:032x} stays",
        (),
        NOW + 15,
    )
    assert counted(both) == Counts(1, 1, 1, 0, 1, duplicates=1)
    memory = applied(Memory(), made)
    assert stops(planned(ONE, both, memory, at=14.9)) == []
    assert stops(planned(ONE, both, memory, at=15)) == [task_arn(2)]
    now_ready = host(1, old, task(2, age=20))
    assert stops(planned(ONE, now_ready, memory, at=14)) == [task_arn(1)]


def test_a_wanted_one_that_is_known_not_to_become_ready_is_not_waited_for() -> None:
    old = task(1, age=900, definition=definition_arn(revision=1))
    late = task(2, age=300, last="PENDING")
    assert stops(planned(ONE, host(1, old, late))) == [task_arn(2)]
    older = task(3, age=9, last="PENDING", definition=definition_arn(revision=1))
    assert stops(planned(ONE, host(1, old, older))) == [task_arn(3)]


def test_duplicates_are_looked_at_again_when_one_may_have_become_ready() -> None:
    wanted = desired(spec(min_ready_seconds=10))
    both = host(1, task(1, started_at=NOW - 4), task(2, started_at=NOW - 2))
    assert planned(wanted, both).wake == NOW + 6
    one = host(1, task(1), task(2, started_at=NOW - 2))
    made = planned(wanted, one)
    assert (stops(made), made.wake) == ([task_arn(2)], NOW + 8)


def test_duplicates_that_are_both_outdated_count_as_not_updated() -> None:
    old = [task(n, definition=definition_arn(revision=1)) for n in (1, 2)]
    assert counted(host(1, *old)) == Counts(1, 1, 1, 0, 1, duplicates=1)


@pytest.mark.parametrize(
    ("fields", "until"),
    [
        ({"expectation": Expectation(Kind.STOP, NOW - 1, NOW + 59)}, NOW + 59),
        ({"hold": Hold(NOW + 7, "AGENT", "away")}, NOW + 7),
        ({"writes": tuple(NOW - 50 + n for n in range(6))}, NOW + 10),
    ],
)
def test_nothing_is_written_to_a_busy_slot(fields: dict[str, object], until: float) -> None:
    two = host(1, task(1), task(2))
    made = planned(ONE, two, remembered(**fields))
    assert (verdict(made).code, made.actions, made.wake) == (Code.DUPLICATE, (), until)
    assert counted(two, memory=remembered(**fields)).duplicates == 1
    astray = planned(ELSEWHERE, host(1, task(1)), remembered(**fields))
    assert (verdict(astray).code, astray.actions, astray.wake) == (Code.MISPLACED, (), until)
    assert counted(host(1, task(1)), ELSEWHERE, remembered(**fields)).misscheduled == 1


def test_a_stop_of_a_duplicate_goes_on_in_a_backoff() -> None:
    failed = Failure(9, NOW, NOW + 900, "X", "w")
    assert stops(planned(ONE, host(1, task(1), task(2)), remembered(failure=failed)))


def test_a_disconnected_agents_duplicates_are_left_until_it_is_back() -> None:
    made = planned(ONE, host(1, task(1), task(2), away=200))
    assert (made.actions, made.wake) == ((), NOW + 100)
