"""Scenario 5: the engine dies under living containers, the agent is cut off: nothing doubles."""

from __future__ import annotations

import time

from tests.real.parts.shell import wait_for
from tests.real.system.figures import Figures
from tests.real.system.member import Member
from tests.real.system.system import DAEMONS, System

HERE = "5 engine, ECS agent"
AWAY = 10.0
"""Seconds; more than a debounced repair would take."""


def connected(system: System, member: Member) -> bool:
    rows = system.api.describe_container_instances(
        cluster=system.cluster, containerInstances=[member.arn]
    )["containerInstances"]
    return bool(rows[0]["agentConnected"])


def ids(member: Member) -> dict[str, list[str]]:
    return {family: member.containers(family) for family in DAEMONS}


def test_an_engine_that_was_killed_finds_its_containers_again(
    system: System, three: list[Member], figures: Figures
) -> None:
    """All but registrator's: by its contract it ends when the engine's event stream does."""
    member = three[1]
    running, before = ids(member), system.started()
    member.host.kill_engine()
    wait_for(lambda: not connected(system, member), "the disconnect", 150, every=0.2)
    time.sleep(AWAY)
    assert member.alive(), "its Consul agent lives on"
    assert system.started() == before, "nothing is repaired where nobody can"
    member.host.start_engine()
    with figures.timed(HERE, "engine back → instance connected"):
        wait_for(lambda: connected(system, member), "the connection", 60, every=0.2)
    (registrator,) = running.pop("registrator")
    wait_for(lambda: replaced(member, "registrator", registrator), "another registrator", 60)
    system.wait_ready(len(system.members))
    assert {family: member.containers(family) for family in running} == running
    assert system.more(before) == {("registrator", member.arn): 1}
    assert system.doubles() == []


def test_what_ended_while_the_engine_was_away_is_reported_and_replaced(
    system: System, three: list[Member], figures: Figures
) -> None:
    member = three[1]
    before = system.started()
    (node_exporter,) = member.containers("node-exporter")
    (registrator,) = member.containers("registrator")
    pid = member.engine(f"/containers/{node_exporter}/json")["State"]["Pid"]
    member.host.kill_engine()
    wait_for(lambda: not connected(system, member), "the disconnect", 150, every=0.2)
    member.host.run("kill", "-9", str(pid))
    member.host.start_engine()
    with figures.timed(HERE, "engine back → what ended meanwhile is replaced"):
        wait_for(lambda: replaced(member, "node-exporter", node_exporter), "another one", 60)
    wait_for(lambda: replaced(member, "registrator", registrator), "another registrator", 60)
    system.wait_ready(len(system.members))
    dead = {("node-exporter", member.arn): 1, ("registrator", member.arn): 1}
    wait_for(lambda: system.more(before) == dead, "what ECS tells of it", every=0.5)
    old = system.tasks(member, "node-exporter")[-2]
    assert (old["lastStatus"], old["stopCode"]) == ("STOPPED", "EssentialContainerExited")
    assert system.doubles() == []


def replaced(member: Member, family: str, before: str) -> bool:
    try:
        return member.replaced(family, before)
    except OSError:  # the engine does not answer yet
        return False


def test_an_ecs_agent_that_is_cut_off_loses_nothing(
    system: System, three: list[Member], figures: Figures
) -> None:
    member = three[2]
    running, before = ids(member), system.started()
    member.stop_agent()
    wait_for(lambda: not connected(system, member), "the disconnect", 150, every=0.2)
    time.sleep(AWAY)
    arn = member.arn
    member.start_agent()
    with figures.timed(HERE, "ECS agent back → instance connected"):
        wait_for(lambda: connected(system, member), "the connection", 60, every=0.2)
    system.wait_ready(len(system.members))
    system.find(member)
    assert member.arn == arn
    assert ids(member) == running
    assert system.more(before) == {}
