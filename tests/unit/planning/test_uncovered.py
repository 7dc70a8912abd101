from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.discovery import Service, Tenant
from daemonctl.model.memory import (
    Expectation,
    Failure,
    Hold,
    Kind,
    Memory,
    SlotMemory,
    Unregistered,
)
from daemonctl.model.observed import Host
from daemonctl.model.plan import Plan, StopKind, StopTask
from daemonctl.model.reason import Code
from daemonctl.model.spec import DaemonSpec, Limits, Share
from daemonctl.planning.uncovered import RESTART_SECONDS
from tests.unit.planning.published import covered, service, tenant
from tests.unit.planning.scenery import (
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
    steady,
    stops,
    task,
    task_arn,
    verdict,
)

ASKING: DaemonSpec = spec(REGISTRATOR, services_registered=True)
WANTED = desired(ASKING)
THERE, GONE = tenant(7), tenant(8, 32769)
LONG = RESTART_SECONDS + 5


def place(*what: Tenant | Service, own: Task | None = None, **changes: object) -> Host:
    before = changes.pop("before", ())
    tasks = (own or task(1, REGISTRATOR), *before)  # type: ignore[misc]  # tasks, as given
    return covered(host(1, *tasks, **changes), *(what or (THERE, GONE, service())))


def missed(ago: float, *keys: str, restarted: bool = False) -> Memory:
    held = Unregistered(keys or (f"{task_arn(8)}:32769",), NOW - ago, restarted)
    return steady(WANTED, Memory({(arn(), REGISTRATOR): SlotMemory(unregistered=held)}))


def held_by(made: Plan, memory: Memory) -> Unregistered | None:
    slot = applied(memory, made).slots.get((arn(), REGISTRATOR))
    return None if slot is None else slot.unregistered


def restarted(ago: float) -> Task:
    words = "daemonctl: COVERAGE: 1 of 2 published ports not in Consul"
    return task(
        2,
        REGISTRATOR,
        last="STOPPED",
        desired_status="STOPPED",
        stopped_at=NOW - ago,
        stopped_reason=words,
        stop_code="UserInitiated",
    )


def test_a_gap_is_told_and_remembered_first() -> None:
    memory = steady(WANTED)
    made = planned(WANTED, place(), memory)
    found = verdict(made, REGISTRATOR)
    assert found.code is Code.READY
    assert found.words.startswith("1 of 2 published ports not in Consul: web-2-app port 32769")
    assert held_by(made, memory) == Unregistered((f"{task_arn(8)}:32769",), NOW)
    assert made.actions == ()


def test_after_a_while_registrator_is_restarted_within_the_budget() -> None:
    made = planned(WANTED, place(), missed(LONG))
    [action] = made.actions
    assert isinstance(action, StopTask)
    assert (action.task, action.kind, action.code) == (task_arn(1), StopKind.VOLUNTARY, "COVERAGE")
    found = verdict(made, REGISTRATOR)
    assert (found.code, found.words) == (Code.COVERAGE, action.words)
    assert action.words.startswith("1 of 2 published ports not in Consul: web-2-app port 32769")


def test_one_at_a_time_where_one_may_be_unavailable() -> None:
    memory = missed(LONG)
    held = memory.slots[arn(), REGISTRATOR]
    memory.slots[arn(2), REGISTRATOR] = held
    other = structs.replace(place(), instance=host(2).instance)
    wide = structs.replace(WANTED, limits=Limits(max_cluster_share=Share(9)))
    assert len(stops(planned(wide, observed(place(), other), memory))) == 1


def test_not_before_that() -> None:
    assert planned(WANTED, place(), missed(RESTART_SECONDS - 1)).actions == ()
    assert len(planned(WANTED, place(), missed(RESTART_SECONDS)).actions) == 1


def test_once_for_each_set() -> None:
    made = planned(WANTED, place(), missed(LONG, restarted=True))
    assert made.actions == ()
    told = verdict(made, REGISTRATOR)
    assert told.code is Code.READY
    assert told.words.endswith("a restart of registrator has not helped")


def test_a_restart_is_seen_in_ecs_by_a_process_that_remembers_nothing() -> None:
    memory = steady(WANTED)
    made = planned(WANTED, place(before=(restarted(60),)), memory)
    held = held_by(made, memory)
    assert held is not None
    assert held.restarted
    assert planned(WANTED, place(before=(restarted(60),)), missed(LONG)).actions == ()


