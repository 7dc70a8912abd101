"""The World itself: dispatch, throttling, wrong types named, and that it can be saved."""

from __future__ import annotations

import pickle
import random
from typing import TYPE_CHECKING, Any

import pytest

from daemonctl.local.world import Switches, World, WorldError
from daemonctl.local.world.ready_made import seed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.local.world.conftest import Ecs

BEGIN = 1_760_000_000.0


def test_a_call_runs_what_was_due_before_it(ecs: Ecs) -> None:
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.now += 60
    assert ecs.task(arn)["lastStatus"] == "RUNNING"


def test_next_wake_is_the_earliest_of_all(ecs: Ecs) -> None:
    ecs.after(60)
    ecs.start(ecs.hosts[0])
    seen = [ecs.now]
    while (due := ecs.world.next_wake()) is not None:
        ecs.world.advance(due)
        seen.append(due)
    assert seen == sorted(seen)
    assert len(seen) > 5


@pytest.mark.parametrize(
    ("service", "operation"),
    [("ecs", "CreateTaskSet"), ("ecs", "nope"), ("s3", "ListBuckets"), ("autoscaling", "nope")],
)
def test_what_is_not_there_is_said_by_name(ecs: Ecs, service: str, operation: str) -> None:
    with pytest.raises(WorldError, match=f"{operation} is not supported yet") as caught:
        ecs.world.call(service, operation, {}, ecs.now)
    assert caught.value.code == "UnknownOperationException"


def test_calls_are_throttled(ecs: Ecs) -> None:
    """ "Cluster resource modify: … StartTask … 100/40"; "Rate exceeded", 400."""
    for _ in range(100):
        ecs.call("StartTask", taskDefinition="registrator", containerInstances=["x"])
    refusal = ecs.refused("StartTask", taskDefinition="registrator", containerInstances=["x"])
    assert refusal == ("ThrottlingException", "Rate exceeded")
    ecs.after(0.025).call("StartTask", taskDefinition="registrator", containerInstances=["x"])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"taskDefinition": 1}, "taskDefinition must be a string"),
        ({"taskDefinition": ""}, "taskDefinition can not be blank"),
        ({"containerInstances": "abc"}, "containerInstances must be a list of strings"),
        ({"containerInstances": [1]}, "containerInstances must be a list of strings"),
        ({"overrides": []}, "overrides must be a structure"),
        ({"tags": {}}, "tags must be a list of structures"),
        ({"tags": [{"key": ""}]}, "keys have 1 to 128"),
        ({"enableExecuteCommand": "yes"}, "enableExecuteCommand must be a boolean"),
    ],
)
def test_a_wrong_type_is_named(ecs: Ecs, params: dict[str, Any], words: str) -> None:
    given = {"taskDefinition": "kibana", "containerInstances": [ecs.hosts[0]], **params}
    code, message = ecs.refused("StartTask", **given)
    assert code == "InvalidParameterException"
    assert words in message
    assert ecs.refused("ListTasks", maxResults="1")[1] == "maxResults must be an integer."


def test_tasks_tags_come_from_where_they_are_said_to(ecs: Ecs) -> None:
    """ "propagateTags TASK_DEFINITION or NONE"."""
    ecs.register("tagged", {"name": "a"}, tags=[{"key": "team", "value": "x"}])
    for propagate, keys in (("TASK_DEFINITION", ["team", "own"]), ("NONE", ["own"])):
        tags = [{"key": "own", "value": "1"}]
        (arn,) = ecs.start(ecs.hosts[0], family="tagged", propagateTags=propagate, tags=tags)
        shown = ecs.after(5).task(arn, include=["TAGS"])["tags"]
        assert [row["key"] for row in shown] == keys
        assert ecs.task(arn)["tags"] == []
    (arn,) = ecs.start(ecs.hosts[0], enableECSManagedTags=True)
    shown = ecs.after(5).task(arn, include=["TAGS"])["tags"]
    assert shown == [{"key": "aws:ecs:clusterName", "value": "local"}]


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_ports_of_both_kinds_are_kept_apart(ecs: Ecs, protocol: str) -> None:
    other = "tcp" if protocol == "udp" else "udp"
    for name, kind in (("one", protocol), ("two", other)):
        port = {"containerPort": 53, "hostPort": 53, "protocol": kind}
        ecs.register(name, {"name": "a", "portMappings": [port]})
    ecs.start(ecs.hosts[0], family="one")
    assert ecs.failure(ecs.hosts[0], "one") == "RESOURCE:PORTS"
    (arn,) = ecs.start(ecs.hosts[0], family="two")
    ecs.after(10).call("StopTask", task=arn)
    ecs.start(ecs.hosts[0], family="two")


def test_awsvpc_needs_its_network(ecs: Ecs) -> None:
    ecs.register("vpc", {"name": "a"}, networkMode="awsvpc")
    given = {"taskDefinition": "vpc", "containerInstances": [ecs.hosts[0]]}
    assert "must be provided" in ecs.refused("StartTask", **given)[1]
    network = {"awsvpcConfiguration": {"subnets": ["s"]}}
    assert ecs.call("StartTask", **given, networkConfiguration=network)["tasks"]


def test_a_saved_world_goes_on_as_the_other_does(make: Callable[..., Ecs]) -> None:
    """A pickle holds all of it, dice and agenda included: a restart loses nothing."""
    first = World(dice=random.Random(3).random, switches=Switches())
    hosts = seed(first, 5, BEGIN)
    given = {"cluster": "local", "serviceName": "s", "taskDefinition": "kibana"}
    first.call("ecs", "CreateService", {**given, "desiredCount": 7}, BEGIN)
    start = {"cluster": "local", "taskDefinition": "registrator", "containerInstances": hosts}
    first.call("ecs", "StartTask", start, BEGIN + 1)
    second: World = pickle.loads(pickle.dumps(first))  # noqa: S301  our own bytes
    for world in (first, second):
        world.terminate(hosts[0], BEGIN + 30)
        world.advance(BEGIN + 300)
    query = {"cluster": "local", "tasks": list(first.clusters["local"].tasks)}
    described = [
        world.call("ecs", "DescribeTasks", query, BEGIN + 301) for world in (first, second)
    ]
    assert described[0] == described[1]
    assert len(described[0]["tasks"]) > 10
    assert first.sqs.published == second.sqs.published
