"""A host drains while kibana asks: its daemons leave last, its agent's node at once."""

from __future__ import annotations

import time
from typing import Any

from tests.real.parts.shell import wait_for
from tests.real.system.figures import Figures
from tests.real.system.kibana import Kibana
from tests.real.system.member import Member
from tests.real.system.system import System, family_of, pretty

HERE = "10 drain"


def set_state(system: System, member: Member, status: str) -> None:
    asked = {"cluster": system.cluster, "containerInstances": [member.arn], "status": status}
    system.api.update_container_instances_state(**asked)


def last_stop(rows: list[dict[str, Any]], *families: str) -> Any:
    """When the last task of these families ended."""
    ends = [row["stoppedAt"] for row in rows if family_of(row) in families]
    assert ends, pretty(rows)
    return max(ends)


def test_a_host_drains_and_leaves_no_ghost(
    system: System, three: list[Member], kibana: Kibana, figures: Figures
) -> None:
    serving = system.consul.services("elasticsearch")
    member = next(one for one in three if serving[0].startswith(f"{one.host.address}:"))
    counts, began = kibana.counts(), time.monotonic()
    set_state(system, member, "DRAINING")
    wait_for(lambda: system.daemons_on(member) == 0, "the end of the daemons", 180, every=0.1)
    figures.add(HERE, "a host drains → its daemons have left", time.monotonic() - began)
    with figures.timed(HERE, "its agent has stopped → its node is not in the catalog"):
        wait_for(lambda: member.ec2 not in system.consul.alive(), "no ghost", 60)
    assert system.consul.services("elasticsearch") == serving[1:], "the other node"
    assert kibana.measure(figures, HERE, "the host of its node drains", counts) == 0, (
        kibana.counts()
    )

    def told() -> bool:
        return all(row["lastStatus"] == "STOPPED" for row in system.tasks(member))

    wait_for(told, "what ECS tells of its tasks", 60, every=0.5)
    rows = system.tasks(member)
    served = last_stop(rows, "elasticsearch")
    assert served <= last_stop(rows, "registrator") <= last_stop(rows, "consul-agent")

    set_state(system, member, "ACTIVE")
    with figures.timed(HERE, "ACTIVE again → all its daemons ready"):
        system.wait_ready(len(system.members), 120)
    wait_for(member.alive, f"{member.ec2} alive in Consul", 60)
    wait_for(lambda: len(system.consul.services("elasticsearch")) == 2, "two elasticsearch", 90)
    assert system.doubles() == []
