"""Facts §1: StartTask and RunTask, what they refuse, and what is seen of what they started."""

from __future__ import annotations

import json
from typing import Any

from tests.conformance.operations import INVALID, NOBODY
from tests.conformance.place import Place
from tests.conformance.table import fact


@fact(
    1,
    "StartTask: containerInstances (req), taskDefinition (req); ≤10 instances; tasks[]+failures[]",
    wire=True,
)
def start_task(ecs: Place) -> None:
    def refused(count: int) -> str:
        names = [f"{n:032x}" for n in range(count)]
        return ecs.refusal("StartTask", taskDefinition="registrator", containerInstances=names)

    assert [refused(count) for count in (0, 1, 10, 11)] == [INVALID, "", "", INVALID]
    assert ecs.refusal("StartTask", containerInstances=ecs.hosts) == INVALID


@fact(
    1,
    "Partial failure: HTTP 200 with some tasks and some failures. Pair `failures[].arn` "
    "(container-instance ARN) with the request.",
    wire=True,
)
def partial_failure(ecs: Place) -> None:
    missing = ecs.hosts[0][:-4] + "0000"
    answer = ecs.call(
        "StartTask", taskDefinition="registrator", containerInstances=[ecs.hosts[0], missing]
    )
    assert [task["containerInstanceArn"] for task in answer["tasks"]] == [ecs.hosts[0]]
    assert answer["failures"] == [{"arn": missing, "reason": "MISSING"}]


@fact(
    1,
    "reasons: `RESOURCE:CPU|MEMORY|PORTS`, `AGENT` (not connected), `ATTRIBUTE` (required"
    " attribute/capability absent). StartTask also `MISSING` (unknown instance) and "
    "`INACTIVE` (deregistered).",
    wire=True,
)
def reasons(ecs: Place) -> None:
    first, second, third = ecs.hosts
    port = {"containerPort": 80, "hostPort": 80}
    ecs.register("cpu", {"name": "a", "cpu": 4096})
    ecs.register("memory", {"name": "a", "memory": 9_000})
    ecs.register("port", {"name": "a", "portMappings": [port]})
    ecs.register("arm", {"name": "a"}, runtimePlatform={"cpuArchitecture": "ARM64"})
    ecs.start(first, family="port")
    families = ("cpu", "memory", "port", "arm")
    assert [ecs.failure(first, family) for family in families] == [
        "RESOURCE:CPU", "RESOURCE:MEMORY", "RESOURCE:PORTS", "ATTRIBUTE",
    ]  # fmt: skip
    ecs.do("disconnect", second)
    ecs.call("DeregisterContainerInstance", containerInstance=third)
    assert [ecs.failure(host) for host in (second, third, NOBODY)] == [
        "AGENT", "INACTIVE", "MISSING",
    ]  # fmt: skip


@fact(
    1,
    "Inactive task definition is an exception, not a failure: ClientException or "
    'InvalidParameterException "TaskDefinition is inactive" (both seen).',
    wire=True,
)
def an_inactive_definition(ecs: Place) -> None:
    arn = ecs.register("web", {"name": "a"})
    ecs.call("DeregisterTaskDefinition", taskDefinition=arn)
    code = ecs.refusal("StartTask", taskDefinition=arn, containerInstances=ecs.hosts)
    assert code == "ClientException"
    assert ecs.cluster.tasks == {}


@fact(
    1,
    "`startedBy` ≤36 chars of letters, digits, - _ / (RunTask ≤128)",
    wire=True,
)
def started_by(ecs: Place) -> None:
    def start(words: str) -> str:
        given = {"taskDefinition": "registrator", "containerInstances": ecs.hosts[:1]}
        return ecs.refusal("StartTask", **given, startedBy=words)

    def run(words: str) -> str:
        return ecs.refusal("RunTask", taskDefinition="registrator", startedBy=words)

    assert start("a-Z_0/" * 6) == run("a-Z_0/" * 6) == run("x" * 128) == ""
    assert start("x" * 37) == start("a b") == start("a:b") == run("x" * 129) == INVALID


