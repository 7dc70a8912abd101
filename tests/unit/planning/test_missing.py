from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Health, Resources
from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.ids import DaemonName, Ec2InstanceId
from daemonctl.model.memory import Expectation, Failure, Hold, Kind, Memory, SlotMemory
from daemonctl.model.observed import Host
from daemonctl.model.plan import Look
from daemonctl.model.reason import Code, Verdict
from daemonctl.model.spec import Dependency, DependsOn
from daemonctl.planning import outcomes
from tests.unit.planning.scenery import (
    AGENT,
    BOTH,
    NOW,
    REGISTRATOR,
    STARTED,
    applied,
    arn,
    crash,
    daemon,
    definition,
    desired,
    host,
    planned,
    spec,
    starts,
    stopping,
    task,
    verdict,
)

ONE = desired()
EMPTY = host()
FULL = host(remaining=Resources(64, 7680))
NO_ROOM = "CPU: needs 128 units, 64 of 2048 left"


def remembered(name: DaemonName = AGENT, **fields: object) -> Memory:
    return Memory({(arn(), name): SlotMemory(**fields)})  # type: ignore[arg-type]  # its fields


def waits(
    seen: Host, memory: Memory | None = None, *, wanted: Desired = ONE, at: float = 0.0
) -> Verdict:
    """The verdict of consul-agent, which must not be started."""
    made = planned(wanted, seen, memory, at=at)
    assert (arn(), AGENT) not in [(place, name) for name, place in starts(made)]
    assert made.wake == verdict(made).until
    return verdict(made)


def test_an_empty_slot_is_started() -> None:
    made = planned(ONE, EMPTY)
    assert (verdict(made), starts(made)) == (
        Verdict(Code.START, "not running here"),
        [(AGENT, arn())],
    )


def test_a_start_says_what_the_last_failure_was() -> None:
    failed = Failure(2, NOW - 60, NOW - 58, "X", "exit code 1")
    made = planned(ONE, EMPTY, remembered(failure=failed))
    assert verdict(made).words == "not running here; last: exit code 1"


def test_nothing_starts_on_an_instance_that_leaves() -> None:
    assert waits(host(status="DRAINING")) == Verdict(
        Code.DRAINING, "the container instance is DRAINING"
    )


def test_nothing_starts_where_the_agent_is_disconnected() -> None:
    words = "its agent is disconnected: nothing starts here"
    assert waits(host(away=1)) == Verdict(Code.AGENT_DISCONNECTED, words)


def test_nothing_starts_without_a_task_definition_and_the_fault_is_told() -> None:
    wanted = desired(DesiredDaemon(spec(), None, "consul-agent does not exist"))
    assert waits(EMPTY, wanted=wanted) == Verdict(Code.NO_DEFINITION, "consul-agent does not exist")


def test_nothing_starts_while_a_start_is_in_flight() -> None:
    memory = remembered(expectation=Expectation(Kind.START, NOW - 10, NOW + 50))
    words = "a call was sent, its effect is not seen yet"
    assert waits(EMPTY, memory) == Verdict(Code.IN_FLIGHT, words, NOW + 50)


def test_a_start_without_any_answer_for_a_minute_is_looked_up_and_not_made_again() -> None:
    memory = remembered(expectation=Expectation(Kind.START, NOW - 10, NOW + 50))
    made = planned(ONE, EMPTY, memory, at=50)
    words = "a start got no answer and may have worked: it is being looked up"
    assert (verdict(made), made.actions) == (Verdict(Code.AMBIGUOUS, words, NOW + 50), ())
    assert (made.looks, made.wake) == ((Look(arn(), AGENT),), NOW + 50)


def test_an_ambiguous_start_is_looked_up_when_due_and_tried_again_after_a_minute() -> None:
    asked = Expectation(Kind.START, NOW, NOW + 60, ambiguous=True, looked=True)
    memory = remembered(expectation=asked)
    looked, wakes = [], []
    for at in (0.0, 2.0, 2.0, 5.0, 10.0, 19.0, 20.0, 59.0):
        made = planned(ONE, EMPTY, memory, at=at)
        assert verdict(made).code is Code.AMBIGUOUS
        assert not made.actions
        if made.looks:
            assert made.looks == (Look(arn(), AGENT),)
            looked.append(at)
        else:
            assert made.wake is not None
            wakes.append(made.wake - NOW)
        memory = applied(memory, made)
    assert looked == [2, 5, 10, 20]
    assert wakes == [2, 5, 20, 60]
    assert starts(planned(ONE, EMPTY, memory, at=60))


