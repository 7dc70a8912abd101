"""Scenario 2: a client that resolves through its local agent is answered, whatever happens."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.request import urlopen

from tests.real.parts.shell import wait_for
from tests.real.system import manifests
from tests.real.system.figures import Figures
from tests.real.system.member import Member
from tests.real.system.system import System

HERE = "2 kibana → elasticsearch"
SETTLED = 3.0
"""Seconds that the client goes on asking after something happened."""


class Kibana:
    """The client's own counts, from the outside."""

    def __init__(self, system: System, member: Member) -> None:
        (task,) = [row for row in system.tasks(member, "kibana") if row["lastStatus"] == "RUNNING"]
        port = task["containers"][0]["networkBindings"][0]["hostPort"]
        self._url = f"http://{member.host.address}:{port}/"

    def counts(self) -> dict[str, Any]:
        with urlopen(self._url, timeout=5) as answer:  # noqa: S310  the suite's own
            found: dict[str, Any] = json.loads(answer.read())
            return found

    def measure(self, figures: Figures, what: str, before: dict[str, Any]) -> None:
        """Go on for a while, then tell what failed since; some requests must have been made."""
        time.sleep(SETTLED)
        now = self.counts()
        assert now["answered"] > before["answered"] + 20
        failed = now.get("failed", 0) - before.get("failed", 0)
        retried = now.get("retries", 0) - before.get("retries", 0)
        asked = now["answered"] - before["answered"] + failed
        figures.add(HERE, f"{what}: failed of {asked} requests ({retried} retries)", failed, "")
        assert failed == 0, now["failures"]


def only_on(system: System, *members: Member) -> list[dict[str, str]]:
    """A placement constraint: these hosts."""
    ids = ", ".join(member.ec2 for member in members)
    return [{"type": "memberOf", "expression": f"ec2InstanceId in [{ids}]"}]


def serving(system: System) -> list[str]:
    return system.consul.services("elasticsearch")


def hosts_of(system: System) -> set[str]:
    return {each.partition(":")[0] for each in serving(system)}


def test_it_is_answered_while_elasticsearch_moves_grows_and_loses_a_host(
    system: System, figures: Figures
) -> None:
    first, second, third, fourth = system.members
    elasticsearch = manifests.service("elasticsearch", system.cluster, 2)
    elasticsearch["placementConstraints"] += only_on(system, first, second, fourth)
    system.api.create_service(**elasticsearch)
    kibana_service = manifests.service("kibana", system.cluster, 1)
    kibana_service["placementConstraints"] = only_on(system, third)
    with figures.timed(HERE, "service created → both nodes found through Consul"):
        wait_for(lambda: len(serving(system)) == 2, "two elasticsearch", 90)
    system.api.create_service(**kibana_service)
    wait_for(lambda: bool(third.containers("kibana")), "kibana", 60)
    wait_for(lambda: bool(system.consul.services("kibana")), "kibana in Consul", 60)
    kibana = Kibana(system, third)
    wait_for(lambda: kibana.counts().get("answered", 0) > 20, "answers")

    before = kibana.counts()
    moved = next(row for row in system.tasks(family="elasticsearch"))
    system.api.stop_task(cluster=system.cluster, task=moved["taskArn"])
    wait_for(lambda: stopped(system, moved["taskArn"]), "the stop", every=0.5)
    wait_for(lambda: len(serving(system)) == 2, "two elasticsearch again", 60)
    kibana.measure(figures, "a node is rescheduled", before)

    before = kibana.counts()
    system.api.update_service(cluster=system.cluster, service="elasticsearch", desiredCount=3)
    wait_for(lambda: len(serving(system)) == 3, "three elasticsearch", 60)
    kibana.measure(figures, "scaled from two nodes to three", before)

    before = kibana.counts()
    gone = system.members.pop()
    gone.lost()
    with figures.timed(HERE, "host lost → its node no longer found through Consul"):
        wait_for(lambda: hosts_of(system) == {first.host.address, second.host.address}, "two", 60)
    kibana.measure(figures, "the host of one node is lost", before)

    before = kibana.counts()
    system.api.update_service(cluster=system.cluster, service="elasticsearch", desiredCount=1)
    wait_for(lambda: len(serving(system)) == 1, "one elasticsearch", 60)
    kibana.measure(figures, "scaled back to one node", before)
    wait_for(lambda: system.gone_from_ecs(gone), "the end of the lost host in ECS", 120, every=0.5)
    system.wait_ready(3)


def stopped(system: System, task: str) -> bool:
    (row,) = system.api.describe_tasks(cluster=system.cluster, tasks=[task])["tasks"]
    return bool(row["lastStatus"] == "STOPPED")
