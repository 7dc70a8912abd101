"""Which instances may be drained or deregistered: each rule broken once."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.check.scalein import deregister_faults, drain_faults
from daemonctl.model.cluster import Attributes
from daemonctl.model.ids import Ec2InstanceId, started_by
from daemonctl.model.observed import Host
from daemonctl.model.spec import Limits, ScaleIn, Share
from tests.unit.check.given import NOW, OWNER, arn, host, instance, observed, task

MARK = started_by(OWNER)
WISH = ScaleIn(drain=True)
ALL = Limits(max_cluster_share=Share(100, percent=True))
TWO = (host(1, task("a"), running_tasks=1), host(2, task("b", 2), running_tasks=1))


def drained(*hosts: Host, wish: ScaleIn = WISH, limits: Limits = ALL) -> list[str]:
    return drain_faults([arn(1)], observed(*hosts), MARK, wish, limits)


def test_one_of_two_idle_ones_may_go() -> None:
    assert drained(*TWO) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "DRAINING"},
        {"connected": False},
        {"ec2_id": "mi-1"},
        {"managed": True},
    ],
)
def test_only_active_instances_of_ours(changes: dict[str, object]) -> None:
    faults = drained(host(1, task("a"), **changes), TWO[1])
    assert "h1 is no ACTIVE and connected EC2 instance" in faults


def test_none_that_is_unknown_or_has_work() -> None:
    assert drained(TWO[1]) == ["h1 is no ACTIVE and connected EC2 instance"]
    busy = host(1, task("a"), running_tasks=1, pending_tasks=1)
    assert drained(busy, TWO[1]) == ["h1 has 1 other tasks"]
    foreign = host(1, task("a", started_by="x"), running_tasks=1)
    assert drained(foreign, TWO[1]) == ["h1 has 1 other tasks"]


def test_the_zone_keeps_its_minimum() -> None:
    assert drained(TWO[0]) == ["0 would stay in no zone, minInstancesPerZone is 1"]
    zone = Attributes({"ecs.availability-zone": "b"})
    away = host(2, attributes=zone)
    assert drained(TWO[0], away) == ["0 would stay in no zone, minInstancesPerZone is 1"]
    assert drained(TWO[0], wish=structs.replace(WISH, least_per_zone=0)) == []


def test_the_share_of_the_cluster() -> None:
    limits = Limits(max_cluster_share=Share(1))
    leaving = host(3, status="DRAINING")
    assert drained(*TWO, limits=limits) == []
    assert drained(*TWO, leaving, limits=limits) == [
        "2 would be DRAINING, maxClusterShare allows 1"
    ]


GONE = Host(
    instance(1, connected=False, registered_at=NOW - 3600.0), disconnected_since=NOW - 300.0
)
ID = Ec2InstanceId("i-1")


def gone(host_: Host | None = GONE, state: str | None = "terminated") -> list[str]:
    return deregister_faults(host_, {} if state is None else {ID: state}, 300.0, NOW)


def test_what_ec2_says_is_terminated_or_has_long_forgotten() -> None:
    assert gone() == []
    assert gone(state=None) == []


@pytest.mark.parametrize(
    ("host_", "state", "words"),
    [
        (None, "terminated", "not an ACTIVE instance"),
        (structs.replace(GONE, instance=instance(1)), "terminated", "not an ACTIVE instance"),
        (
            structs.replace(GONE, instance=instance(1, connected=False, status="DRAINING")),
            "terminated",
            "not an ACTIVE instance",
        ),
        (structs.replace(GONE, disconnected_since=None), "terminated", "not been gone for so long"),
        (
            structs.replace(GONE, disconnected_since=NOW - 299.0),
            "terminated",
            "not been gone for so long",
        ),
        (GONE, "running", "EC2 says running"),
        (
            structs.replace(GONE, instance=instance(1, connected=False, ec2_id="mi-1")),
            "terminated",
            "EC2 says nothing of such an id",
        ),
        (
            structs.replace(GONE, instance=instance(1, connected=False)),
            None,
            "registered less than an hour ago",
        ),
        (
            structs.replace(
                GONE, instance=instance(1, connected=False, registered_at=NOW - 3599.0)
            ),
            None,
            "registered less than an hour ago",
        ),
    ],
)
def test_each_rule_of_a_zombie(host_: Host | None, state: str | None, words: str) -> None:
    (fault,) = gone(host_, state)
    assert words in fault
