"""Facts §1: the operations, their limits and their refusals."""

from __future__ import annotations

from tests.conformance.place import Place
from tests.conformance.table import fact

INVALID = "InvalidParameterException"
NOBODY = "f" * 32


@fact(
    1,
    "ARNs: `…:container-instance/CLUSTER/ID`, `…:task/CLUSTER/ID` (old short form lacks "
    'CLUSTER). Omitted `cluster` = "default".',
    wire=True,
)
def arns_and_the_default_cluster(ecs: Place) -> None:
    host = ecs.hosts[0]
    assert host.split(":")[5].startswith("container-instance/local/")
    (task,) = ecs.start(host)
    assert task.split(":")[5].startswith("task/local/")
    short = host.replace("/local/", "/")
    assert ecs.instance(short)["containerInstanceArn"] == host
    assert ecs.aws_refusal("ecs", "ListTasks") == "ClusterNotFoundException"
    ecs.call("CreateCluster")
    assert ecs.aws("ecs", "ListTasks") == {"taskArns": []}


@fact(
    1,
    "ListContainerInstances: page 1-100 (default 100); status omitted = all but INACTIVE "
    "(not a valid filter value)",
    wire=True,
)
def list_container_instances(ecs: Place) -> None:
    ecs.do("add_instances", "local", 100)
    page = ecs.call("ListContainerInstances")
    assert len(page["containerInstanceArns"]) == 100
    assert len(ecs.pages("ListContainerInstances", "containerInstanceArns")) == 103
    for size, code in ((0, INVALID), (1, ""), (100, ""), (101, INVALID)):
        assert ecs.refusal("ListContainerInstances", maxResults=size) == code
    first, second, third = ecs.hosts
    ecs.call("UpdateContainerInstancesState", containerInstances=[first], status="DRAINING")
    ecs.call("DeregisterContainerInstance", containerInstance=second)
    listed = ecs.pages("ListContainerInstances", "containerInstanceArns")
    assert [arn in listed for arn in (first, second, third)] == [True, False, True]
    draining = ecs.pages("ListContainerInstances", "containerInstanceArns", status="DRAINING")
    assert draining == [first]
    assert ecs.refusal("ListContainerInstances", status="INACTIVE") == INVALID


@fact(
    1,
    "DescribeContainerInstances: include TAGS, CONTAINER_INSTANCE_HEALTH; ≤100; +failures[]",
    wire=True,
)
def describe_container_instances(ecs: Place) -> None:
    host = ecs.hosts[0]
    ecs.call("TagResource", resourceArn=host, tags=[{"key": "k", "value": "v"}])
    include = ["TAGS", "CONTAINER_INSTANCE_HEALTH"]
    found = ecs.call(
        "DescribeContainerInstances", containerInstances=[host, NOBODY], include=include
    )
    (row,) = found["containerInstances"]
    assert row["tags"] == [{"key": "k", "value": "v"}]
    assert row["healthStatus"]["overallStatus"] == "OK"
    assert [failure["reason"] for failure in found["failures"]] == ["MISSING"]
    many = [f"{number:032x}" for number in range(101)]
    assert ecs.refusal("DescribeContainerInstances", containerInstances=many) == INVALID
    assert ecs.refusal("DescribeContainerInstances", containerInstances=many[:100]) == ""


@fact(
    1,
    "ListTasks: page 1-100; +ServiceNotFoundException",
    wire=True,
)
def list_tasks(ecs: Place) -> None:
    for size, code in ((0, INVALID), (1, ""), (100, ""), (101, INVALID)):
        assert ecs.refusal("ListTasks", maxResults=size) == code
    assert ecs.refusal("ListTasks", serviceName="nobody") == "ServiceNotFoundException"


@fact(
    1,
    "DescribeTasks: include TAGS; ≤100; +failures[]",
    wire=True,
)
def describe_tasks(ecs: Place) -> None:
    (task,) = ecs.start(ecs.hosts[0], tags=[{"key": "k", "value": "v"}])
    ecs.after(2)
    assert ecs.task(task)["tags"] == []
    assert ecs.task(task, include=["TAGS"])["tags"] == [{"key": "k", "value": "v"}]
    (failure,) = ecs.call("DescribeTasks", tasks=[NOBODY])["failures"]
    assert failure["reason"] == "MISSING"
    many = [f"{number:032x}" for number in range(101)]
    assert ecs.refusal("DescribeTasks", tasks=many) == INVALID
    assert ecs.refusal("DescribeTasks", tasks=many[:100]) == ""


@fact(
    1,
    "StopTask: one per call; returns task. Deletes the task's tags.",
    wire=True,
)
def stop_task(ecs: Place) -> None:
    (task,) = ecs.start(ecs.hosts[0], tags=[{"key": "k", "value": "v"}])
    ecs.after(5)
    stopped = ecs.call("StopTask", task=task, reason="enough")["task"]
    assert (stopped["taskArn"], stopped["desiredStatus"]) == (task, "STOPPED")
    assert (stopped["stoppedReason"], stopped["stopCode"]) == ("enough", "UserInitiated")
    assert ecs.task(task, include=["TAGS"])["tags"] == []


@fact(
    1,
    'StopTask: unknown/expired task → InvalidParameterException "The referenced task was '
    'not found."',
    wire=True,
)
def stop_an_unknown_task(ecs: Place) -> None:
    assert ecs.refusal("StopTask", task=NOBODY) == INVALID
    (task,) = ecs.start(ecs.hosts[0])
    ecs.after(5).call("StopTask", task=task)
    assert ecs.refusal("StopTask", task=task) == ""
    assert ecs.after(4_000).refusal("StopTask", task=task) == INVALID


