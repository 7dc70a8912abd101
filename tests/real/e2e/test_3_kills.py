"""Scenario 3: a daemon's container is killed: time to another one, time to being found again."""

from __future__ import annotations

import functools
import time

import pytest

from tests.real.parts.shell import wait_for
from tests.real.system.figures import Figures
from tests.real.system.member import Member
from tests.real.system.system import System, pretty

HERE = "3 docker kill"


@pytest.mark.parametrize(
    "victims",
    [("consul-agent",), ("registrator",), ("consul-agent", "registrator")],
    ids=["consul-agent", "registrator", "both"],
)
def test_what_is_killed_is_replaced_and_services_are_found_again(
    system: System, three: list[Member], figures: Figures, victims: tuple[str, ...]
) -> None:
    what = " and ".join(victims)
    for number, member in enumerate(three):
        began = time.monotonic()
        dead = {family: member.kill(family) for family in victims}
        probe = f"probe-{len(victims)}-{victims[0]}-{number}"
        member.probe(probe)
        for family, before in dead.items():
            wait_for(functools.partial(member.replaced, family, before), f"another {family}")
        figures.add(HERE, f"{what} killed → replaced", time.monotonic() - began)
        member.wait_probe(probe)
        figures.add(HERE, f"{what} killed → a new container is found", time.monotonic() - began)
        system.wait_ready(len(system.members))
        wait_for(member.alive, f"{member.ec2} alive in Consul")
        wait_for(
            functools.partial(told, system, member, victims), "what ECS tells of it", every=0.5
        )
    assert system.doubles() == []


def told(system: System, member: Member, families: tuple[str, ...]) -> bool:
    """Whether ECS shows the dead tasks as killed and others as running (lists lag a second)."""
    for family in families:
        tasks = system.tasks(member, family)
        if len(tasks) < 2:
            return False
        *before, last = tasks[-3:]
        if (before[-1]["lastStatus"], last["lastStatus"]) != ("STOPPED", "RUNNING"):
            return False
        # A registrator that was back before ECS told of the agent's end is restarted once more.
        codes = [task["containers"][0].get("exitCode") for task in before]
        assert 137 in codes, pretty(before)
    return True
