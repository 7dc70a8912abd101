"""Scenario 2: a client that resolves through its local agent is answered, whatever happens."""

from __future__ import annotations

from tests.real.parts.shell import wait_for
from tests.real.system.figures import Figures
from tests.real.system.kibana import asking, create
from tests.real.system.member import Member
from tests.real.system.system import System

HERE = "2 kibana → elasticsearch"


def serving(system: System) -> list[str]:
    return system.consul.services("elasticsearch")


def hosts_of(system: System) -> set[str]:
    return {each.partition(":")[0] for each in serving(system)}


def test_it_is_answered_while_elasticsearch_moves_grows_and_loses_a_host(
    system: System, four: list[Member], figures: Figures
) -> None:
    first, second, third, fourth = four
    create(system, "elasticsearch", 2, first, second, fourth)
    with figures.timed(HERE, "service created → both nodes found through Consul"):
        wait_for(lambda: len(serving(system)) == 2, "two elasticsearch", 90)
    create(system, "kibana", 1, third)
    kibana = asking(system, third)

    before = kibana.counts()
    moved = next(row for row in system.tasks(family="elasticsearch"))
    system.api.stop_task(cluster=system.cluster, task=moved["taskArn"])
    wait_for(lambda: stopped(system, moved["taskArn"]), "the stop", every=0.5)
    wait_for(lambda: len(serving(system)) == 2, "two elasticsearch again", 60)
    assert kibana.measure(figures, HERE, "a node is rescheduled", before) == 0, kibana.counts()

    before = kibana.counts()
    system.api.update_service(cluster=system.cluster, service="elasticsearch", desiredCount=3)
    wait_for(lambda: len(serving(system)) == 3, "three elasticsearch", 60)
    assert kibana.measure(figures, HERE, "scaled from two nodes to three", before) == 0, (
        kibana.counts()
    )

    before = kibana.counts()
    gone = system.members.pop()
    gone.lost()
    with figures.timed(HERE, "host lost → its node no longer found through Consul"):
        wait_for(lambda: hosts_of(system) == {first.host.address, second.host.address}, "two", 60)
    assert kibana.measure(figures, HERE, "the host of one node is lost", before) == 0, (
        kibana.counts()
    )

    before = kibana.counts()
    system.api.update_service(cluster=system.cluster, service="elasticsearch", desiredCount=1)
    wait_for(lambda: len(serving(system)) == 1, "one elasticsearch", 60)
    assert kibana.measure(figures, HERE, "scaled back to one node", before) == 0, kibana.counts()
    wait_for(lambda: system.gone_from_ecs(gone), "the end of the lost host in ECS", 120, every=0.5)
    system.wait_ready(3)


def stopped(system: System, task: str) -> bool:
    (row,) = system.api.describe_tasks(cluster=system.cluster, tasks=[task])["tasks"]
    return bool(row["lastStatus"] == "STOPPED")
