"""Which tasks of others may stop for a daemon's room: each rule broken once."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.check.room import room_faults
from daemonctl.model.cluster import Resources
from daemonctl.model.observed import Host
from daemonctl.model.surroundings import Service, Tenant
from tests.unit.check.given import instance, task, task_arn

NEEDS = Resources(200, 200, frozenset((80,)), frozenset((53,)))
HOST = Host(instance(1, remaining=Resources(100, 100, frozenset((80,)), frozenset((53,)))))
SERVICE = Service("batch", desired=2, running=2, pending=0, deploying=False, least_healthy=50)
TASK = task("a", group="service:batch", started_by="ecs-svc/1")
TENANT = Tenant(TASK, "batch", NEEDS)


def faults(
    tenant: Tenant = TENANT,
    service: Service | None = SERVICE,
    stops: tuple[str, ...] = ("a",),
    more: tuple[Tenant, ...] = (),
) -> list[str]:
    known = {} if service is None else {"batch": service}
    arns = [task_arn(letter) for letter in stops]
    return room_faults(arns, HOST, NEEDS, [tenant, *more], known)


def test_one_that_frees_enough_may_stop() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("tenant", "service", "words"),
    [
        (structs.replace(TENANT, task=structs.replace(TASK, instance="elsewhere")), SERVICE, "no"),
        (structs.replace(TENANT, task=structs.replace(TASK, group="family:b")), SERVICE, "group"),
        (
            structs.replace(TENANT, task=structs.replace(TASK, last_status="PENDING")),
            SERVICE,
            "not RUNNING",
        ),
        (
            structs.replace(TENANT, task=structs.replace(TASK, desired_status="STOPPED")),
            SERVICE,
            "not RUNNING",
        ),
        (structs.replace(TENANT, protected=True), SERVICE, "is protected"),
        (TENANT, None, "no REPLICA service at rest"),
        (TENANT, structs.replace(SERVICE, strategy="DAEMON"), "no REPLICA service at rest"),
        (TENANT, structs.replace(SERVICE, deploying=True), "no REPLICA service at rest"),
        (TENANT, structs.replace(SERVICE, running=1), "does not run all its tasks"),
        (TENANT, structs.replace(SERVICE, pending=1), "does not run all its tasks"),
        (
            TENANT,
            structs.replace(SERVICE, least_healthy=51),
            "batch would have 1 tasks, below minimumHealthyPercent 51 of 2",
        ),
        (structs.replace(TENANT, needs=Resources(99, 200)), SERVICE, "no room on h1"),
        (
            structs.replace(TENANT, needs=Resources(200, 99, frozenset((80,)), frozenset((53,)))),
            SERVICE,
            "no room on h1",
        ),
        (
            structs.replace(TENANT, needs=Resources(200, 200, frozenset(), frozenset((53,)))),
            SERVICE,
            "no room on h1",
        ),
        (
            structs.replace(TENANT, needs=Resources(200, 200, frozenset((80,)))),
            SERVICE,
            "no room on h1",
        ),
    ],
)
def test_each_rule(tenant: Tenant, service: Service | None, words: str) -> None:
    (fault,) = faults(tenant, service)
    assert words in fault


def test_none_more_than_needed() -> None:
    other = Tenant(structs.replace(TASK, arn=task_arn("b")), "batch", Resources(1, 1))
    wide = structs.replace(SERVICE, desired=4, running=4)
    assert faults(service=wide, stops=("a", "b"), more=(other,)) == [
        "b need not stop: there is room without it"
    ]
    assert faults(stops=("x",)) == ["x is no task there of a service that may give way"]