def test_a_restart_before_the_task_ran_was_not_for_it() -> None:
    young = tenant(8, 32769, age=200)
    seen = place(THERE, young, service(), before=(restarted(300),))
    assert len(stops(planned(WANTED, seen, missed(LONG)))) == 1
    same = place(THERE, tenant(8, 32769, age=60), service(), before=(restarted(60),))
    assert len(stops(planned(WANTED, same, missed(LONG)))) == 1
    forgotten = structs.replace(restarted(60), stopped_at=None)
    assert len(stops(planned(WANTED, place(before=(forgotten,)), missed(LONG)))) == 1
    other = structs.replace(restarted(60), stopped_reason="daemonctl: OUTDATED: x")
    assert held_by(planned(WANTED, place(before=(other,)), steady(WANTED)), Memory()) == (
        Unregistered((f"{task_arn(8)}:32769",), NOW)
    )


def test_another_one_that_is_missing_begins_another_set() -> None:
    more = tenant(9, 32770)
    memory = missed(LONG, restarted=True)
    made = planned(WANTED, place(THERE, GONE, more, service()), memory)
    assert made.actions == ()
    held = held_by(made, memory)
    assert held is not None
    assert (len(held.ports), held.since, held.restarted) == (2, NOW, False)


def test_fewer_are_no_new_set() -> None:
    memory = missed(LONG, f"{task_arn(8)}:32769", f"{task_arn(9)}:1", restarted=True)
    made = planned(WANTED, place(), memory)
    assert made.actions == ()
    assert held_by(made, memory) == Unregistered((f"{task_arn(8)}:32769",), NOW - LONG, True)


def test_what_is_missing_while_registrator_starts_is_not_forgotten() -> None:
    memory = missed(LONG, restarted=True)
    fresh = task(1, REGISTRATOR, age=15)
    made = planned(WANTED, place(own=fresh), memory)
    assert (verdict(made, REGISTRATOR).code, verdict(made, REGISTRATOR).words) == (Code.READY, "")
    assert held_by(made, memory) == Unregistered((f"{task_arn(8)}:32769",), NOW - LONG, True)


def test_what_is_registered_again_is_forgotten() -> None:
    memory = missed(LONG)
    back = service(32769)
    made = planned(WANTED, place(THERE, GONE, service(), back), memory)
    assert verdict(made, REGISTRATOR).words == ""
    assert held_by(made, memory) is None


def test_a_daemon_that_does_not_ask_forgets_and_is_left_alone() -> None:
    plain = desired(spec(REGISTRATOR))
    memory = steady(plain, missed(LONG))
    made = planned(plain, place(), memory)
    assert made.actions == ()
    assert held_by(made, memory) is None


@pytest.mark.parametrize("change", [{"away": 10.0}, {"status": "DRAINING"}])
def test_where_what_runs_is_not_known_nothing_is_restarted(change: dict[str, object]) -> None:
    memory = missed(LONG)
    made = planned(WANTED, place(**change), memory)
    assert made.actions == ()
    assert "Consul" not in verdict(made, REGISTRATOR).words


def test_an_unknown_catalog_restarts_nothing_and_forgets_nothing() -> None:
    memory = missed(LONG)
    seen = structs.replace(place(), registered=None)
    made = planned(WANTED, seen, memory)
    assert made.actions == ()
    assert verdict(made, REGISTRATOR).code is Code.UNKNOWN
    assert held_by(made, memory) is not None


def test_a_slot_that_is_written_to_waits() -> None:
    memory = missed(LONG)
    slot = (arn(), REGISTRATOR)
    busy = Expectation(Kind.STOP, NOW - 1, NOW + 29)
    memory.slots[slot] = structs.replace(memory.slots[slot], expectation=busy)
    made = planned(WANTED, place(), memory)
    assert made.actions == ()
    assert (verdict(made, REGISTRATOR).code, made.wake) == (Code.COVERAGE, NOW + 29)
    held = structs.replace(memory.slots[slot], expectation=None, hold=Hold(NOW + 17, "X", "w"))
    refused = Memory({slot: held}, memory.daemons)
    assert planned(WANTED, place(), refused).wake == NOW + 17
    few = structs.replace(held, hold=None, writes=tuple(NOW - 50 + n for n in range(5)))
    assert planned(WANTED, place(), Memory({slot: few}, memory.daemons)).wake == NOW + 10
    series = Failure(1, NOW - 300, NOW - 299, "X", "w")
    memory.slots[slot] = structs.replace(memory.slots[slot], failure=series)
    ready = place(own=task(1, REGISTRATOR, age=595))  # its series ends before that
    assert planned(WANTED, ready, memory).wake == NOW + 10


def test_where_nothing_is_registered_it_is_unhealthy_and_its_dependent_waits() -> None:
    needs = desired(ASKING, spec(needs_it := spec().name, REGISTRATOR))
    made = planned(needs, place(GONE), steady(needs))
    assert verdict(made, REGISTRATOR).code is Code.UNHEALTHY
    assert starts(made) == []
    fine = planned(needs, place(THERE, service()), steady(needs))
    assert starts(fine) == [(needs_it, arn())]
    unknown = planned(needs, structs.replace(place(), registered=None), steady(needs))
    assert starts(unknown) == [(needs_it, arn())]
