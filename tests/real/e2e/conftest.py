"""What several scenarios need on the stage."""

from __future__ import annotations

import pytest

from tests.real.parts.shell import wait_for
from tests.real.system.kibana import Kibana, asking, create
from tests.real.system.member import Member
from tests.real.system.system import System, family_of


@pytest.fixture(scope="module")
def kibana(system: System, hosts: list[Member]) -> Kibana:
    """The client, with elasticsearch on two other hosts."""
    system.wait_ready(len(hosts))
    for member in hosts:
        system.find(member)
    if not any(family_of(row) == "kibana" for row in system.tasks()):
        create(system, "elasticsearch", 2, *hosts[:2])
        create(system, "kibana", 1, hosts[2])
    count = {"cluster": system.cluster, "service": "elasticsearch", "desiredCount": 2}
    system.api.update_service(**count)
    wait_for(lambda: len(system.consul.services("elasticsearch")) == 2, "two elasticsearch", 90)
    return asking(system, hosts[2])
