"""Gates: what opens and closes them, how long that takes, and how many may be closed."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Health, Task
from daemonctl.model.ids import GATE, Ec2InstanceId
from daemonctl.model.memory import (
    Expectation,
    GateMark,
    Hold,
    Kind,
    Memory,
    SlotMemory,
)
from daemonctl.model.plan import SetGate
from tests.unit.planning.gated import (
    NAME,
    SPEC,
    WANTED,
    gated,
    gates,
    marked,
    remembered,
)
from tests.unit.planning.scenery import (
    BOTH,
    NOW,
    REGISTRATOR,
    applied,
    arn,
    crash,
    definition,
    desired,
    planned,
    spec,
    task,
)

ALL_READY = "its required daemons are ready"


@pytest.mark.parametrize("opened", [None, False])
def test_it_opens_once_all_have_been_ready_for_a_while(opened: bool | None) -> None:  # noqa: FBT001  a value
    seen = gated(task(), opened=opened)
    made = planned(WANTED, seen)
    assert (gates(made), made.wake) == ([], NOW + 5)
    assert made.slots == {(arn(), GATE): SlotMemory(gate=GateMark(NOW))}
    memory = applied(Memory(), made)
    assert gates(planned(WANTED, seen, memory, at=4.9)) == []
    made = planned(WANTED, seen, memory, at=5)
    assert gates(made) == [SetGate(NAME, True, (arn(),), ALL_READY)]
    sent = applied(memory, made).slots[arn(), GATE].expectation
    assert sent is not None
    assert (sent.kind, sent.expires) == (Kind.OPEN, NOW + 65)


def test_what_has_its_value_is_left_alone() -> None:
    made = planned(WANTED, gated(task(), opened=True))
    assert (made.actions, made.slots, made.wake) == ((), {}, None)
    never = planned(WANTED, gated(crash(), opened=None), at=900)
    assert gates(never) == []


def test_without_a_gate_nothing_is_written_and_what_was_remembered_goes() -> None:
    made = planned(desired(), gated(task()), marked(NOW - 99))
    assert (made.actions, made.slots) == ((), {(arn(), GATE): None})


def test_it_closes_once_one_has_been_lacking_for_a_while() -> None:
    seen = gated(crash(ran=9000.0, ago=500.0), crash(2), opened=True)
    made = planned(WANTED, seen)
    assert (gates(made), made.slots[arn(), GATE]) == ([], SlotMemory(gate=GateMark(NOW)))
    memory = marked(NOW - 29.9)
    assert gates(planned(WANTED, seen, memory)) == []
    made = planned(WANTED, seen, marked(NOW - 30))
    assert [(one.opened, one.value, one.daemon) for one in gates(made)] == [(False, "false", GATE)]
    assert gates(made)[0].words.startswith("consul-agent is ")
    assert gates(made)[0].value_on(arn()) == "false"


def test_a_daemon_that_is_back_in_time_leaves_it_open() -> None:
    made = planned(WANTED, gated(task(), opened=True), marked(NOW - 29))
    assert (made.actions, made.slots) == ((), {(arn(), GATE): None})


SETTLING = task(last="PENDING", age=10)
UNKNOWN = task(connected=False)


@pytest.mark.parametrize("unsure", [SETTLING, UNKNOWN])
@pytest.mark.parametrize("opened", [True, False])
def test_what_is_unknown_keeps_its_value(unsure: Task, opened: bool) -> None:  # noqa: FBT001  a value
    made = planned(WANTED, gated(unsure, opened=opened), marked(NOW - 99))
    assert gates(made) == []
    assert made.slots == {(arn(), GATE): None}  # and begins to count anew


def test_one_that_is_lacking_outweighs_one_that_is_unknown() -> None:
    wanted = structs.replace(BOTH, gate=SPEC)
    sick = task(health=Health.UNHEALTHY)
    checked = structs.replace(definition(), has_health_check=True)
    daemons = (structs.replace(wanted.daemons[0], definition=checked), wanted.daemons[1])
    wanted = structs.replace(wanted, daemons=daemons)
    pending = task(2, REGISTRATOR, last="PENDING", age=10)
    made = planned(wanted, gated(sick, pending, opened=True), marked(NOW - 30))
    assert [one.opened for one in gates(made)] == [False]


def test_only_required_daemons_that_belong_there_count() -> None:
    elsewhere = spec(REGISTRATOR, constraints=("attribute:tier == web",))
    optional = spec(REGISTRATOR, required=False)
    for other in (elsewhere, optional):
        wanted = structs.replace(desired(spec(), other), gate=SPEC)
        made = planned(wanted, gated(task(), opened=False), marked(NOW - 5))
        assert [one.opened for one in gates(made)] == [True]


def test_an_outdated_one_is_ready_all_the_same() -> None:
    old = structs.replace(task(), overrides="{}")
    assert gates(planned(WANTED, gated(old, opened=True), marked(NOW - 99))) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "DRAINING"},
        {"status": "REGISTERING"},
        {"managed": True},
        {"ec2_id": Ec2InstanceId("mi-1")},
    ],
)
def test_only_active_instances_of_ours_have_one(changes: dict[str, object]) -> None:
    made = planned(WANTED, gated(task(), opened=False, **changes), marked(NOW - 99))
    assert (gates(made), made.slots[arn(), GATE]) == ([], None)


def test_one_whose_agent_comes_back_without_its_daemons_closes_at_once() -> None:
    away = gated(opened=True, away=20.0)
    made = planned(WANTED, away)
    assert gates(made) == []  # nothing is placed there as long as the agent is away
    memory = applied(Memory(), made)
    assert memory.slots[arn(), GATE].gate == GateMark(NOW, away=True)
    assert gates(planned(WANTED, away, memory, at=29)) == []
    assert [one.opened for one in gates(planned(WANTED, away, memory, at=30))] == [False]
    early = applied(Memory(), planned(WANTED, away, at=0.25))
    back = planned(WANTED, gated(opened=True), early, at=0.5)
    assert [one.opened for one in gates(back)] == [False]
    opened = gated(task(), opened=True)
    assert planned(WANTED, opened, memory, at=1).slots == {(arn(), GATE): None}


def test_a_flap_of_the_agent_is_remembered_until_all_are_ready_again() -> None:
    made = planned(WANTED, gated(task(), opened=True, away=2.0))
    assert made.slots == {(arn(), GATE): SlotMemory(gate=GateMark(away=True))}


@pytest.mark.parametrize(
    ("slot", "wake"),
    [
        ({"expectation": Expectation(Kind.OPEN, NOW - 10, NOW + 50)}, 50.0),
        ({"hold": Hold(NOW + 7, "X", "w")}, 7.0),
        ({"writes": (NOW - 50,) + (NOW - 1,) * 5}, 10.0),
    ],
)
def test_one_that_is_busy_waits(slot: dict[str, object], wake: float) -> None:
    memory = remembered(gate=GateMark(NOW - 99), **slot)
    made = planned(WANTED, gated(task(), opened=False), memory)
    assert (gates(made), made.wake) == ([], NOW + wake)
    later = planned(WANTED, gated(task(), opened=False), memory, at=wake)
    assert [one.opened for one in gates(later)] == [True]


def test_one_that_is_busy_and_too_early_wakes_for_the_first_of_both() -> None:
    memory = remembered(gate=GateMark(NOW - 1), hold=Hold(NOW + 7, "X", "w"))
    assert planned(WANTED, gated(task(), opened=False), memory).wake == NOW + 4
    memory = remembered(gate=GateMark(NOW - 1), hold=Hold(NOW + 2, "X", "w"))
    assert planned(WANTED, gated(task(), opened=False), memory).wake == NOW + 2
    memory = remembered(gate=GateMark(NOW - 5), hold=Hold(NOW + 7, "X", "w"))
    assert planned(WANTED, gated(task(), opened=False), memory).wake == NOW + 7


def test_a_gate_that_has_its_value_still_looks_when_its_call_expires() -> None:
    memory = remembered(expectation=Expectation(Kind.OPEN, NOW - 10, NOW + 50))
    assert planned(WANTED, gated(task(), opened=True), memory).wake == NOW + 50


def test_a_daemon_that_is_lacking_closes_it_whoever_stands_before_it() -> None:
    daemons = (spec(required=False), spec(REGISTRATOR))
    wanted = structs.replace(desired(*daemons), gate=SPEC)
    made = planned(wanted, gated(opened=True), marked(NOW - 30))
    assert [(one.opened, one.words) for one in gates(made)] == [(False, "registrator is START")]
