"""Every answer holds to botocore's own model of ECS: known members of the right type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from daemonctl.local.world.capabilities import OFFERED
from daemonctl.local.world.operations import OPERATIONS

if TYPE_CHECKING:
    from botocore.model import Shape

    from tests.unit.local.world.conftest import Ecs

MODEL = ServiceModel(Loader().load_service_model("ecs", "service-2"), "ecs")
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "long": (int,), "boolean": (bool,),
    "double": (float,), "float": (float,), "timestamp": (float,), "map": (dict,),
}  # fmt: skip


def faults(shape: Shape, value: Any, where: str) -> list[str]:
    if shape.type_name == "structure":
        rows = [f"{where}.{name} is unknown" for name in value if name not in shape.members]
        for name, inner in value.items():
            if name in shape.members:
                rows += faults(shape.members[name], inner, f"{where}.{name}")
        return rows
    if shape.type_name == "list":
        return [fault for row in value for fault in faults(shape.member, row, f"{where}[]")]
    good = isinstance(value, TYPES[shape.type_name])
    return [] if good else [f"{where} is {type(value).__name__}, not {shape.type_name}"]


def test_every_operation_answers_in_shape(ecs: Ecs) -> None:
    seen: dict[str, list[str]] = {}

    def call(operation: str, **params: Any) -> dict[str, Any]:
        answer = ecs.call(operation, **params)
        shape = MODEL.operation_model(operation).output_shape
        assert shape is not None
        seen.setdefault(operation, []).extend(faults(shape, answer, operation))
        return answer

    story(ecs, call)
    assert sorted(seen) == sorted(OPERATIONS)
    assert [fault for rows in seen.values() for fault in rows] == []


def story(ecs: Ecs, call: Any) -> None:
    check = {"command": ["CMD-SHELL", "true"]}
    port = {"containerPort": 80, "hostPort": 8080, "protocol": "tcp"}
    container = {
        "name": "a", "image": "a", "memory": 64, "healthCheck": check, "portMappings": [port],
    }  # fmt: skip
    call("RegisterTaskDefinition", family="web", containerDefinitions=[container], tags=tags())
    call("DescribeTaskDefinition", taskDefinition="web", include=["TAGS"])
    call("ListTaskDefinitions")
    call("ListTaskDefinitionFamilies")
    call("CreateCluster", clusterName="other", tags=tags())
    call("DescribeClusters", clusters=["other", "none"], include=["TAGS", "SETTINGS"])
    call("ListClusters", maxResults=1)
    call("DeleteCluster", cluster="other")
    call("CreateCapacityProvider", name="p", autoScalingGroupProvider={"autoScalingGroupArn": "a"})
    call("PutClusterCapacityProviders", capacityProviders=["p"])
    call("DescribeCapacityProviders", capacityProviders=["p", "q"])
    (task, other) = call(
        "StartTask", taskDefinition="web", containerInstances=[*ecs.hosts[:2], "x"], tags=tags()
    )["tasks"]
    ecs.after(20)
    ecs.world.kill_task(other["taskArn"], ecs.now)
    call("DescribeTasks", tasks=[task["taskArn"], other["taskArn"], "x"], include=["TAGS"])
    call("ListTasks", maxResults=1)
    call("StopTask", task=task["taskArn"])
    call("RunTask", taskDefinition="web", count=3)
    attribute = {"name": "a", "value": "b", "targetId": ecs.hosts[0]}
    call("PutAttributes", attributes=[attribute])
    call("ListAttributes", targetType="container-instance", maxResults=3)
    call("DeleteAttributes", attributes=[attribute])
    call("TagResource", resourceArn=ecs.hosts[0], tags=tags())
    call("ListTagsForResource", resourceArn=ecs.hosts[0])
    call("UntagResource", resourceArn=ecs.hosts[0], tagKeys=["k"])
    call(
        "DescribeContainerInstances",
        containerInstances=[ecs.hosts[0], "x"],
        include=["TAGS", "CONTAINER_INSTANCE_HEALTH"],
    )
    call("ListContainerInstances", maxResults=1)
    call("RegisterContainerInstance", totalResources=[])
    agents(ecs, call)
    services(ecs, call)
    call("UpdateContainerInstancesState", containerInstances=[ecs.hosts[0]], status="DRAINING")
    call("DeregisterContainerInstance", containerInstance=ecs.hosts[0], force=True)
    call("DeregisterTaskDefinition", taskDefinition="web:1")


def agents(ecs: Ecs, call: Any) -> None:
    document = '{"instanceId": "i-1", "privateIp": "10.0.0.1"}'
    resources = [{"name": name, "integerValue": 4096} for name in ("CPU", "MEMORY")]
    row = call(
        "RegisterContainerInstance",
        instanceIdentityDocument=document,
        totalResources=resources,
        attributes=[{"name": name} for name, _ in OFFERED],
    )
    arn = row["containerInstance"]["containerInstanceArn"]
    call("DiscoverPollEndpoint", containerInstance=arn)
    ecs.world.agents.connected(arn, ecs.now)
    (task,) = call("StartTask", taskDefinition="kibana", containerInstances=[arn])["tasks"]
    ecs.after(2)
    binding = {"bindIP": "::", "containerPort": 5601, "hostPort": 40000, "protocol": "tcp"}
    container = {"containerName": "kibana", "runtimeId": "r", "status": "RUNNING"}
    change = {"task": task["taskArn"], "status": "RUNNING"}
    call("SubmitContainerStateChange", **change, containerName="kibana")
    row = container | {"networkBindings": [binding], "imageDigest": "sha256:0"}
    call("SubmitTaskStateChange", **change, containers=[row])
    call("SubmitAttachmentStateChanges", attachments=[{"attachmentArn": "a", "status": "x"}])
    call("DescribeTasks", tasks=[task["taskArn"]])


def services(ecs: Ecs, call: Any) -> None:
    call("CreateService", serviceName="s", taskDefinition="kibana", desiredCount=2, tags=tags())
    call("CreateService", serviceName="d", taskDefinition="kibana", schedulingStrategy="DAEMON")
    ecs.after(30)
    call("DescribeServices", services=["s", "d", "x"], include=["TAGS"])
    call("ListServices")
    arns = ecs.listed(serviceName="s")
    call("UpdateTaskProtection", tasks=[*arns, "x"], protectionEnabled=True)
    call("GetTaskProtection", tasks=arns)
    call("UpdateService", service="s", desiredCount=1)
    call("DeleteService", service="s", force=True)


def tags() -> list[dict[str, str]]:
    return [{"key": "k", "value": "v"}]


def test_the_checker_sees_what_is_wrong() -> None:
    shape = MODEL.operation_model("DescribeTasks").output_shape
    assert shape is not None
    bad = {"tasks": [{"taskArn": 1, "nope": "x", "containers": [{"exitCode": "1"}]}]}
    assert len(faults(shape, bad, "it")) == 3
