"""Events, as the fact sheet's section 4 has them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.unit.local.world.conftest import Ecs

ENVELOPE = {
    "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail",
}  # fmt: skip
INSTANCE = {
    "agentConnected", "clusterArn", "containerInstanceArn", "ec2InstanceId", "attributes",
    "registeredResources", "remainingResources", "runningTasksCount", "pendingTasksCount",
    "registeredAt", "status", "version", "versionInfo", "updatedAt",
}  # fmt: skip
TASK = {
    "clusterArn", "taskArn", "containerInstanceArn", "taskDefinitionArn", "group", "startedBy",
    "launchType", "lastStatus", "desiredStatus", "stopCode", "stoppedReason", "containers", "cpu",
    "memory", "connectivity", "createdAt", "stoppedAt", "updatedAt", "version",
}  # fmt: skip
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")


def moments(found: object) -> list[str]:
    if isinstance(found, dict):
        times = [value for key, value in found.items() if key == "time" or key.endswith("At")]
        return times + [time for value in found.values() for time in moments(value)]
    return [time for row in found for time in moments(row)] if isinstance(found, list) else []


def test_an_instance_event_is_as_the_api_shows_it(ecs: Ecs) -> None:
    """ "comparable with API `version`"."""
    ecs.start(ecs.hosts[0])
    event = ecs.after(10).told("ECS Container Instance State Change", ecs.hosts[0])[-1]
    assert set(event) == ENVELOPE
    assert event["source"] == "aws.ecs"
    assert event["resources"] == [ecs.hosts[0]]
    detail, row = event["detail"], ecs.instance(ecs.hosts[0])
    assert set(detail) >= INSTANCE
    same = INSTANCE - {"clusterArn", "registeredAt", "updatedAt"}
    assert {key: detail[key] for key in same} == {key: row[key] for key in same}


def test_a_task_event_is_as_the_api_shows_it(ecs: Ecs) -> None:
    (arn,) = ecs.start(ecs.hosts[0], startedBy="daemonctl/prod")
    ecs.after(10).world.kill_task(arn, ecs.now, exit_code=1)
    event = ecs.told("ECS Task State Change", arn)[-1]
    assert event["resources"] == [arn]
    detail, row = event["detail"], ecs.task(arn)
    assert set(detail) >= TASK
    same = TASK - {"containers", "createdAt", "stoppedAt", "updatedAt"}
    assert {key: detail[key] for key in same} == {key: row[key] for key in same}
    (container,) = detail["containers"]
    assert container["exitCode"] == 1
    assert "healthStatus" not in json.dumps(detail)


def test_times_in_events_are_iso_and_in_the_api_epoch(ecs: Ecs) -> None:
    """ "epoch in API JSON, ISO-8601 in events"."""
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.after(10).call("StopTask", task=arn)
    ecs.after(40)
    found = [time for event in ecs.events for time in moments(event)]
    assert len(found) > len(ecs.events) * 2
    assert all(MOMENT.fullmatch(time) for time in found)
    times = {key: value for key, value in ecs.task(arn).items() if key.endswith("At")}
    assert {"createdAt", "startedAt", "stoppingAt", "stoppedAt", "connectivityAt"} <= set(times)
    assert all(isinstance(time, float) for time in times.values())


def test_own_calls_cause_instance_events(ecs: Ecs) -> None:
    """ "Our own StartTask/StopTask cause instance events": be level-triggered."""
    kind = "ECS Container Instance State Change"
    (arn,) = ecs.start(ecs.hosts[0])
    assert len(ecs.told(kind, ecs.hosts[0])) == 2
    ecs.after(10).call("StopTask", task=arn)
    ecs.after(40)
    versions = [event["detail"]["version"] for event in ecs.told(kind, ecs.hosts[0])]
    assert versions == [1, 2, 3, 4]  # registered, started, running, told to stop


def test_service_and_deployment_events(ecs: Ecs) -> None:
    arn = ecs.call("CreateService", serviceName="k", taskDefinition="kibana", desiredCount=1)[
        "service"
    ]["serviceArn"]
    ecs.after(30)
    actions = ecs.told("ECS Service Action", arn)
    assert [event["detail"]["eventName"] for event in actions] == ["SERVICE_STEADY_STATE"]
    assert set(actions[0]["detail"]) == {"eventType", "eventName", "clusterArn", "createdAt"}
    changes = [event["detail"] for event in ecs.told("ECS Deployment State Change", arn)]
    assert [row["eventName"] for row in changes] == [
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
        "SERVICE_DEPLOYMENT_COMPLETED",
    ]
    assert set(changes[0]) == {"eventType", "eventName", "deploymentId", "updatedAt", "reason"}


def test_events_reach_the_subscribed_queue(ecs: Ecs) -> None:
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.after(10)
    url = ecs.world.subscribe("local", "daemonctl-local")
    bodies: list[dict[str, Any]] = []
    for _ in range(20):
        answer = ecs.world.call(
            "sqs", "ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": 10}, ecs.now
        )
        bodies += [json.loads(row["Body"]) for row in answer.get("Messages", [])]
    assert sorted(row["id"] for row in bodies) == sorted(row["id"] for row in ecs.events)
    assert [row["resources"] for row in bodies].count([arn]) == 2