def test_an_ambiguous_start_that_nobody_could_look_up_is_not_tried_again_but_looked_up() -> None:
    asked = Expectation(Kind.START, NOW, NOW + 60, ambiguous=True, looks=4)
    memory, looked = remembered(expectation=asked), []
    for at in (39.0, 40.0, 60.0, 79.0, 500.0):
        made = planned(ONE, EMPTY, memory, at=at)
        assert not made.actions
        if made.looks:
            looked.append(at)
        memory = applied(memory, made)
    assert looked == [40, 60, 500]
    known = outcomes.looked(memory.slots[arn(1), AGENT])
    assert starts(planned(ONE, EMPTY, Memory({(arn(1), AGENT): known}), at=501))


def test_nothing_starts_while_the_slot_is_held() -> None:
    memory = remembered(hold=Hold(NOW + 9, "AGENT", "the agent is not connected"))
    assert waits(EMPTY, memory) == Verdict(Code.HELD, "the agent is not connected", NOW + 9)
    assert starts(planned(ONE, EMPTY, memory, at=9))


def test_nothing_starts_before_the_old_task_has_left_the_host() -> None:
    assert waits(host(1, stopping(1), stopping(2))) == Verdict(
        Code.STOPPING, f"task {1:032x} has not left the host yet"
    )


def test_the_seventh_write_of_a_minute_waits() -> None:
    six = tuple(NOW - 50 + n for n in range(6))
    assert waits(EMPTY, remembered(writes=six)) == Verdict(
        Code.HELD, "6 writes within a minute are the limit", NOW + 10
    )
    assert starts(planned(ONE, EMPTY, remembered(writes=six), at=10))
    assert starts(planned(ONE, EMPTY, remembered(writes=six[1:])))


def test_a_gating_constraint_keeps_a_start_back() -> None:
    wanted = desired(spec(constraints=("runningTasksCount < 5",)))
    assert waits(host(running_tasks=5), wanted=wanted) == Verdict(
        Code.CONSTRAINT, "placement constraint does not match: runningTasksCount < 5"
    )
    assert starts(planned(wanted, host(running_tasks=4)))


def test_a_gating_constraint_never_displaces() -> None:
    wanted = desired(spec(constraints=("runningTasksCount < 5",)))
    made = planned(wanted, host(1, task(), running_tasks=9))
    assert (verdict(made).code, made.actions) == (Code.READY, ())


def test_a_dependent_waits_for_its_dependency_on_that_instance() -> None:
    made = planned(BOTH, EMPTY)
    assert starts(made) == [(AGENT, arn())]
    assert verdict(made, REGISTRATOR) == Verdict(
        Code.BLOCKED, "waits for consul-agent to be READY here; it is START"
    )
    assert starts(planned(BOTH, host(1, task()))) == [(REGISTRATOR, arn())]


@pytest.mark.parametrize(
    ("condition", "free"),
    [(DependsOn.START, True), (DependsOn.HEALTHY, False), (DependsOn.READY, False)],
)
def test_a_dependency_is_waited_for_by_its_condition(condition: DependsOn, *, free: bool) -> None:
    checked = daemon(spec(), definition(has_health_check=True))
    wanted = desired(checked, spec(REGISTRATOR, Dependency(AGENT, condition)))
    seen = host(1, task(started_at=NOW - 3))
    assert bool(starts(planned(wanted, seen))) is free


def test_healthy_does_not_wait_for_min_ready_seconds() -> None:
    checked = daemon(spec(min_ready_seconds=99), definition(has_health_check=True))
    wanted = desired(checked, spec(REGISTRATOR, Dependency(AGENT, DependsOn.HEALTHY)))
    seen = host(1, task(started_at=NOW, health=Health.HEALTHY))
    assert starts(planned(wanted, seen)) == [(REGISTRATOR, arn())]


def test_a_dependent_is_looked_at_again_when_its_dependency_becomes_ready() -> None:
    wanted = desired(spec(min_ready_seconds=10), spec(REGISTRATOR, AGENT))
    made = planned(wanted, host(1, task(started_at=NOW - 4)))
    assert (starts(made), made.wake) == ([], NOW + 6)


def test_a_dependency_that_is_pending_blocks_even_a_start() -> None:
    made = planned(STARTED, host(1, task(last="PENDING", age=1)))
    assert verdict(made, REGISTRATOR).code is Code.BLOCKED


def test_what_cannot_fit_waits_for_a_probe_and_is_told_in_numbers() -> None:
    made = planned(ONE, FULL)
    assert (verdict(made), made.wake) == (Verdict(Code.NO_FIT, NO_ROOM, NOW + 900), NOW + 900)
    memory = applied(Memory(), made)
    assert waits(FULL, memory, at=899) == Verdict(Code.NO_FIT, NO_ROOM, NOW + 900)


