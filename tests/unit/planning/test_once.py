"""A daemon that runs once: started until it has ended well, and never again for that revision."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Container, Task
from daemonctl.model.ids import DaemonName, once_slot
from daemonctl.model.lease import RepairOnly
from daemonctl.model.memory import (
    NOTHING,
    DaemonMemory,
    Failure,
    GateMark,
    Memory,
    SlotMemory,
    SlowStart,
)
from daemonctl.model.observed import Host
from daemonctl.model.plan import Plan
from daemonctl.model.reason import Code, Notice
from daemonctl.model.spec import Dependency, DependsOn, Share
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    applied,
    arn,
    attributes,
    crash,
    daemon,
    definition,
    definition_arn,
    desired,
    host,
    observed,
    planned,
    spec,
    starts,
    steady,
    stops,
    task,
    verdict,
)

SETUP = DaemonName("setup")
ONCE = spec(SETUP, once=True)
AFTER = spec(AGENT, Dependency(SETUP, DependsOn.SUCCESS))
WANTED = desired(ONCE, AFTER)
OLD, NEW = definition_arn(SETUP, 1), definition_arn(SETUP, 2)
DONE = attributes(daemonctl__once__setup="setup:2")
BEFORE = attributes(daemonctl__once__setup="setup:1")


def ran(number: int = 1, *codes: int | None, **changes: object) -> Task:
    """A run that ended by itself, its containers with these exit codes (0 for none given)."""
    ended = tuple(Container(f"c{at}", "STOPPED", code) for at, code in enumerate(codes or (0,)))
    return crash(number, SETUP, **{"containers": ended, **changes})


def fails(number: int = 1, **changes: object) -> Task:
    return ran(number, 1, **changes)


def planned_steady(seen: Host, memory: Memory | None = None) -> Plan:
    return planned(WANTED, seen, steady(WANTED, memory))


def test_it_is_started_where_it_has_not_run_and_its_dependents_wait() -> None:
    made = planned(WANTED, host())
    assert starts(made) == [(SETUP, arn())]
    assert verdict(made, SETUP).words == "setup:2 has not run here yet"
    assert [one.words for one in made.actions] == ["setup:2 has not run here yet"]
    assert verdict(made).code is Code.BLOCKED
    assert "waits for setup to have run here; it is START" in verdict(made).words


@pytest.mark.parametrize("last", ["PENDING", "RUNNING"])
def test_while_it_runs_it_is_on_its_way_whatever_its_health(last: str) -> None:
    made = planned(WANTED, host(1, task(1, SETUP, last=last, age=100)))
    assert (verdict(made, SETUP).code, verdict(made).code) == (Code.SETTLING, Code.BLOCKED)
    assert made.actions == ()
    checked = structs.replace(definition(SETUP), has_health_check=True)
    wanted = desired(daemon(ONCE, checked))
    made = planned(wanted, host(1, task(1, SETUP, age=304)))
    assert verdict(made, SETUP).code is Code.SETTLING
    assert (made.actions, made.wake) == ((), NOW + 1)


def test_one_that_runs_for_very_long_is_told_and_left_and_keeps_no_other_from_starting() -> None:
    hung = host(1, task(1, SETUP, age=305))
    made = planned(desired(ONCE), hung)
    assert (verdict(made, SETUP).code, made.actions) == (Code.START_TIMEOUT, ())
    assert verdict(made, SETUP).words.startswith("RUNNING for longer than startTimeoutSeconds")
    braked = Memory(daemons={SETUP: DaemonMemory(SlowStart(limit=1))})
    assert starts(planned(desired(ONCE), observed(hung, host(2)), braked)) == [(SETUP, arn(2))]
    again = observed(
        host(1, task(1, SETUP, age=305), attributes=BEFORE), host(2, attributes=BEFORE)
    )
    assert starts(planned(desired(ONCE), again)) == []  # but it holds its place of those few


def test_a_run_whose_agent_is_gone_is_unknown_and_one_that_never_starts_is_told() -> None:
    made = planned(WANTED, host(1, task(1, SETUP, connected=False)))
    assert verdict(made, SETUP).code is Code.UNKNOWN
    made = planned(WANTED, host(1, task(1, SETUP, last="PENDING", age=900, definition=OLD)))
    assert (verdict(made, SETUP).code, made.actions) == (Code.START_TIMEOUT, ())


def test_once_it_has_ended_well_it_is_done_and_its_dependents_start() -> None:
    made = planned(WANTED, host(1, ran()))
    assert verdict(made, SETUP) == structs.replace(verdict(made, SETUP), code=Code.DONE)
    assert verdict(made, SETUP).words == "setup:2 has run here"
    assert starts(made) == [(AGENT, arn())]


@pytest.mark.parametrize(
    "ended",
    [
        fails(),
        ran(1, None),
        ran(1, 0, 143),
        ran(containers=()),
        ran(stop_code="UserInitiated"),
        ran(stop_code=""),
        ran(last_status="DEACTIVATING"),
    ],
)
def test_whatever_else_it_was_it_has_not_run(ended: Task) -> None:
    made = planned(WANTED, host(1, ended))
    assert (verdict(made, SETUP).code is Code.DONE, verdict(made).code) == (False, Code.BLOCKED)


def test_only_its_essential_containers_are_asked() -> None:
    told = structs.replace(definition(SETUP), essential=("c0",))
    wanted = desired(daemon(ONCE, told))
    assert verdict(planned(wanted, host(1, ran(1, 0, 143))), SETUP).code is Code.DONE
    assert verdict(planned(wanted, host(1, ran(1, 1, 0))), SETUP).code is Code.START
    other = ran(1, 0, 143, definition=OLD)  # of a revision that nobody knows all are
    assert verdict(planned(wanted, host(1, other)), SETUP).code is not Code.DONE


def test_an_instance_that_says_so_is_never_run_again() -> None:
    made = planned_steady(host(1, task(), attributes=DONE))
    assert (verdict(made, SETUP).code, made.actions) == (Code.DONE, ())
    away = planned_steady(host(1, task(), attributes=DONE, away=900.0))
    assert verdict(away, SETUP).code is Code.DONE


def test_what_was_seen_is_remembered_until_the_instance_says_it() -> None:
    made = planned(WANTED, host(1, ran()))
    assert made.slots[arn(), SETUP].done == "setup:2"
    memory = applied(Memory(), made)
    later = planned(WANTED, host(1), memory, at=3600)  # ECS has forgotten the task
    assert verdict(later, SETUP).code is Code.DONE
    marked = planned(WANTED, host(1, attributes=DONE), memory, at=3600)
    assert applied(memory, marked).slots.get((arn(), SETUP), NOTHING).done == ""


def test_the_last_run_counts_and_goes_before_the_attribute() -> None:
    both = (ran(1, ago=50.0, definition=OLD), ran(2, ago=20.0))
    assert verdict(planned(WANTED, host(1, *both, attributes=BEFORE)), SETUP).code is Code.DONE
    turned = (ran(1, ago=20.0, definition=OLD), ran(2, ago=50.0))
    assert starts(planned(WANTED, host(1, *turned, attributes=DONE)))[0] == (SETUP, arn())
    long = ran(1, ago=20.0, ran=500.0, definition=OLD)  # it began first and ended last
    assert starts(planned(WANTED, host(1, long, ran(2, ago=50.0))))[0] == (SETUP, arn())
    untimed = ran(3, stopped_at=None, first_seen=NOW, definition=OLD)
    assert starts(planned(WANTED, host(1, untimed, ran(2))))[0] == (SETUP, arn())


def test_a_run_that_fails_is_tried_again_ever_later_however_long_it_took() -> None:
    first = planned(WANTED, host(1, fails(ran=9000.0, ago=0.5)))
    assert (verdict(first, SETUP).code, verdict(first, SETUP).until) == (Code.BACKOFF, NOW + 0.5)
    two = (fails(1, ran=9000.0, ago=20.0), fails(2, ran=9000.0, ago=1.0))
    second = planned(WANTED, host(1, *two))
    assert (verdict(second, SETUP).until, second.slots[arn(), SETUP].failure.streak) == (  # type: ignore[union-attr]  # there
        NOW + 1,
        2,
    )
    again = planned(WANTED, host(1, fails(ago=30.0)))
    assert starts(again) == [(SETUP, arn())]
    assert verdict(again, SETUP).words.startswith("setup:2 has not run here yet; last: container")


def test_a_run_under_way_does_not_end_the_series_and_success_does() -> None:
    failure = Failure(3, NOW - 900, NOW - 100, "X", "w")
    memory = Memory({(arn(), SETUP): SlotMemory(failure=failure)})
    assert planned(WANTED, host(1, task(1, SETUP, age=5000.0)), memory).slots == {}
    memory.slots[arn(), SETUP] = SlotMemory(failure=failure, probe_at=NOW + 9)
    made = planned(WANTED, host(1, ran()), memory)
    assert made.slots[arn(), SETUP] == SlotMemory(done="setup:2")


def test_another_revision_runs_where_an_earlier_one_did_and_takes_nothing_away() -> None:
    seen = host(1, task(), attributes=BEFORE)
    made = planned_steady(seen)
    assert (starts(made), stops(made)) == ([(SETUP, arn())], [])
    assert verdict(made, SETUP).words == "setup:2 has not run here yet; setup:1 has"
    assert verdict(made).code is Code.READY
    gap = planned_steady(host(1, attributes=BEFORE))  # nor does it keep a gap open
    assert starts(gap) == [(SETUP, arn()), (AGENT, arn())]
    running = planned_steady(host(1, task(), task(2, SETUP, age=9), attributes=BEFORE))
    assert (verdict(running, SETUP).code, running.actions) == (Code.SETTLING, ())


def test_overrides_are_part_of_what_has_run() -> None:
    filled = '{"cpu":"{{ec2InstanceId}}"}'
    wanted = desired(structs.replace(ONCE, overrides=filled))
    done = ran(overrides=f'{{"cpu":"i-{1:017x}"}}')
    made = planned(wanted, host(1, done))
    assert verdict(made, SETUP).code is Code.DONE
    assert made.slots[arn(), SETUP].done.startswith("setup:2/")
    assert starts(planned(wanted, host(1, ran()))) == [(SETUP, arn())]


def many(count: int, *busy: int) -> tuple[Host, ...]:
    return tuple(
        host(n, *((task(n, SETUP, last="PENDING", age=1),) if n in busy else ()), attributes=BEFORE)
        for n in range(1, count + 1)
    )


def test_again_it_runs_on_few_at_a_time_and_at_first_everywhere() -> None:
    wanted = desired(structs.replace(ONCE, max_unavailable=Share(3)))
    assert len(starts(planned(wanted, observed(*many(8))))) == 3
    assert len(starts(planned(wanted, observed(*many(8, 2, 5))))) == 1
    assert len(starts(planned(wanted, observed(*many(8, 2, 5, 6))))) == 0
    fresh = tuple(host(n) for n in range(9, 17))
    assert len(starts(planned(wanted, observed(*many(8, 2, 5, 6), *fresh)))) == 8
    first = host(9, task(9, SETUP, last="PENDING", age=1, definition=OLD))  # takes none of those
    assert len(starts(planned(wanted, observed(*many(8, 2, 5), first)))) == 1
    (told,) = planned(wanted, observed(*many(8))).conditions
    assert (told.notice, told.daemon, told.words) == (
        Notice.ROLLOUT,
        SETUP,
        "setup:2 has yet to run on 8 instances where an earlier one has, 3 at a time",
    )
    assert planned(wanted, observed(*many(1))).conditions != ()


def test_without_a_leader_it_runs_on_new_instances_alone() -> None:
    seen = observed(host(1, attributes=BEFORE), host(2), host(3, ran(3)))
    memory = Memory(repair=RepairOnly(NOW - 9, "the lock store is down"))
    memory.slots[arn(3), once_slot(SETUP)] = SlotMemory(gate=GateMark(NOW - 9))
    made = planned(desired(ONCE), seen, memory)
    assert [(one.instances, type(one).__name__) for one in made.actions] == [  # type: ignore[union-attr]  # starts
        ((arn(2),), "StartTask")
    ]


def test_no_rollout_of_it_is_remembered() -> None:
    made = planned(WANTED, host(1, task(), attributes=DONE))
    assert (SETUP in made.daemons, AGENT in made.daemons) == (False, True)
    assert made.conditions == ()
    undefined = structs.replace(daemon(ONCE), definition=None, fault="it is not there")
    made = planned(desired(undefined), host(1, attributes=BEFORE))
    assert (verdict(made, SETUP).code, made.conditions) == (Code.NO_DEFINITION, ())
