"""What an empty slot says where nothing can be started."""

from __future__ import annotations

import pytest

from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import Ec2InstanceId
from daemonctl.model.memory import DaemonMemory, Expectation, Kind, Memory, SlotMemory, SlowStart
from daemonctl.model.plan import INFINITE
from daemonctl.model.reason import Code, Verdict
from daemonctl.planning.board import Board
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    arn,
    desired,
    host,
    observed,
    planned,
    spec,
    starts,
    verdict,
)


def test_an_instance_that_is_not_active_is_told_by_its_status() -> None:
    made = planned(desired(), host(status="REGISTERING"))
    assert verdict(made) == Verdict(Code.DRAINING, "the container instance is REGISTERING")
    made = planned(desired(), host(ec2_id=Ec2InstanceId("")))
    words = "the container instance is told without its EC2 instance id"
    assert verdict(made) == Verdict(Code.DRAINING, words)


def test_without_a_fault_the_definition_is_being_looked_up() -> None:
    made = planned(desired(DesiredDaemon(spec(), None, "")), host())
    words = "the definition of the revision that it should run is being looked up"
    assert verdict(made) == Verdict(Code.NO_DEFINITION, words)


@pytest.mark.parametrize("ago", [0.0, 3.0])
def test_a_start_that_is_looked_up_counts_as_starting(ago: float) -> None:
    asked = Expectation(Kind.START, NOW - ago, NOW - ago + 60, ambiguous=True)
    slow = {AGENT: DaemonMemory(SlowStart((arn(9),), 1))}
    memory = Memory({(arn(1), AGENT): SlotMemory(expectation=asked)}, slow)
    assert starts(planned(desired(), observed(host(1), host(2)), memory)) == []


@pytest.mark.parametrize("ago", [0.0, 2.0])
def test_a_start_that_is_looked_up_is_still_desired(ago: float) -> None:
    asked = Expectation(Kind.START, NOW - ago, NOW - ago + 60, ambiguous=True)
    board, memory = Board(desired()), Memory({(arn(1), AGENT): SlotMemory(expectation=asked)})
    made = board.replan(observed(host()), memory, None, INFINITE, NOW)
    assert bool(made.looks) is (ago > 0)
    assert (board.counts[AGENT].desired, board.tallies[0].starting) == (1, 1)
