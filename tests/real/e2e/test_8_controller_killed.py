"""Scenario 8: the controller is killed in the midst of its work: nothing doubles."""

from __future__ import annotations

import functools
import time

import pytest

from tests.real.parts.shell import wait_for
from tests.real.system.figures import Figures
from tests.real.system.member import Member
from tests.real.system.system import System

HERE = "8 controller SIGKILLed"


def one_of_each(member: Member) -> bool:
    return all(len(member.containers(family)) == 1 for family in System.daemons)


@pytest.mark.parametrize("begun", [1, 3], ids=["first task made", "third task made"])
def test_while_a_host_joins(
    system: System, three: list[Member], figures: Figures, begun: int
) -> None:
    assert three
    before = system.started()
    member = system.add_host()
    member.host.ready()
    member.start_agent()
    wait_for(lambda: system.daemons_on(member) >= begun, f"{begun} starts", 60)
    system.kill_controller()
    system.start_controller()
    with figures.timed(HERE, "started again in a join → all daemons ready"):
        system.wait_ready(len(system.members))
    system.find(member)
    assert one_of_each(member)
    assert system.more(before) == {(family, member.arn): 1 for family in System.daemons}
    assert system.doubles() == []


@pytest.mark.parametrize("after", [0.0, 0.1, 0.2, 0.3, 0.5])
def test_while_both_are_replaced(
    system: System, three: list[Member], figures: Figures, after: float
) -> None:
    """``after``: seconds from the death of the two daemons to the controller's own."""
    member = three[0]
    before = system.started()
    dead = {family: member.kill(family) for family in ("consul-agent", "registrator")}
    time.sleep(after)
    system.kill_controller()
    system.start_controller()
    with figures.timed(HERE, "started again in a repair → both replaced"):
        for family, container in dead.items():
            wait_for(functools.partial(member.replaced, family, container), f"new {family}", 60)
    system.wait_ready(len(system.members))
    assert one_of_each(member)
    assert system.more(before) == {(family, member.arn): 1 for family in dead}
    assert system.doubles() == []
