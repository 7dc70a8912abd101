"""Scenario 4: consul-agent is replaced, with its data directory and without it."""

from __future__ import annotations

import pytest

from tests.real.parts.shell import PartsError, wait_for
from tests.real.system.figures import Figures
from tests.real.system.member import Member
from tests.real.system.system import System

HERE = "4 consul-agent replaced"


@pytest.mark.parametrize("kept", [True, False], ids=["data kept", "data lost"])
def test_its_services_are_synced_again(
    system: System, three: list[Member], figures: Figures, *, kept: bool
) -> None:
    member = three[0]
    name = "kept" if kept else "lost"
    member.probe(f"old-{name}")
    wait_for(lambda: bool(system.consul.services(f"old-{name}")), "the service in Consul")
    node = system.consul.get(f"/v1/catalog/node/{member.ec2}")["Node"]
    before = member.kill("consul-agent")
    if not kept:
        member.forget()
    wait_for(lambda: member.replaced("consul-agent", before), "another agent", 60)
    what = f"data directory {name}"
    with figures.timed(HERE, f"{what}: replaced → the agent has its services again"):
        wait_for(lambda: f"old-{name}" in registered(member), "registered again", 90)
    member.probe(f"new-{name}")
    with figures.timed(HERE, f"{what}: a new container is found"):
        member.wait_probe(f"new-{name}", 90)
    assert system.consul.services(f"old-{name}")
    member.host.cli("rm", "-f", f"old-{name}")
    wait_for(lambda: not system.consul.services(f"old-{name}"), "deregistered", 30)
    after = system.consul.get(f"/v1/catalog/node/{member.ec2}")["Node"]
    assert (after["ID"], after["Node"]) == (node["ID"], member.ec2)
    (agent,) = member.containers("consul-agent")
    assert "is reserved by node" not in member.logs(agent)
    system.wait_ready(len(system.members))


def registered(member: Member) -> set[str]:
    """Names of the services that the host's own agent has."""
    try:
        return {row["Service"] for row in member.agent("/v1/agent/services").values()}
    except PartsError:  # it does not listen yet
        return set()
