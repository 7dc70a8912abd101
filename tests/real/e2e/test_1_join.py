"""Scenario 1: hosts come up together, one joins later; every one gets its daemons, in order."""

from __future__ import annotations

import functools
import socket
from urllib.request import urlopen

from tests.real.parts.shell import wait_for
from tests.real.system.figures import Figures
from tests.real.system.member import Member
from tests.real.system.system import DAEMONS, System, pretty

HERE = "1 join"


def in_order(system: System, member: Member) -> None:
    """registrator was made only after consul-agent ran."""
    system.find(member)
    (agent,) = system.tasks(member, "consul-agent")
    (registrator,) = system.tasks(member, "registrator")
    assert registrator["createdAt"] >= agent["startedAt"], pretty([agent, registrator])


def as_an_operator_sees_it(system: System, member: Member) -> None:
    line = next(line for line in member.members().splitlines() if line.startswith(member.ec2))
    assert " alive " in line
    assert f"{member.host.address}:8301" in line
    node = system.consul.get(f"/v1/catalog/node/{member.ec2}")["Node"]
    assert node["Meta"]["ec2-instance-id"] == member.ec2
    assert node["Meta"]["ecs-cluster"] == system.cluster
    assert member.arn.endswith("/" + node["Meta"]["ecs-container-instance"])


def test_three_hosts_come_up_together(system: System, figures: Figures) -> None:
    members = [system.add_host() for _ in range(3)]
    for member in members:
        member.host.ready()
    system.start_controller()
    with figures.timed(HERE, "three hosts join → all daemons ready (images pulled from nothing)"):
        for member in members:
            member.start_agent()
        system.wait_ready(3)
    for member in members:
        wait_for(member.alive, f"{member.ec2} alive in Consul")
        in_order(system, member)
        as_an_operator_sees_it(system, member)
    assert system.doubles() == []
    assert set(system.started().values()) == {1}


def test_a_host_joins_later(system: System, figures: Figures) -> None:
    before = system.started()
    member = system.add_host()
    member.host.ready()
    with figures.timed(HERE, "a host joins → all daemons ready (images pulled from nothing)"):
        member.start_agent()
        system.wait_ready(4)
    wait_for(member.alive, f"{member.ec2} alive in Consul")
    in_order(system, member)
    as_an_operator_sees_it(system, member)
    after = system.started()
    assert {key: count for key, count in after.items() if key[1] != member.arn} == before
    assert {key[0] for key in after if key[1] == member.arn} == set(DAEMONS)


def test_it_finds_nothing_more_to_do(system: System) -> None:
    table = system.daemonctl("instances")
    for member in system.members:
        assert member.ec2 in table, table
    assert "nothing to do" in system.daemonctl("plan"), table


def test_the_monitoring_daemons_do_their_work(system: System) -> None:
    for number, member in enumerate(system.members):
        with urlopen(f"http://{member.host.address}:9100/metrics", timeout=10) as answer:
            assert b"node_load1" in answer.read()
        with socket.create_connection((member.host.address, 24224), timeout=10) as line:
            line.sendall(f"<14>Jan  1 00:00:00 suite test: line {number}\n".encode())
        wait_for(functools.partial(received, member, f"line {number}"), "the line in the collector")


def received(member: Member, line: str) -> bool:
    (collector,) = member.containers("fluentd")
    return line in member.logs(collector)