@fact(
    1,
    "`group` default `family:<family>`",
    wire=True,
)
def group(ecs: Place) -> None:
    (task,), (other,) = ecs.start(ecs.hosts[0]), ecs.start(ecs.hosts[1], group="mine")
    ecs.after(2)
    assert ecs.task(task)["group"] == "family:consul-agent"
    assert ecs.task(other)["group"] == "mine"


@fact(
    1,
    "propagateTags TASK_DEFINITION or NONE (SERVICE: error on RunTask)",
    wire=True,
)
def propagate_tags(ecs: Place) -> None:
    tags = [{"key": "k", "value": "v"}]
    ecs.register("tagged", {"name": "a"}, tags=tags)
    given = {"taskDefinition": "tagged", "propagateTags": "SERVICE"}
    assert ecs.refusal("RunTask", **given) == INVALID
    assert ecs.refusal("StartTask", **given, containerInstances=ecs.hosts) == INVALID
    for how, found in (("TASK_DEFINITION", tags), ("NONE", [])):
        (task,) = ecs.start(ecs.hosts[0], family="tagged", propagateTags=how)
        assert ecs.after(2).task(task, include=["TAGS"])["tags"] == found


@fact(
    1,
    "overrides ≤8192 chars",
    wire=True,
)
def overrides(ecs: Place) -> None:
    def refused(length: int) -> str:
        row = {"name": "registrator", "command": [""]}
        empty = len(json.dumps({"containerOverrides": [row]}))
        row["command"] = ["x" * (length - empty)]
        given = {"taskDefinition": "registrator", "containerInstances": ecs.hosts[:1]}
        return ecs.refusal("StartTask", **given, overrides={"containerOverrides": [row]})

    assert (refused(8_192), refused(8_193)) == ("", INVALID)