@fact(
    1,
    "SIGTERM, then SIGKILL after 30 s (ECS_CONTAINER_STOP_TIMEOUT or container stopTimeout).",
)
def stop_takes_time(ecs: Place) -> None:
    ecs.behave("*", stop_seconds=(300.0, 300.0))
    ecs.register("quick", {"name": "a", "stopTimeout": 7})
    for family, seconds in (("consul-agent", 30), ("quick", 7)):
        (task,) = ecs.start(ecs.hosts[0], family=family)
        ecs.after(5).call("StopTask", task=task)
        assert ecs.after(seconds - 0.5).task(task)["lastStatus"] != "STOPPED"
        ended = ecs.after(1.5).task(task)
        assert (ended["lastStatus"], ended["containers"][0]["exitCode"]) == ("STOPPED", 137)


@fact(
    1,
    "DescribeTaskDefinition: family = latest ACTIVE; unknown: ClientException",
    wire=True,
)
def describe_task_definition(ecs: Place) -> None:
    first = ecs.register("web", {"name": "a"})
    second = ecs.register("web", {"name": "a"})

    def revision(name: str) -> int:
        answer = ecs.call("DescribeTaskDefinition", taskDefinition=name)
        return int(answer["taskDefinition"]["revision"])

    assert [revision(name) for name in ("web", "web:1", first)] == [2, 1, 1]
    ecs.call("DeregisterTaskDefinition", taskDefinition=second)
    assert revision("web") == 1
    assert ecs.refusal("DescribeTaskDefinition", taskDefinition="nobody") == "ClientException"


@fact(
    1,
    "RegisterTaskDefinition: family ≤255; new revision every call",
    wire=True,
)
def register_task_definition(ecs: Place) -> None:
    arns = [ecs.register("f" * 255, {"name": "a"}) for _ in range(2)]
    assert [arn.rpartition(":")[2] for arn in arns] == ["1", "2"]
    row = {"name": "a", "image": "x", "memory": 9}
    refused = ecs.refusal("RegisterTaskDefinition", family="f" * 256, containerDefinitions=[row])
    assert refused == "ClientException"


@fact(
    1,
    "ListTaskDefinitions: familyPrefix (= FULL family name), status, sort ASC/DESC, page "
    "≤100; ListTaskDefinitionFamilies takes a real prefix",
    wire=True,
)
def list_task_definitions(ecs: Place) -> None:
    arns = [ecs.register(family, {"name": "a"}) for family in ("web", "web", "web-two")]

    def listed(**params: str) -> list[str]:
        return ecs.pages("ListTaskDefinitions", "taskDefinitionArns", **params)

    assert listed(familyPrefix="web") == arns[:2]
    assert listed(familyPrefix="web", sort="DESC") == arns[1::-1]
    assert listed(familyPrefix="we") == []
    ecs.call("DeregisterTaskDefinition", taskDefinition=arns[0])
    assert listed(familyPrefix="web", status="INACTIVE") == arns[:1]
    assert ecs.refusal("ListTaskDefinitions", maxResults=101) == INVALID
    families = ecs.pages("ListTaskDefinitionFamilies", "families", familyPrefix="we")
    assert families == ["web", "web-two"]


@fact(
    1,
    "Put/DeleteAttributes: ≤10 per call; name, value 1-128; short targetId needs "
    "targetType; delete by name+target; +TargetNotFoundException; put "
    "+AttributeLimitExceededException",
    wire=True,
)
def attributes(ecs: Place) -> None:
    host = ecs.hosts[0]

    def refused(*names: str, target: str = host, value: str = "v", **more: str) -> str:
        rows = [{"name": name, "value": value, "targetId": target, **more} for name in names]
        return ecs.refusal("PutAttributes", attributes=rows)

    short = host.rpartition("/")[2]
    assert refused("a", target=short) == INVALID
    assert refused("a", target=short, targetType="container-instance") == ""
    assert refused("n" * 128, value="v" * 128) == ""
    assert refused("n" * 129) == refused("b", value="v" * 129) == INVALID
    assert refused("b", target=host[:-4] + "0000") == "TargetNotFoundException"
    assert refused(*[f"x{n}" for n in range(11)]) == INVALID
    assert refused(*[f"x{n}" for n in range(9)]) == "AttributeLimitExceededException"
    ecs.call("DeleteAttributes", attributes=[{"name": "a", "targetId": host}])
    assert "a" not in [row["name"] for row in ecs.instance(host)["attributes"]]


@fact(
    1,
    "UpdateContainerInstancesState: status ACTIVE or DRAINING only; ≤10; +failures[]",
    wire=True,
)
def update_container_instances_state(ecs: Place) -> None:
    def refused(*names: str, status: str = "DRAINING") -> str:
        return ecs.refusal(
            "UpdateContainerInstancesState", containerInstances=list(names), status=status
        )

    assert refused(ecs.hosts[0], status="INACTIVE") == INVALID
    assert refused(*[f"{n:032x}" for n in range(11)]) == INVALID
    answer = ecs.call(
        "UpdateContainerInstancesState",
        containerInstances=[ecs.hosts[0], NOBODY],
        status="DRAINING",
    )
    assert [row["status"] for row in answer["containerInstances"]] == ["DRAINING"]
    assert [row["reason"] for row in answer["failures"]] == ["MISSING"]


@fact(
    1,
    "DeregisterContainerInstance: running tasks without force: InvalidParameterException",
    wire=True,
)
def deregister_container_instance(ecs: Place) -> None:
    ecs.start(ecs.hosts[0])
    host = {"containerInstance": ecs.hosts[0]}
    assert ecs.refusal("DeregisterContainerInstance", **host) == INVALID
    answer = ecs.call("DeregisterContainerInstance", **host, force=True)
    assert answer["containerInstance"]["status"] == "INACTIVE"
