"""The client of scenario 2, by its own counts."""

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

SETTLED = 3.0
"""Seconds that the client goes on asking after something happened."""


class Kibana:
    """What it asked, and what came of it."""

    def __init__(self, system: System, member: Member) -> None:
        (task,) = running(system, member)
        port = task["containers"][0]["networkBindings"][0]["hostPort"]
        self._url = f"http://{member.host.address}:{port}/"

    def counts(self) -> dict[str, Any]:
        with urlopen(self._url, timeout=5) as answer:  # noqa: S310  the suite's own
            found: dict[str, Any] = json.loads(answer.read())
            return found

    def measure(self, figures: Figures, scenario: str, what: str, before: dict[str, Any]) -> int:
        """Go on for a while, then tell what failed since; requests must have been made, too."""
        time.sleep(SETTLED)
        now = self.counts()
        failed: int = now.get("failed", 0) - before.get("failed", 0)
        retried = now.get("retries", 0) - before.get("retries", 0)
        asked = now["answered"] - before["answered"] + failed
        assert asked > failed + 20
        figures.add(scenario, f"{what}: failed of {asked} requests ({retried} retries)", failed, "")
        return failed


def running(system: System, member: Member) -> list[dict[str, Any]]:
    """Its tasks as ECS has them: the agent tells of a container after Docker does."""
    return [row for row in system.tasks(member, "kibana") if row["lastStatus"] == "RUNNING"]


def only_on(*members: Member) -> list[dict[str, str]]:
    """A placement constraint: these hosts."""
    ids = ", ".join(member.ec2 for member in members)
    return [{"type": "memberOf", "expression": f"ec2InstanceId in [{ids}]"}]


def create(system: System, name: str, count: int, *members: Member) -> None:
    """One of the two services, on these hosts."""
    service = manifests.service(name, system.cluster, count)
    service["placementConstraints"] = [
        *service.get("placementConstraints", []),
        *only_on(*members),
    ]
    system.api.create_service(**service)


def asking(system: System, member: Member) -> Kibana:
    """The client on this host, once it is answered."""
    wait_for(lambda: bool(running(system, member)), "kibana", 60)
    wait_for(lambda: bool(system.consul.services("kibana")), "kibana in Consul", 60)
    kibana = Kibana(system, member)
    wait_for(lambda: kibana.counts().get("answered", 0) > 20, "answers")
    return kibana
