"""onlyWith: a daemon comes with the first task of the services, and leaves after the last."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.memory import Expectation, Hold, Kind, Memory, SlotMemory
from daemonctl.model.observed import Host, Observed
from daemonctl.model.plan import INFINITE, Plan, StopKind, StopTask
from daemonctl.model.reason import Code
from daemonctl.model.spec import Dependency, DependsOn, OnlyWith
from daemonctl.model.status import Counts
from daemonctl.planning.board import Board
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    REGISTRATOR,
    applied,
    arn,
    desired,
    host,
    observed,
    planned,
    spec,
    starts,
    stopping,
    stops,
    task,
    task_arn,
    verdict,
)

SERVICES = ("kibana", "elastic*")
WITH = OnlyWith(SERVICES, linger_seconds=300)
WANTED = desired(spec(only_with=WITH))
KIBANA = {"group": "service:kibana", "started_by": "ecs-svc/1"}
NONE = "no task of kibana, elastic* runs here"
LEFT = "the last task of kibana, elastic* left 300 s ago"


def seen(*hosts: Host, listed: tuple[str, ...] = SERVICES) -> Observed:
    return structs.replace(observed(*hosts), services=frozenset(listed))


def ended(one: Task) -> Task:
    return structs.replace(one, last_status="STOPPED", desired_status="STOPPED", stopped_at=NOW - 5)


def unused(since: float) -> Memory:
    return Memory({(arn(), AGENT): SlotMemory(unused_since=since)})


def told(made: Plan) -> tuple[Code, str]:
    return verdict(made).code, verdict(made).words


@pytest.mark.parametrize("group", ["service:kibana", "service:elastic-hot"])
@pytest.mark.parametrize("last", ["PENDING", "RUNNING"])
def test_it_comes_with_the_first_task(group: str, last: str) -> None:
    user = task(7, last=last, group=group, started_by="ecs-svc/1")
    assert starts(planned(WANTED, seen(host(1, user)))) == [(AGENT, arn())]


@pytest.mark.parametrize(
    "other",
    [
        (),
        (task(7, group="service:kibana2", started_by="ecs-svc/1"),),
        (task(7, group="family:kibana"),),
        (stopping(7, **KIBANA),),  # type: ignore[arg-type]  # fields of a task
        (ended(task(7, **KIBANA)),),  # type: ignore[arg-type]  # as above
    ],
)
def test_without_one_nothing_starts(other: tuple[Task, ...]) -> None:
    made = planned(WANTED, seen(host(1, *other)))
    assert (told(made), made.actions, made.slots) == ((Code.UNUSED, NONE), (), {})


def test_it_lingers_after_the_last_and_then_leaves() -> None:
    alone = seen(host(1, task(1)))
    made = planned(WANTED, alone)
    assert (verdict(made).code, made.actions, made.wake) == (Code.READY, (), NOW + 300)
    memory = applied(Memory(), made)
    assert memory.slots[arn(), AGENT] == SlotMemory(unused_since=NOW)
    assert stops(planned(WANTED, alone, memory, at=299)) == []
    made = planned(WANTED, alone, memory, at=300)
    stop = StopTask(AGENT, arn(), task_arn(1), StopKind.VOLUNTARY, Code.UNUSED, LEFT)
    assert (made.actions, told(made)) == ((stop,), (Code.UNUSED, LEFT))
    back = seen(host(1, task(1), task(7, **KIBANA)))  # type: ignore[arg-type]  # fields of a task
    made = planned(WANTED, back, memory, at=300)
    assert (made.actions, made.slots) == ((), {(arn(), AGENT): None})


def test_while_it_lingers_it_is_looked_at_as_early_as_any_other() -> None:
    wanted = desired(spec(only_with=WITH, min_ready_seconds=10))
    assert planned(wanted, seen(host(1, task(1, started_at=NOW - 4)))).wake == NOW + 6


def test_a_task_that_is_stopping_still_needs_it() -> None:
    leaving = stopping(7, **KIBANA)  # type: ignore[arg-type]  # fields of a task
    made = planned(WANTED, seen(host(1, task(1), leaving)), unused(NOW - 999))
    assert (verdict(made).code, made.actions) == (Code.READY, ())
    assert made.slots == {(arn(), AGENT): None}


def test_nobody_leaves_before_the_services_were_listed() -> None:
    for listed in ((), ("kibana",)):
        made = planned(WANTED, seen(host(1, task(1)), listed=listed), unused(NOW - 999))
        assert (verdict(made).code, made.actions) == (Code.READY, ())
        assert made.slots == {(arn(), AGENT): None}
    nothing = planned(WANTED, seen(host(1), listed=()))
    assert told(nothing) == (Code.UNUSED, NONE)


def test_a_stop_under_way_is_not_made_again() -> None:
    memory = unused(NOW - 999)
    held = memory.slots[arn(), AGENT]
    expected = Expectation(Kind.STOP, NOW - 1, NOW + 59)
    memory.slots[arn(), AGENT] = structs.replace(held, expectation=expected)
    made = planned(WANTED, seen(host(1, task(1))), memory)
    assert (made.actions, made.wake) == ((), NOW + 59)
    memory.slots[arn(), AGENT] = structs.replace(held, hold=Hold(NOW + 7, "X", "w"))
    made = planned(WANTED, seen(host(1, task(1))), memory)
    assert (made.actions, made.wake, told(made)) == ((), NOW + 7, (Code.UNUSED, LEFT))


def test_it_counts_where_it_is_needed_or_lingers() -> None:
    def counted(one: Host, memory: Memory) -> Counts:
        board = Board(WANTED)
        board.replan(seen(one), memory, None, INFINITE, NOW)
        return board.counts[AGENT]

    assert counted(host(1), Memory()).desired == 0
    assert counted(host(1, task(7, **KIBANA)), Memory()).desired == 1  # type: ignore[arg-type]  # fields
    assert counted(host(1, task(1)), unused(NOW - 1)).desired == 1
    assert counted(host(1, task(1)), unused(NOW - 300)) == Counts()


def test_all_of_them_may_leave_together_and_the_caps_hold() -> None:
    hosts = [host(n, task(n)) for n in range(1, 5)]
    slots = {(arn(n), AGENT): SlotMemory(unused_since=NOW - 999) for n in range(1, 5)}
    assert len(stops(planned(WANTED, seen(*hosts), Memory(slots)))) == 1  # maxClusterShare
    early = structs.replace(seen(*hosts), first_full_at=NOW - 1)
    assert stops(planned(WANTED, early, Memory(slots))) == []


BOTH = desired(
    spec(only_with=WITH), spec(REGISTRATOR, Dependency(AGENT, DependsOn.START), only_with=WITH)
)


def leaving(*tasks: Task, wanted: object = BOTH) -> Plan:
    slots = {(arn(), name): SlotMemory(unused_since=NOW - 999) for name in (AGENT, REGISTRATOR)}
    assert wanted is not None
    return planned(BOTH if wanted is BOTH else MIXED, seen(host(1, *tasks)), Memory(slots))


MIXED = desired(spec(only_with=WITH), spec(REGISTRATOR, Dependency(AGENT, DependsOn.START)))


def test_what_depends_on_it_leaves_first_where_both_have_to() -> None:
    made = leaving(task(1), task(2, REGISTRATOR))
    assert stops(made) == [task_arn(2)]
    assert verdict(made).words == f"{LEFT}; registrator leaves first"
    assert stops(leaving(task(1), stopping(2, REGISTRATOR))) == []
    assert stops(leaving(task(1), ended(task(2, REGISTRATOR)))) == [task_arn(1)]
    assert stops(leaving(task(1), task(2, REGISTRATOR), wanted=MIXED)) == [task_arn(1)]


def test_misplaced_ones_leave_in_that_order_too() -> None:
    place = ("attribute:tier == web",)
    wanted = desired(
        spec(constraints=place),
        spec(REGISTRATOR, AGENT, constraints=place),
    )
    web = [
        structs.replace(one, instance=structs.replace(one.instance, attributes=_web(one)))
        for one in (host(n, task(10 * n), task(10 * n + 1, REGISTRATOR)) for n in (2, 3))
    ]
    made = planned(wanted, observed(host(1, task(1), task(2, REGISTRATOR)), *web))
    assert stops(made) == [task_arn(2)]


def _web(one: Host) -> object:
    known = one.instance.attributes
    return type(known)({**known.values, "tier": "web"})
