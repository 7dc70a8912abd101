"""All gates of a cluster: which are set first, how many may be closed, and what is told."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.desired import Desired
from daemonctl.model.ids import GATE
from daemonctl.model.memory import Expectation, Failure, GateMark, Kind, Memory, SlotMemory
from daemonctl.model.observed import Host
from daemonctl.model.plan import Allowance
from daemonctl.model.reason import Notice
from daemonctl.model.spec import GateSpec, Share
from daemonctl.planning.board import Board
from tests.unit.planning.gated import WANTED, gated, gates, many, marked, since, written
from tests.unit.planning.scenery import (
    NOW,
    arn,
    attributes,
    crash,
    desired,
    host,
    observed,
    planned,
    task,
)


def test_ten_go_into_one_call() -> None:
    made = planned(WANTED, observed(*many(23, opened=False)), since(23))
    assert written(made) == [(True, 10), (True, 10), (True, 3)]
    assert made.conditions == ()
    few = planned(WANTED, observed(*many(23, opened=False)), since(23), allowance=Allowance(2, 0))
    assert written(few) == [(True, 10), (True, 10)]


def test_beyond_max_closed_no_gate_closes_and_that_is_told() -> None:
    wanted = structs.replace(desired(), gate=GateSpec(max_closed=Share(25, percent=True)))
    seen = observed(*many(8, opened=True, lacking=3))
    made = planned(wanted, seen, since(3))
    assert written(made) == [(False, 2)]
    (told,) = [one for one in made.conditions if one.notice is Notice.GATE_HELD]
    assert told.words == (
        "1 gates should close and stay open: 0 of 8 are closed, maxClosed is 25%; "
        "look for what the daemons that are not ready have in common"
    )
    just = planned(wanted, observed(*many(8, opened=True, lacking=2)), since(2))
    assert (written(just), just.conditions) == ([(False, 2)], ())
    closing = Expectation(Kind.CLOSE, NOW - 1, NOW + 59)
    memory = since(3)
    for number in (1, 2):
        held = memory.slots[arn(number), GATE]
        memory.slots[arn(number), GATE] = structs.replace(held, expectation=closing)
    assert written(planned(wanted, seen, memory)) == []
    other = Expectation(Kind.OPEN, NOW - 1, NOW + 59)
    memory.slots[arn(2), GATE] = SlotMemory(expectation=other)
    assert written(planned(wanted, seen, memory)) == [(False, 1)]
    fresh = observed(*many(8, opened=True, lacking=3)[:6], *many(8, opened=False)[6:])
    assert written(planned(wanted, fresh, since(3))) == []


def test_the_board_counts_what_is_closed() -> None:
    def closed(wanted: Desired, *hosts: Host) -> int:
        board = Board(wanted)
        board.replan(observed(*hosts), Memory(), None, Allowance(0, 0), NOW)
        before = board.gates.closed
        board.replan(observed(), Memory(), None, Allowance(0, 0), NOW)
        assert board.gates.closed == 0
        return before

    assert closed(WANTED, *many(3, opened=False), gated(task(9), number=9, opened=True)) == 3
    assert closed(desired(), *many(3, opened=False)) == 0


def test_they_close_by_zone_and_then_by_arn() -> None:
    def lacking(number: int, zone: str) -> Host:
        here = attributes(daemonctl__ready="true", ecs__availability_zone=zone)
        return host(number, crash(number), attributes=here)

    seen = observed(lacking(1, "zone-b"), lacking(2, "zone-a"), lacking(3, "zone-b"))
    (made,) = gates(planned(WANTED, seen, since(3)))
    assert made.instances == (arn(2), arn(1), arn(3))


def test_what_is_remembered_of_a_gate_goes_with_its_host() -> None:
    board = Board(WANTED)
    board.replan(observed(gated(task(), opened=False)), since(1), None, Allowance(0, 0), NOW)
    made = board.replan(observed(), since(1), None, Allowance(0, 0), NOW)
    assert made.slots == {(arn(), GATE): None}


def test_a_refusal_that_is_over_is_told_no_more() -> None:
    failure = Failure(1, NOW, NOW + 60, "X", "X: it has ten")
    seen, board = observed(gated(task(), opened=True)), Board(WANTED)
    refused = Memory({(arn(), GATE): SlotMemory(failure=failure)})
    assert board.replan(seen, refused, None, Allowance(9, 9), NOW).conditions != ()
    assert board.replan(seen, Memory(), None, Allowance(9, 9), NOW).conditions == ()


def test_one_that_was_refused_in_company_goes_alone() -> None:
    memory = since(3)
    memory.slots[arn(2), GATE] = SlotMemory(gate=GateMark(NOW - 30, alone=True))
    made = planned(WANTED, observed(*many(3, opened=False)), memory)
    assert sorted(len(one.instances) for one in gates(made)) == [1, 2]
    early = planned(WANTED, gated(task(), opened=False), marked(NOW - 1, alone=True))
    assert early.slots == {}, "that is still remembered"
    assert (arn(2),) in [one.instances for one in gates(made)]


def test_what_ecs_refuses_is_told_with_the_instance() -> None:
    failure = Failure(1, NOW, NOW + 60, "X", "X: it has ten")
    memory = Memory({(arn(n), GATE): SlotMemory(failure=failure) for n in (1, 2)})
    made = planned(WANTED, observed(*many(3, opened=True)), memory)
    words = [one.words for one in made.conditions if one.notice is Notice.GATE_REFUSED]
    assert words == [f"ECS does not mark i-{1:017x} (and 1 more): X: it has ten"]
    alone = Memory({(arn(1), GATE): SlotMemory(failure=failure)})
    made = planned(WANTED, observed(*many(3, opened=True)), alone)
    assert made.conditions[0].words == f"ECS does not mark i-{1:017x}: X: it has ten"


def test_a_daemon_service_that_asks_for_the_gate_is_named() -> None:
    seen = observed(gated(task(), opened=True), gated_daemons=("logs", "stats"))
    (told,) = planned(WANTED, seen).conditions
    assert told.notice is Notice.GATE_ON_DAEMON
    assert told.words == (
        "ECS DAEMON service logs, stats asks for the gate's attribute: ECS stops its tasks "
        "when a gate closes; take the constraint out of the service"
    )
    assert planned(desired(), seen).conditions == ()
