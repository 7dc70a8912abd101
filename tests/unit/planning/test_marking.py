"""The mark of a run that succeeded: when an instance gets it, in whose company, what if not."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.cluster import Attributes
from daemonctl.model.ids import once_slot
from daemonctl.model.memory import Expectation, Failure, GateMark, Hold, Kind, Memory, SlotMemory
from daemonctl.model.once import attribute_of, mark_of
from daemonctl.model.plan import Allowance, MarkOnce, Plan, only_on
from daemonctl.model.reason import Notice
from daemonctl.planning.board import Board
from tests.unit.planning.scenery import (
    NOW,
    applied,
    arn,
    crash,
    definition_arn,
    desired,
    host,
    observed,
    planned,
    spec,
)
from tests.unit.planning.test_once import BEFORE, DONE, SETUP, ran

WANTED = desired(spec(SETUP, once=True))
SLOT = (arn(), once_slot(SETUP))


def marks(made: Plan) -> list[MarkOnce]:
    return [action for action in made.actions if isinstance(action, MarkOnce)]


def since(*numbers: int, at: float = NOW - 9, alone: bool = False) -> Memory:
    kept = SlotMemory(gate=GateMark(at, alone=alone))
    return Memory({(arn(n), once_slot(SETUP)): kept for n in numbers})


def remembered(**slot: object) -> Memory:
    return Memory({SLOT: structs.replace(SlotMemory(gate=GateMark(NOW - 9)), **slot)})


def test_a_run_that_succeeded_is_marked_a_moment_later() -> None:
    seen = host(1, ran(), attributes=BEFORE)
    made = planned(WANTED, seen, at=0.4)
    assert (marks(made), made.wake) == ([], NOW + 2)
    assert made.slots[SLOT] == SlotMemory(gate=GateMark(NOW + 0.4))
    memory = applied(Memory(), made)
    (call,) = marks(planned(WANTED, seen, memory, at=2))
    assert call == MarkOnce(SETUP, ((arn(), "setup:2"),), "setup has run")
    assert (call.attribute, call.daemon) == ("daemonctl.once.setup", "once.setup")
    assert (call.instances, call.value_on(arn())) == ((arn(),), "setup:2")
    sent = applied(memory, planned(WANTED, seen, memory, at=2)).slots[SLOT].expectation
    assert sent is not None
    assert (sent.kind, sent.expires) == (Kind.MARK, NOW + 62)


def test_what_says_so_already_or_has_not_run_is_left_alone() -> None:
    for seen in (host(1, ran(), attributes=DONE), host(1, crash(1, SETUP)), host(1)):
        made = planned(WANTED, seen, since(1), at=100)
        assert (marks(made), made.slots[SLOT]) == ([], None)


def test_where_it_does_not_belong_any_more_its_mark_stays() -> None:
    elsewhere = desired(spec(SETUP, once=True, constraints=("attribute:tier == web",)))
    made = planned(elsewhere, host(1, ran(), attributes=DONE), since(1))
    assert marks(made) == []


def test_a_host_that_leaves_is_not_marked_and_one_whose_agent_is_away_is() -> None:
    for status in ("DRAINING", "REGISTERING"):
        assert marks(planned(WANTED, host(1, ran(), status=status), since(1))) == []
    assert marks(planned(WANTED, host(1, ran(), away=5.0), since(1)))


def test_ten_go_into_one_call_and_each_has_its_own_value() -> None:
    hosts = [host(n, ran(n)) for n in range(1, 24)]
    other = ran(1, overrides='{"cpu":"1"}')
    seen = observed(host(1, other), *hosts[1:])
    memory = since(*range(1, 24))
    made = planned(WANTED, seen, memory)
    assert [len(one.marks) for one in marks(made)] == [10, 10, 3]
    assert marks(made)[0].value_on(arn(1)) == mark_of(definition_arn(SETUP), '{"cpu":"1"}')
    few = planned(WANTED, seen, memory, allowance=Allowance(3, 0))  # the first runs once more
    assert [len(one.marks) for one in marks(few)] == [10, 10]


def test_one_that_was_refused_in_company_goes_alone() -> None:
    memory = since(1, 3)
    memory.slots.update(since(2, alone=True).slots)
    made = planned(WANTED, observed(*(host(n, ran(n)) for n in (1, 2, 3))), memory)
    assert [one.instances for one in marks(made)] == [(arn(1), arn(3)), (arn(2),)]


def test_one_that_is_busy_waits() -> None:
    for slot, wake in (
        ({"expectation": Expectation(Kind.MARK, NOW - 10, NOW + 50)}, 50.0),
        ({"hold": Hold(NOW + 7, "X", "w")}, 7.0),
    ):
        made = planned(WANTED, host(1, ran()), remembered(**slot))
        assert (marks(made), made.wake) == ([], NOW + wake)
        assert marks(planned(WANTED, host(1, ran()), remembered(**slot), at=wake))


def test_what_ecs_refuses_is_told_with_the_instance() -> None:
    held = SlotMemory(
        failure=Failure(1, NOW, NOW + 60, "X", "it has ten"), hold=Hold(NOW + 60, "X", "w")
    )
    memory = Memory({(arn(n), once_slot(SETUP)): held for n in (1, 2)})
    hosts = [host(n, ran(n)) for n in (1, 2, 3)]
    (told,) = planned(WANTED, observed(*hosts), memory).conditions
    assert (told.notice, told.daemon) == (Notice.ONCE_REFUSED, SETUP)
    assert told.words == (
        f"ECS does not mark i-{1:017x} (and 1 more) with daemonctl.once.setup: it has ten; "
        "without the mark a later controller may run it there again"
    )
    alone = Memory({SLOT: held})
    (told,) = planned(WANTED, observed(*hosts), alone).conditions
    assert told.words.startswith(f"ECS does not mark i-{1:017x} with daemonctl.once.setup: it has")


def test_what_ecs_refused_is_told_until_it_is_marked() -> None:
    refused = Failure(1, NOW - 60, NOW, "X", "it has ten")
    board, memory = Board(WANTED), remembered(failure=refused)
    made = board.replan(observed(host(1, ran())), memory, None, Allowance(9, 9), NOW)
    assert [one.notice for one in made.conditions] == [Notice.ONCE_REFUSED]
    assert marks(made)  # it is tried again meanwhile
    there = observed(host(1, ran(), attributes=DONE))
    later = board.replan(there, applied(memory, made), None, Allowance(9, 9), NOW + 2)
    assert later.conditions == ()


def test_a_host_that_went_takes_its_mark_along() -> None:
    board, memory = Board(WANTED), since(1)
    made = board.replan(observed(host(1, ran())), memory, None, Allowance(0, 0), NOW)
    assert made.actions == ()
    gone = board.replan(observed(), memory, None, Allowance(9, 9), NOW + 1)
    assert (gone.actions, gone.slots[SLOT]) == ((), None)


def test_a_call_for_fewer_instances_keeps_their_values() -> None:
    call = MarkOnce(SETUP, ((arn(1), "a"), (arn(2), "b")), "w")
    assert only_on(call, (arn(2),)).marks == ((arn(2), "b"),)


def test_the_value_is_one_that_ecs_takes() -> None:
    assert attribute_of(SETUP) == "daemonctl.once.setup"
    assert mark_of(definition_arn(SETUP), "") == "setup:2"
    filled = mark_of(definition_arn(SETUP), "{}")
    assert (len(filled), filled[:8]) == (20, "setup:2/")
    long = definition_arn("f" * 126)
    assert mark_of(long, "") == "f" * 126 + ":2"
    for value in (mark_of(definition_arn("f" * 127), ""), mark_of(long, "{}")):
        assert (value[:7], len(value)) == ("sha256:", 71)
    assert mark_of(long, "{}") != mark_of(long, "[]")


def test_an_instance_without_attributes_is_marked_all_the_same() -> None:
    assert marks(planned(WANTED, host(1, ran(), attributes=Attributes({})), since(1)))
