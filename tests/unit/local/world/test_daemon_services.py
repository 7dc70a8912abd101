"""ECS's own DAEMON services, for comparison (fact sheet, section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.local.world.conftest import Ecs

LINUX = [{"type": "memberOf", "expression": "attribute:role == web"}]


def create(ecs: Ecs, family: str = "registrator", name: str = "d", **more: Any) -> None:
    given = {"taskDefinition": family, "schedulingStrategy": "DAEMON", **more}
    ecs.call("CreateService", serviceName=name, **given)
    ecs.after(20)


def hosts(ecs: Ecs, name: str = "d") -> list[int]:
    tasks = ecs.cluster.services[name].tasks
    return sorted(ecs.hosts.index(task.instance.arn) for task in tasks)


def put(ecs: Ecs, host: int, value: str) -> None:
    row = {"name": "role", "value": value, "targetId": ecs.hosts[host]}
    ecs.call("PutAttributes", attributes=[row])
    ecs.after(20)


def test_one_on_every_active_instance_also_on_new_ones(ecs: Ecs) -> None:
    """ "One task per ACTIVE instance meeting constraints"."""
    create(ecs)
    assert hosts(ecs) == [0, 1, 2]
    row = ecs.service("d")
    assert (row["desiredCount"], row["runningCount"]) == (3, 3)
    assert row["deploymentConfiguration"] == {"minimumHealthyPercent": 0, "maximumPercent": 100}
    ecs.hosts += ecs.world.add_instances("local", 2, ecs.now)
    ecs.after(20)
    assert hosts(ecs) == [0, 1, 2, 3, 4]
    assert ecs.service("d")["deployments"][0]["rolloutState"] == "COMPLETED"


def test_one_that_dies_comes_back_on_its_instance(ecs: Ecs) -> None:
    create(ecs)
    task = next(iter(ecs.cluster.services["d"].tasks))
    ecs.world.kill_task(task.arn, ecs.now)
    ecs.after(20)
    assert hosts(ecs) == [0, 1, 2]


def test_constraints_are_kept_also_afterwards(ecs: Ecs) -> None:
    """DAEMON services stop tasks that break a constraint: SERVICE_DAEMON_PLACEMENT_CONSTRAINT…"""
    create(ecs, placementConstraints=LINUX)
    assert hosts(ecs) == []
    put(ecs, 1, "web")
    assert hosts(ecs) == [1]
    put(ecs, 1, "batch")
    assert hosts(ecs) == []
    (detail,) = [
        event["detail"]
        for event in ecs.told("ECS Service Action")
        if event["detail"]["eventName"] == "SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED"
    ]
    assert detail["containerInstanceArns"] == [ecs.hosts[1]]


def test_it_leaves_a_draining_instance_last(ecs: Ecs) -> None:
    """ "starts before and stops after replica tasks"; "none on DRAINING"."""
    create(ecs)
    ecs.call("CreateService", serviceName="web", taskDefinition="kibana", desiredCount=3)
    (alone,) = ecs.start(ecs.hosts[0])
    ecs.after(20)
    ecs.drain(0)
    ecs.after(60)
    assert 0 not in hosts(ecs, "web")
    assert hosts(ecs) == [0, 1, 2]  # a standalone task is still there
    ecs.call("StopTask", task=alone)
    ecs.after(60)
    assert hosts(ecs) == [1, 2]
    ecs.after(60)
    assert hosts(ecs) == [1, 2]
    ecs.call("UpdateContainerInstancesState", containerInstances=ecs.hosts[:1], status="ACTIVE")
    ecs.after(20)
    assert hosts(ecs) == [0, 1, 2]


def test_room_is_held_for_it(make: Callable[..., Ecs]) -> None:
    """ "resources reserved ahead": a replica that would take the daemon's room waits."""
    ecs = make(instances=1)
    ecs.register("small", {"name": "a", "memory": 1000})
    ecs.register("huge", {"name": "a", "memory": 7000})
    create(ecs, "small")
    ecs.world.disconnect(ecs.hosts[0], ecs.now)
    ecs.world.kill_task(next(iter(ecs.cluster.services["d"].tasks)).arn, ecs.now)
    ecs.world.reconnect(ecs.hosts[0], ecs.now)
    answer = ecs.call("RunTask", taskDefinition="huge")
    assert answer["tasks"] == []
    assert answer["failures"][0]["reason"] == "RESOURCE:MEMORY"
    ecs.after(20)
    assert hosts(ecs) == [0]


def test_what_does_not_fit_is_told_and_tried_again(ecs: Ecs) -> None:
    """ "Missing resources: event, keeps trying"."""
    ecs.register("filler", {"name": "a", "memory": 7650})
    (filler,) = ecs.start(ecs.hosts[0], family="filler")
    create(ecs)
    assert hosts(ecs) == [1, 2]
    event = ecs.told("ECS Service Action")[-1]["detail"]
    assert (event["eventName"], event["reason"]) == (
        "SERVICE_TASK_PLACEMENT_FAILURE",
        "RESOURCE:MEMORY",
    )
    assert event["containerInstanceArns"] == [ecs.hosts[0]]
    ecs.call("StopTask", task=filler)
    ecs.after(60)
    assert hosts(ecs) == [0, 1, 2]


def test_a_new_revision_within_minimum_healthy_percent(make: Callable[..., Ecs]) -> None:
    ecs = make(instances=4)
    ecs.register("v", {"name": "a"})
    ecs.register("v", {"name": "a"})
    create(ecs, "v:1", deploymentConfiguration={"minimumHealthyPercent": 75})
    ecs.call("UpdateService", service="d", taskDefinition="v:2")
    service = ecs.cluster.services["d"]
    least = 4
    for _ in range(200):
        ecs.after(0.5)
        least = min(least, sum(task.last_status == "RUNNING" for task in service.tasks))
    assert least == 3
    assert {task.definition.revision for task in service.tasks} == {2}
    assert hosts(ecs) == [0, 1, 2, 3]
    assert len(service.deployments) == 1


def test_delete_stops_all(ecs: Ecs) -> None:
    create(ecs)
    ecs.call("DeleteService", service="d")
    ecs.after(30)
    assert hosts(ecs) == []
    assert ecs.service("d")["status"] == "INACTIVE"
    ecs.world.add_instances("local", 1, ecs.now)
    ecs.after(30)
    assert hosts(ecs) == []


def test_a_desired_count_is_refused_later_too(ecs: Ecs) -> None:
    create(ecs)
    assert ecs.refused("UpdateService", service="d", desiredCount=1)[0] == (
        "InvalidParameterException"
    )
