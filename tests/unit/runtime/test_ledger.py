"""The ledger: what each way for a call to end leaves in memory, and what may be spent."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.ids import ClusterAlias, ContainerInstanceArn, DaemonName, Slot
from daemonctl.model.memory import (
    DaemonMemory,
    Expectation,
    Failure,
    Kind,
    Memory,
    SlotMemory,
)
from daemonctl.model.plan import Look, Plan, StartTask, StopKind, StopTask
from daemonctl.model.spec import DaemonSpec, Limits
from daemonctl.ports import Refusal, StartAnswer, Tokens
from daemonctl.runtime.facts import CallError, LookEnded, StartEnded, StopEnded
from daemonctl.runtime.ledger import Ledger
from tests.unit.runtime.made import (
    NOW,
    OWNER,
    definition,
    definition_arn,
    instance_arn,
    task,
    task_arn,
)

AGENT = DaemonName("agent")
A, B, C = (instance_arn(name) for name in "abc")
SPEC = DaemonSpec(name=AGENT, task_definition="agent")
DESIRED = Desired(ClusterAlias("c"), "c", OWNER, (DesiredDaemon(SPEC, definition()),))
SENT = SlotMemory(expectation=Expectation(Kind.START, at=NOW, expires=NOW + 60), writes=(NOW,))
FAILED = Failure(streak=3, at=NOW - 9, until=NOW + 9, code="X", words="x")


def slot(arn: ContainerInstanceArn) -> Slot:
    return arn, AGENT


def start(*arns: ContainerInstanceArn) -> StartTask:
    return StartTask(AGENT, OWNER, definition_arn(), arns, "")


def stop(kind: StopKind = StopKind.REPAIR) -> StopTask:
    return StopTask(AGENT, A, task_arn("t"), kind, "DUPLICATE", "words")


def sent(*arns: ContainerInstanceArn) -> Ledger:
    ledger = Ledger()
    for arn in arns:
        ledger.memory.slots[slot(arn)] = SENT
    return ledger


def test_an_answer_settles_each_instance_by_itself() -> None:
    ledger = sent(A, B, C)
    refusal = Refusal(B, "AGENT")
    answer = StartAnswer((task("t", "a"),), (refusal,), (C,))
    changed = ledger.outcome(StartEnded(start(A, B, C), NOW, answer), DESIRED, NOW)
    assert changed == (A, B, C)
    slots = ledger.memory.slots
    assert slots[slot(A)].expectation is None
    assert slots[slot(B)].expectation is None
    assert slots[slot(B)].hold is not None
    assert slots[slot(C)].expectation is not None
    assert slots[slot(C)].expectation.ambiguous


def test_an_answer_in_the_old_short_form_of_arns_settles_as_well() -> None:
    ledger = sent(A)
    short = ContainerInstanceArn("arn:aws:ecs:eu-west-1:1:container-instance/a")
    started = replace(task("t", "a"), instance=short)
    ledger.outcome(StartEnded(start(A), NOW, StartAnswer((started,))), DESIRED, NOW)
    assert ledger.memory.slots[slot(A)].expectation is None


def test_a_refusal_for_resources_is_a_failure_of_the_slot() -> None:
    ledger = sent(A)
    answer = StartAnswer((), (Refusal(A, "RESOURCE:MEMORY"),))
    ledger.outcome(StartEnded(start(A), NOW, answer), DESIRED, NOW)
    failure = ledger.memory.slots[slot(A)].failure
    assert failure is not None
    assert failure.code == "RESOURCE:MEMORY"


def test_no_answer_makes_every_instance_ambiguous() -> None:
    ledger = sent(A, B)
    error = CallError("Timeout", "no answer", ambiguous=True)
    ledger.outcome(StartEnded(start(A, B), NOW, error=error), DESIRED, NOW)
    for arn in (A, B):
        held = ledger.memory.slots[slot(arn)].expectation
        assert held is not None
        assert held.ambiguous


def test_denied_access_holds_the_cluster_and_the_next_accepted_start_frees_it() -> None:
    ledger = sent(A)
    denied = CallError("AccessDeniedException", "no")
    assert ledger.outcome(StartEnded(start(A), NOW, error=denied), DESIRED, NOW) is None
    assert ledger.memory.cluster is not None
    assert ledger.memory.cluster.until > NOW
    assert ledger.memory.slots[slot(A)].expectation is None
    answer = StartAnswer((task("t", "a"),))
    assert ledger.outcome(StartEnded(start(A), NOW + 9, answer), DESIRED, NOW + 9) is None
    assert ledger.memory.cluster is None


def test_a_bad_definition_holds_its_daemon_with_a_growing_wait() -> None:
    ledger = sent(A)
    inactive = CallError("ClientException", "TaskDefinition is inactive")
    waits = []
    for _ in range(3):
        assert ledger.outcome(StartEnded(start(A), NOW, error=inactive), DESIRED, NOW) is None
        failure = ledger.memory.daemons[AGENT].failure
        assert failure is not None
        waits.append(failure.until - failure.at)
    assert waits == sorted(waits)
    assert waits[0] < waits[2]
    assert ledger.memory.cluster is None
    ledger.outcome(StartEnded(start(A), NOW, StartAnswer((task(),))), DESIRED, NOW)
    assert ledger.memory.daemons[AGENT].failure is None


@pytest.mark.parametrize(("code", "held"), [("ThrottlingException", False), ("Unreachable", True)])
def test_what_passes_by_itself_holds_the_slot_or_waits_for_tokens(code: str, *, held: bool) -> None:
    ledger = sent(A)
    error = CallError(code, "words")
    assert ledger.outcome(StartEnded(start(A), NOW, error=error), DESIRED, NOW) == (A,)
    memory = ledger.memory.slots[slot(A)]
    assert memory.expectation is None
    assert (memory.hold is not None) is held
    assert memory.failure is None


def test_a_stop_is_settled_by_its_task_and_kept_in_flight_otherwise() -> None:
    stopping = replace(SENT, expectation=Expectation(Kind.STOP, NOW, NOW + 60))
    for end, settled in (
        (StopEnded(stop(), NOW, task()), True),
        (StopEnded(stop(), NOW), False),
        (StopEnded(stop(), NOW, error=CallError("Timeout", "", ambiguous=True)), False),
        (StopEnded(stop(), NOW, error=CallError("ThrottlingException", "")), True),
    ):
        ledger = Ledger()
        ledger.memory.slots[slot(A)] = stopping
        assert ledger.outcome(end, DESIRED, NOW) == (A,)
        left = ledger.memory.slots[slot(A)].expectation
        assert (left is None) is settled
        assert left is None or left.ambiguous


def test_a_look_only_has_its_instance_looked_at_again() -> None:
    ledger = sent(A)
    assert ledger.outcome(LookEnded(Look(A, AGENT), NOW), DESIRED, NOW) == (A,)
    assert ledger.memory.slots[slot(A)] == SENT


def test_a_plan_is_remembered_and_what_it_forgets_goes() -> None:
    ledger = sent(A)
    daemons = {AGENT: DaemonMemory(failure=FAILED)}
    plan = Plan(
        (), (), {}, (), {slot(A): None, slot(B): SENT, slot(C): SlotMemory()}, daemons, None
    )
    ledger.remember(plan)
    assert ledger.memory == Memory(slots={slot(B): SENT}, daemons=daemons)


def test_voluntary_stops_are_counted_for_a_minute() -> None:
    ledger, limits = Ledger(), Limits(voluntary_stops_per_minute=2)
    ledger.spend([stop(), start(A), stop(StopKind.VOLUNTARY), stop(StopKind.VOLUNTARY)], NOW)
    assert ledger.allowance(Tokens(9), 0, limits, NOW + 59).voluntary_stops == 0
    assert ledger.stops_at(limits) == NOW + 60
    assert ledger.allowance(Tokens(9), 0, limits, NOW + 60).voluntary_stops == 2
    assert ledger.stops_at(limits) is None


def test_calls_not_sent_yet_have_their_tokens_already() -> None:
    allowance = Ledger().allowance(Tokens(5, NOW + 1), 2, Limits(), NOW)
    assert allowance.modify_calls == 3
    assert allowance.refill_at == NOW + 1
    assert Ledger().allowance(Tokens(1), 2, Limits(), NOW).modify_calls == 0


def test_a_new_revision_starts_without_the_failures_of_the_old_one() -> None:
    ledger = Ledger()
    counted = (task_arn("t"),)
    ledger.memory.slots[slot(A)] = SlotMemory(failure=FAILED, counted=counted)
    gone: Slot = (A, DaemonName("gone"))
    ledger.memory.slots[gone] = SENT
    ledger.memory.daemons[AGENT] = DaemonMemory(failure=FAILED)
    ledger.renew(DESIRED, DESIRED)
    assert ledger.memory.slots == {slot(A): SlotMemory(failure=FAILED, counted=counted)}
    assert ledger.memory.daemons[AGENT].failure == FAILED
    new = replace(DESIRED, daemons=(DesiredDaemon(SPEC, definition("agent:2")),))
    ledger.renew(DESIRED, new)
    assert ledger.memory.slots == {slot(A): SlotMemory(counted=counted)}
    assert ledger.memory.daemons == {}
