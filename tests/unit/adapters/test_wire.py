from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from daemonctl.adapters.ecs.wire import Decoder, moment
from daemonctl.model.cluster import Health, Resources

ARN = "arn:aws:ecs:eu-west-1:111122223333:container-instance/c1/0123abcd0123abcd0123abcd0123abcd"
TASK = "arn:aws:ecs:eu-west-1:111122223333:task/c1/89ab"
# facts §4: an event's detail, as documented
EVENT = {
    "agentConnected": True,
    "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/c1",
    "containerInstanceArn": ARN,
    "ec2InstanceId": "i-0aaaabbbbccccdddd",
    "attributes": [
        {"name": "ecs.os-type", "value": "linux"},
        {"name": "ecs.availability-zone", "value": "eu-west-1a"},
        {"name": "com.amazonaws.ecs.capability.privileged-container"},
    ],
    "registeredResources": [
        {"name": "CPU", "type": "INTEGER", "integerValue": 2048},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 3800},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", "2375"]},
        {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
    ],
    "remainingResources": [
        {"name": "CPU", "type": "INTEGER", "integerValue": 1920},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", "2375", "0", "x", "99999"]},
        {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": ["53"]},
    ],
    "runningTasksCount": 1,
    "pendingTasksCount": 2,
    "registeredAt": "2025-01-02T03:00:00Z",
    "status": "ACTIVE",
    "version": 7,
    "versionInfo": {"agentVersion": "1.89.0", "agentHash": "abcd1234"},
    "updatedAt": "2025-01-02T03:04:05Z",
    "somethingNew": {"of": ["later"]},
}
MOMENT = datetime(2025, 1, 2, 3, 0, tzinfo=UTC).timestamp()


def test_an_instance_of_an_event_has_everything_that_the_event_says() -> None:
    found = Decoder().instance(EVENT)
    assert found.arn == ARN
    assert found.ec2_id == "i-0aaaabbbbccccdddd"
    assert (found.status, found.connected, found.version) == ("ACTIVE", True, 7)
    assert found.zone == "eu-west-1a"
    assert found.attributes.values["com.amazonaws.ecs.capability.privileged-container"] == ""
    assert found.registered == Resources(2048, 3800, frozenset({22, 2375}), frozenset())
    assert found.remaining == Resources(1920, 0, frozenset({22, 2375}), frozenset({53}))
    assert (found.running_tasks, found.pending_tasks) == (1, 2)
    assert found.registered_at == MOMENT
    assert found.agent_version == "1.89.0"
    assert (found.managed, found.private_ip) == (False, "")


def test_an_instance_needs_nothing_but_its_arn() -> None:
    decoder = Decoder()
    found = decoder.instance({"containerInstanceArn": ARN})
    assert (found.version, found.registered_at, found.connected) == (0, None, False)
    assert found.registered == found.remaining == Resources()
    nulls = dict.fromkeys(EVENT, None) | {"containerInstanceArn": ARN}
    assert decoder.instance(nulls) == found


def test_boto_fills_resources_with_zeros_of_other_types() -> None:
    row = {"name": "CPU", "doubleValue": 0.0, "longValue": 0, "integerValue": 512}
    wire = {"containerInstanceArn": ARN, "registeredResources": [row]}
    assert Decoder().instance(wire).registered.cpu == 512


def test_equal_attributes_ports_and_resources_are_one_object() -> None:
    decoder = Decoder()
    one, two = decoder.instance(EVENT), decoder.instance(json.loads(json.dumps(EVENT)))
    assert one.attributes is two.attributes
    assert one.registered is two.registered
    assert one.remaining.tcp is one.registered.tcp


@pytest.mark.parametrize(
    "wire",
    [
        {},
        {"containerInstanceArn": 5},
        {**EVENT, "attributes": "linux"},
        {**EVENT, "version": "7"},
        {**EVENT, "registeredAt": "yesterday"},
        {**EVENT, "registeredAt": float("nan")},
        {**EVENT, "registeredAt": True},
        {**EVENT, "registeredResources": [{"name": "CPU", "integerValue": float("inf")}]},
        {**EVENT, "remainingResources": [None]},
        [],
        None,
    ],
)
def test_what_is_no_instance_is_a_value_error(wire: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Decoder().instance(wire)


TASK_EVENT = {
    "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/c1",
    "taskArn": TASK,
    "containerInstanceArn": ARN,
    "taskDefinitionArn": "arn:aws:ecs:eu-west-1:111122223333:task-definition/consul-agent:4",
    "group": "daemonctl-consul-agent",
    "startedBy": "daemonctl/prod",
    "launchType": "EC2",
    "lastStatus": "STOPPED",
    "desiredStatus": "STOPPED",
    "stopCode": "EssentialContainerExited",
    "stoppedReason": "Essential container in task exited",
    "containers": [{"name": "consul", "containerArn": "…", "lastStatus": "STOPPED", "exitCode": 1}],
    "cpu": "128",
    "memory": "256",
    "connectivity": "DISCONNECTED",
    "healthStatus": "UNHEALTHY",
    "createdAt": "2025-01-02T03:00:00Z",
    "stoppedAt": 1735787040.5,
    "overrides": {"containerOverrides": [{"name": "consul"}], "inferenceAcceleratorOverrides": []},
    "version": 5,
}


def test_a_task_of_an_event_has_everything_that_the_event_says() -> None:
    found = Decoder().task(TASK_EVENT, 42.0)
    assert (found.arn, found.instance) == (TASK, ARN)
    assert (found.group, found.started_by) == ("daemonctl-consul-agent", "daemonctl/prod")
    assert (found.last_status, found.desired_status) == ("STOPPED", "STOPPED")
    assert (found.created_at, found.started_at, found.stopped_at) == (MOMENT, None, 1735787040.5)
    assert (found.stop_code, found.version, found.first_seen) == (
        "EssentialContainerExited",
        5,
        42.0,
    )
    assert (found.containers[0].exit_code, found.containers[0].health) == (1, Health.UNKNOWN)
    assert (found.health, found.connected) == (Health.UNHEALTHY, False)
    assert found.overrides == ""


def test_a_task_needs_nothing_but_its_arn_and_keeps_real_overrides() -> None:
    over = {"containerOverrides": [{"name": "a", "command": ["x"]}, {"name": "b"}]}
    found = Decoder().task({"taskArn": TASK, "overrides": over, "healthStatus": "WELL"}, 1.0)
    assert (found.instance, found.version, found.created_at) == ("", 0, None)
    assert (found.connected, found.health) == (True, Health.UNKNOWN)
    assert found.overrides == '{"containerOverrides":[{"command":["x"],"name":"a"}]}'
    with pytest.raises(ValueError, match="taskArn"):
        Decoder().task({}, 1.0)


@pytest.fixture(autouse=True)
def own_zone() -> Iterator[None]:
    yield
    time.tzset()


@pytest.mark.parametrize(
    "value",
    [
        datetime(2025, 1, 2, 3, 0, tzinfo=UTC),
        datetime(2025, 1, 2, 3, 0),  # noqa: DTZ001 — just this: a time without a zone is UTC
        MOMENT,
        int(MOMENT),
        "2025-01-02T03:00:00Z",
        "2025-01-02T03:00:00.000+00:00",
        "2025-01-02T04:00:00+01:00",
        "2025-01-02T03:00:00",
    ],
)
def test_one_moment_in_every_form(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")  # where the process runs is none of AWS's business
    time.tzset()
    assert moment(value) == MOMENT


def test_a_task_of_a_rollback_is_known_by_its_tag() -> None:
    tags = [{"key": "team", "value": "x"}, {"key": "daemonctl:rollback-of", "value": "agent:5"}]
    wire = {"taskArn": "arn:aws:ecs:r:1:task/c/t", "tags": tags}
    assert Decoder().task(wire, 1.0).rollback_of == "agent:5"
    assert Decoder().task({**wire, "tags": tags[:1]}, 1.0).rollback_of == ""
    assert Decoder().task({"taskArn": wire["taskArn"]}, 1.0).rollback_of == ""
