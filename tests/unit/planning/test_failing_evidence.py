"""What counts as a try of the target, and how long one may take."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Resources, Task
from daemonctl.model.memory import Hold, SlotMemory
from daemonctl.model.plan import Plan
from daemonctl.model.rollout import Phase
from daemonctl.model.spec import DaemonSpec
from tests.unit.planning.rollouts import OLD, died, fleet, rolling, updated_away, with_old
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    arn,
    definition,
    desired,
    host,
    observed,
    planned,
    spec,
    task,
)

LATER = 300.0 + 90.0
"""startTimeoutSeconds, and by so much what is known may be old."""


def played(
    *tasks: Task,
    at: float = 0.0,
    one: DaemonSpec | None = None,
    checked: bool = False,
    hold: Hold | None = None,
    room: int = 2048,
    **rollout: object,
) -> Plan:
    """A plan where ``room`` units of CPU are left on the first of four hosts."""
    daemon = with_old(one or spec())
    daemon = structs.replace(daemon, definition=definition(has_health_check=checked))
    memory = rolling(**rollout)
    memory.slots[arn(1), AGENT] = SlotMemory(hold=hold)
    first = host(1, *tasks, remaining=Resources(room, 7680))
    return planned(desired(daemon), observed(first, *fleet(2, 3, 4)), memory, at=at)


def reasons(made: Plan) -> list[str]:
    held = made.daemons.get(AGENT)
    rollout = None if held is None else held.rollout
    return [] if rollout is None else [one.reason for one in rollout.failed]


PENDING = task(1, age=400, last="PENDING")


def test_only_crashes_of_the_target_since_it_came_are_tries() -> None:
    before = [died(1, n, ago=600 - n) for n in range(3)]
    assert reasons(played(*before, updated_away(1))) == []
    ended = {"stop_code": "UserInitiated", "stopped_reason": "Task stopped by user"}
    by_hand = [structs.replace(died(1, n, ago=20 - n), **ended) for n in range(3)]
    assert reasons(played(updated_away(1), *by_hand)) == []
    of_old = [structs.replace(died(1, n, ago=20 - n), definition=OLD.definition) for n in range(3)]
    assert reasons(played(updated_away(1), *of_old)) == []


def test_a_try_that_began_in_the_same_moment_counts() -> None:
    away = updated_away(1)
    first = structs.replace(died(1, 0, ago=20), created_at=away.created_at)
    tries = (first, died(1, 1, ago=19), died(1, 2, ago=18))
    assert len(reasons(played(away, *tries))) == 1


def test_tries_tell_in_a_backoff_as_well() -> None:
    tries = [died(1, n, ago=0.3 - n / 10) for n in range(3)]
    (said,) = reasons(played(updated_away(1), *tries))
    assert said.startswith("did not become ready in 3 tries: ")


@pytest.mark.parametrize(
    ("one", "checked", "least"),
    [
        (spec(), False, LATER),
        (spec(min_ready_seconds=10), False, LATER + 10),
        (spec(), True, LATER + 120),
        (spec(min_ready_seconds=10), True, LATER + 130),
    ],
)
def test_what_takes_too_long_failed_once_what_is_known_cannot_be_old(
    one: DaemonSpec, least: float, *, checked: bool
) -> None:
    tasks = (updated_away(1, ago=450), PENDING)
    at = least - 400
    early = played(*tasks, one=one, checked=checked, at=at - 20)
    assert (reasons(early), early.wake) == ([], NOW + at)
    (said,) = reasons(played(*tasks, one=one, checked=checked, at=at))
    assert said.startswith("did not become ready: PENDING for longer than startTimeoutSeconds")


def test_what_is_starting_is_looked_at_when_its_own_time_is_over() -> None:
    young = task(1, age=10, last="PENDING")
    assert played(updated_away(1), young).wake == NOW + 290


def test_the_last_of_several_tries_has_its_whole_time() -> None:
    tries = (died(1, 0, ago=450), died(1, 1, ago=430), PENDING)
    away = updated_away(1, ago=500)
    assert reasons(played(away, *tries, at=LATER - 400 - 1)) == []
    assert len(reasons(played(away, *tries, at=LATER - 400))) == 1


def test_where_it_cannot_even_be_started_its_time_counts_from_the_end_of_the_one_before() -> None:
    away = updated_away(1, ago=100)
    assert reasons(played(away, room=64, at=LATER - 100 - 1)) == []
    (said,) = reasons(played(away, room=64, at=LATER - 100))
    assert said == "did not become ready: CPU: needs 128 units, 64 of 2048 left"


def test_what_only_waits_for_something_else_has_not_failed() -> None:
    hold = Hold(NOW + 5000, "AGENT", "the agent is not connected")
    assert reasons(played(updated_away(1, ago=700), hold=hold)) == []


def test_the_one_before_is_the_last_that_worked_and_may_have_ended_as_the_rollout_began() -> None:
    tries = [died(1, n, ago=20 - n) for n in range(3)]
    by_hand = {"stopped_reason": "Task stopped by user"}
    earlier, later = (
        structs.replace(updated_away(1, ago=ago), arn=task(90 + n).arn, **by_hand)
        for n, ago in enumerate((2000.0, 1000.0))
    )
    for own in ((earlier, later), (later, earlier)):
        assert len(reasons(played(*own, *tries))) == 1
    assert reasons(played(earlier, *tries)) == []
    assert reasons(played(later, *tries, began=NOW - 999.9)) == []
    brief = structs.replace(later, started_at=NOW - 1000.5)
    assert len(reasons(played(brief, *tries))) == 1


def test_where_it_no_longer_belongs_nothing_is_judged() -> None:
    tries = [died(1, n, ago=20 - n) for n in range(3)]
    elsewhere = spec(constraints=("ec2InstanceId != i-00000000000000001",))
    assert reasons(played(updated_away(1), *tries, one=elsewhere)) == []


def test_a_task_of_the_target_is_not_the_one_before() -> None:
    tries = [died(1, n, ago=20 - n) for n in range(3)]
    same = structs.replace(updated_away(1), definition=definition().arn)
    assert reasons(played(same, *tries)) == []


def test_without_a_rollout_nobody_looks_again_for_it() -> None:
    late = (updated_away(1, ago=320), task(1, age=310, last="PENDING"))
    assert played(*late, phase=Phase.STEADY).wake is None
    assert played(*late).wake == NOW + 80