def test_a_predicted_misfit_is_probed_every_max_seconds() -> None:
    memory = applied(Memory(), planned(ONE, FULL))
    made = planned(ONE, FULL, memory, at=900)
    assert starts(made) == [(AGENT, arn())]
    assert verdict(made).words == f"tried although it should not fit ({NO_ROOM})"
    memory = applied(memory, made)
    restart = spec().restart
    memory.slots[arn(), AGENT] = outcomes.refused(
        memory.slots[arn(), AGENT], restart, "RESOURCE:CPU", "", NOW + 901
    )
    assert waits(FULL, memory, at=902).until == NOW + 1801


def test_a_probe_that_found_no_token_is_still_due() -> None:
    memory = applied(Memory(), planned(ONE, FULL))
    made = planned(ONE, FULL, memory, at=900)
    assert (arn(), AGENT) in made.slots
    unsent = structs.replace(made, slots={})
    assert starts(planned(ONE, FULL, applied(memory, unsent), at=905)) == [(AGENT, arn())]


def test_a_probe_respects_the_backoff() -> None:
    failed = Failure(4, NOW - 5, NOW + 60, "X", "w")
    found = waits(FULL, remembered(probe_at=NOW - 1, failure=failed))
    assert (found.code, found.until) == (Code.BACKOFF, NOW + 60)


def test_a_misfit_that_fits_now_is_started_and_its_probe_forgotten() -> None:
    made = planned(ONE, EMPTY, remembered(probe_at=NOW + 500))
    assert starts(made) == [(AGENT, arn())]
    assert made.slots[arn(), AGENT] is not None
    assert made.slots[arn(), AGENT].probe_at is None  # type: ignore[union-attr]  # said above


def test_daemons_that_start_together_do_not_count_on_the_same_room() -> None:
    tight = host(remaining=Resources(200, 7680))
    made = planned(desired(spec(), spec(REGISTRATOR)), tight)
    assert starts(made) == [(AGENT, arn())]
    assert verdict(made, REGISTRATOR).words == "CPU: needs 128 units, 72 of 2048 left"


def test_room_is_promised_to_a_start_in_flight_as_well() -> None:
    memory = remembered(expectation=Expectation(Kind.START, NOW - 1, NOW + 59))
    tight = host(remaining=Resources(200, 7680))
    made = planned(desired(spec(), spec(REGISTRATOR)), tight, memory)
    assert verdict(made, REGISTRATOR).code is Code.NO_FIT


def test_room_is_not_promised_to_what_waits() -> None:
    memory = remembered(hold=Hold(NOW + 9, "AGENT", "w"))
    tight = host(remaining=Resources(200, 7680))
    made = planned(desired(spec(), spec(REGISTRATOR)), tight, memory)
    assert starts(made) == [(REGISTRATOR, arn())]


def test_a_crash_is_followed_by_a_backoff_that_tells_the_evidence() -> None:
    found = waits(host(1, crash(ago=0)))
    assert (found.code, found.until) == (Code.BACKOFF, NOW + 1)
    assert found.words.startswith("failed once: container main exited with code 1")
    two = waits(host(1, crash(1, ago=0), crash(2, ago=20)))
    assert (two.until, two.words[:22]) == (NOW + 2, "failed 2 times in a ro")
    assert starts(planned(ONE, host(1, crash(ago=1))))


def test_a_stop_by_hand_is_repaired_at_once() -> None:
    assert starts(planned(ONE, host(1, crash(ago=0, stop_code="UserInitiated"))))


def test_an_instance_told_without_its_ec2_id_gets_nothing_and_loses_nothing() -> None:
    made = planned(ONE, host(1, ec2_id=Ec2InstanceId("")))
    assert (verdict(made).code, made.actions) == (Code.DRAINING, ())
    assert verdict(made).words.endswith("told without its EC2 instance id")
    assert planned(ONE, host(1, task(1), ec2_id=Ec2InstanceId(""))).actions == ()


@pytest.mark.parametrize("code", ["TerminationNotice", "SpotInterruption"])
def test_where_a_task_ended_with_its_host_nothing_starts_until_the_host_is_heard_of(
    code: str,
) -> None:
    ended = crash(1, ago=5, stop_code=code, stopped_reason="Host EC2 (instance i-1) terminated.")
    made = planned(ONE, host(1, ended))
    assert (verdict(made).code, verdict(made).until, made.actions) == (Code.HELD, NOW + 10, ())
    assert "being stopped: Host EC2" in verdict(made).words
    assert starts(planned(ONE, host(1, ended), at=10))
    assert starts(planned(ONE, host(1, structs.replace(ended, stopped_at=None))))