@fact(
    1,
    "RunTask: count ≤10, placementConstraints ≤10, placementStrategy ≤5, clientToken",
    wire=True,
)
def run_task(ecs: Place) -> None:
    def refused(**params: Any) -> str:
        return ecs.refusal("RunTask", taskDefinition="registrator", **params)

    constraint = {"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}
    spread = {"type": "spread", "field": "instanceId"}
    assert refused(count=10) == refused(placementConstraints=[constraint] * 10) == ""
    assert refused(placementStrategy=[spread] * 5) == ""
    assert refused(count=11) == refused(placementConstraints=[constraint] * 11) == INVALID
    assert refused(placementStrategy=[spread] * 6) == INVALID


@fact(
    1,
    "clientToken exists only on RunTask (≤64 chars): same token+params → original result,"
    " other params → ConflictException",
    wire=True,
)
def client_token(ecs: Place) -> None:
    def run(token: str, **more: Any) -> list[str]:
        answer = ecs.call("RunTask", taskDefinition="registrator", clientToken=token, **more)
        return [task["taskArn"] for task in answer["tasks"]]

    first = run("t" * 64, count=2)
    assert run("t" * 64, count=2) == first
    assert run("other", count=2) != first
    given = {"taskDefinition": "registrator", "clientToken": "t" * 64, "count": 1}
    assert ecs.refusal("RunTask", **given) == "ConflictException"
    assert ecs.refusal("RunTask", **(given | {"clientToken": "t" * 65})) == INVALID


@fact(
    1,
    "token lives min(24 h, task life + 1 h)",
)
def client_token_life(ecs: Place) -> None:
    def run(token: str) -> list[str]:
        answer = ecs.call("RunTask", taskDefinition="registrator", clientToken=token)
        return [task["taskArn"] for task in answer["tasks"]]

    long, short = run("long"), run("short")
    ecs.after(10).call("StopTask", task=short[0])
    assert run("short") == short
    assert ecs.after(3_590).world is not None
    assert run("short") == short
    assert ecs.after(60).world is not None
    assert run("short") != short
    assert ecs.after(86_400 - 3_700).world is not None
    assert run("long") == long
    assert ecs.after(60).world is not None
    assert run("long") != long


@fact(
    1,
    "ListTasks: default desiredStatus RUNNING; valid RUNNING, PENDING (always empty), "
    "STOPPED. RUNNING hides tasks still shutting down (desiredStatus STOPPED): list both "
    "RUNNING and STOPPED.",
    wire=True,
)
def listed_by_desired_status(ecs: Place) -> None:
    ecs.behave("*", stop_seconds=(20.0, 20.0))
    (stays,), (leaves,) = ecs.start(ecs.hosts[0]), ecs.start(ecs.hosts[1])
    assert ecs.after(1).listed(desiredStatus="PENDING") == []
    ecs.after(5).call("StopTask", task=leaves)
    assert ecs.after(5).task(leaves)["lastStatus"] in {"DEACTIVATING", "STOPPING"}
    assert ecs.listed() == ecs.listed(desiredStatus="RUNNING") == [stays]
    assert ecs.listed(desiredStatus="STOPPED") == [leaves]
    assert ecs.refusal("ListTasks", desiredStatus="DELETED") == INVALID


@fact(
    1,
    "`startedBy` must be the only filter",
    wire=True,
)
def listed_by_started_by(ecs: Place) -> None:
    (mine,) = ecs.start(ecs.hosts[0], startedBy="daemonctl/prod")
    ecs.start(ecs.hosts[1], startedBy="somebody")
    assert ecs.after(2).listed(startedBy="daemonctl/prod") == [mine]
    assert ecs.refusal("ListTasks", startedBy="x", family="registrator") == INVALID


@fact(
    1,
    "short pages may carry nextToken (opaque; keep other params constant)",
    wire=True,
)
def short_pages(ecs: Place) -> None:
    words = f"ec2InstanceId == {ecs.instance(ecs.hosts[2])['ec2InstanceId']}"
    first = ecs.call("ListContainerInstances", filter=words, maxResults=1)
    assert first["containerInstanceArns"] == []
    token = first["nextToken"]
    again = {"maxResults": 1, "nextToken": token}
    assert ecs.refusal("ListContainerInstances", filter=words, **again) == ""
    assert ecs.refusal("ListContainerInstances", **again) == INVALID
    assert ecs.refusal("ListContainerInstances", nextToken="made up") == INVALID
    rows = ecs.pages("ListContainerInstances", "containerInstanceArns", filter=words, maxResults=1)
    assert rows == ecs.hosts[2:]


@fact(
    1,
    "Eventual consistency: ListTasks may omit and DescribeTasks call MISSING a task just started.",
    listing_lag_seconds=(1.0, 1.0),
)
def eventual_consistency(ecs: Place) -> None:
    (task,) = ecs.start(ecs.hosts[0])
    assert ecs.listed() == []
    (failure,) = ecs.call("DescribeTasks", tasks=[task])["failures"]
    assert failure["reason"] == "MISSING"
    assert ecs.after(1.0).listed() == [task]


@fact(
    1,
    "Query-language subjects: agentConnected, agentVersion, attribute:NAME, "
    "ec2InstanceId, registeredAt, runningTasksCount, task:group",
    wire=True,
)
def query_language(ecs: Place) -> None:
    first, second, third = ecs.hosts
    ecs.start(first, family="registrator")
    ecs.after(5).do("disconnect", third)

    def found(words: str) -> list[int]:
        rows = ecs.pages("ListContainerInstances", "containerInstanceArns", filter=words)
        return [ecs.hosts.index(arn) for arn in rows]

    host = ecs.instance(second)["ec2InstanceId"]
    assert found("agentConnected == true and not(task:group == family:registrator)") == [1]
    assert found(f"ec2InstanceId == {host}") == [1]
    assert found("attribute:ecs.availability-zone in [us-east-1a, us-east-1c]") == [0, 2]
    assert found("runningTasksCount == 0") == [1, 2]
    assert found("agentVersion >= 1.0.0") == [0, 1, 2]
    assert found("registeredAt >= 2020-02-18T22:28:28Z") == [0, 1, 2]
    assert ecs.refusal("ListContainerInstances", filter="==") == INVALID
