"""The calls that both sides are asked, in order: every operation that both have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

WEB = {"cluster": "web"}
CONTAINER = {"name": "app", "image": "app:1", "cpu": 64, "memory": 128}
PORT = {"containerPort": 80, "hostPort": 8080, "protocol": "tcp"}
TAGS = [{"key": "team", "value": "platform"}]
HOOK = {"AutoScalingGroupName": "local", "LifecycleHookName": "drain"}
TERMINATING = {"LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING"}
FAR = "arn:aws:ecs:us-east-1:000000000000:"


@dataclass(frozen=True)
class Call:
    """One call; ``$name`` in its parameters is what an earlier answer said.

    Attributes:
        keep: Names for what its answer says, by path.
        wait: Seconds of our time that pass after it; moto's tasks are there at once.
    """

    operation: str
    params: dict[str, Any] = field(default_factory=dict)
    keep: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    service: str = "ecs"


def sqs(operation: str, **params: Any) -> Call:
    """A call to SQS on the queue ``q``; what it receives is kept."""
    given = params if "QueueName" in params or operation == "ListQueues" else None
    keep = {"handle": "Messages.0.ReceiptHandle"} if operation == "ReceiveMessage" else {}
    keep |= {"queue": "QueueUrl"} if operation == "CreateQueue" else {}
    return Call(operation, given or {"QueueUrl": "$queue", **params}, keep, service="sqs")


def ec2(operation: str, wait: float = 0.0) -> Call:
    """A call to EC2 about one machine."""
    return Call(operation, {"InstanceIds": ["$machine2"]}, wait=wait, service="ec2")


def scaling(operation: str, **params: Any) -> Call:
    """A call to auto scaling."""
    return Call(operation, params, service="autoscaling")


def start(family: str, *hosts: str, name: str = "task", **more: Any) -> Call:
    """StartTask; the first task is kept."""
    params = {**WEB, "taskDefinition": family, "containerInstances": list(hosts), **more}
    return Call("StartTask", params, {name: "tasks.0.taskArn"}, wait=5.0)


def attribute(*names: str) -> list[dict[str, str]]:
    """Custom attributes of the first host."""
    target = {"targetType": "container-instance", "targetId": "$short0"}
    return [{"name": name, "value": "v", **target} for name in names]


def service(operation: str, name: str = "s", wait: float = 0.0, **more: Any) -> Call:
    """A call about one service."""
    key = "serviceName" if operation == "CreateService" else "service"
    return Call(operation, {**WEB, key: name, **more}, wait=wait)


CALLS: tuple[Call, ...] = (
    # clusters and tags
    Call("CreateCluster", {"clusterName": "two", "tags": TAGS}, {"two": "cluster.clusterArn"}),
    Call("DescribeClusters", {"clusters": ["two", "nobody"], "include": ["TAGS"]}),
    Call("DescribeClusters", {"clusters": ["web"]}),
    Call("TagResource", {"resourceArn": "$two", "tags": [{"key": "a", "value": "b"}]}),
    Call("UntagResource", {"resourceArn": "$two", "tagKeys": ["team"]}),
    Call("ListTagsForResource", {"resourceArn": "$two"}),
    Call("ListClusters"),
    Call("DeleteCluster", {"cluster": "two"}),
    Call("DeleteCluster", {"cluster": "nobody"}),
    Call(
        "CreateCapacityProvider",
        {"name": "p", "autoScalingGroupProvider": {"autoScalingGroupArn": "arn:aws:x"}},
    ),
    Call("DescribeCapacityProviders", {"capacityProviders": ["p", "nobody"]}),
    Call(
        "PutClusterCapacityProviders",
        {**WEB, "capacityProviders": ["p"], "defaultCapacityProviderStrategy": []},
    ),
    # task definitions
    Call(
        "RegisterTaskDefinition",
        {"family": "app", "containerDefinitions": [CONTAINER], "tags": TAGS},
        {"app1": "taskDefinition.taskDefinitionArn"},
    ),
    Call(
        "RegisterTaskDefinition",
        {"family": "app", "containerDefinitions": [{**CONTAINER, "portMappings": [PORT]}]},
        {"app2": "taskDefinition.taskDefinitionArn"},
    ),
    Call("RegisterTaskDefinition", {"family": "two", "containerDefinitions": [CONTAINER]}),
    Call("DescribeTaskDefinition", {"taskDefinition": "app:1", "include": ["TAGS"]}),
    Call("DescribeTaskDefinition", {"taskDefinition": "app"}),
    Call("DescribeTaskDefinition", {"taskDefinition": "nobody"}),
    Call("ListTaskDefinitions", {"familyPrefix": "app"}),
    Call("ListTaskDefinitions", {"familyPrefix": "app", "sort": "DESC"}),
    Call("ListTaskDefinitionFamilies", {"familyPrefix": "ap"}),
    # container instances
    Call("ListContainerInstances", WEB),
    Call("ListContainerInstances", {**WEB, "maxResults": 2}),
    Call("ListContainerInstances", {"cluster": "nobody"}),
    Call("DescribeContainerInstances", {**WEB, "containerInstances": ["$host0", "f" * 32]}),
    Call("PutAttributes", {**WEB, "attributes": attribute("a")}),
    Call("PutAttributes", {**WEB, "attributes": attribute(*[f"x{n}" for n in range(11)])}),
    Call(
        "ListAttributes", {**WEB, "targetType": "container-instance", "attributeName": "a"}
    ),
    Call("DeleteAttributes", {**WEB, "attributes": attribute("a")}),
    # tasks
    start("app:1", "$host0", startedBy="me", tags=TAGS),
    start("app:2", "$host1", name="second"),
    start("app:2", "$host1", name="third"),
    start("app:1", "f" * 32),
    start("app:1", *["$host0"] * 11),
    start("app:1", "$host0", startedBy="not allowed"),
    start("nobody", "$host0"),
    Call("ListTasks", WEB),
    Call("ListTasks", {**WEB, "startedBy": "me"}),
    Call("ListTasks", {**WEB, "family": "app"}),
    Call("ListTasks", {**WEB, "containerInstance": "$host0"}),
    Call("ListTasks", {**WEB, "startedBy": "me", "family": "app"}),
    Call("DescribeTasks", {**WEB, "tasks": ["$task"], "include": ["TAGS"]}),
    Call("DescribeTasks", {**WEB, "tasks": ["f" * 32]}),
    Call("StopTask", {**WEB, "task": "$task", "reason": "enough"}, wait=40.0),
    Call("DescribeTasks", {**WEB, "tasks": ["$task"]}),
    Call("StopTask", {**WEB, "task": "f" * 32}),
    Call("ListTasks", {**WEB, "desiredStatus": "STOPPED"}),
    Call("RunTask", {**WEB, "taskDefinition": "app:1", "count": 1}, wait=5.0),
    Call("RunTask", {**WEB, "taskDefinition": "nobody"}),
    Call("DescribeContainerInstances", {**WEB, "containerInstances": ["$host1"]}),
    Call("DeregisterTaskDefinition", {"taskDefinition": "$app1"}),
    start("app:1", "$host0"),
    Call("DeregisterTaskDefinition", {"taskDefinition": "$app2"}),
    Call("DescribeTaskDefinition", {"taskDefinition": "app"}),
    # services
    service("CreateService", taskDefinition="two", desiredCount=1, wait=30.0),
    service("CreateService", "d", taskDefinition="two", schedulingStrategy="DAEMON", wait=30.0),
    Call("ListServices", WEB),
    Call("DescribeServices", {**WEB, "services": ["s", "nobody"]}),
    Call("DescribeServices", {**WEB, "services": ["d"]}),
    Call("ListTasks", {**WEB, "serviceName": "d"}),
    service("UpdateService", desiredCount=2, wait=30.0),
    service("UpdateService", "nobody", desiredCount=2),
    service("DeleteService"),
    service("DeleteService", force=True),
    service("DeleteService", "nobody"),
    # the end of container instances
    Call(
        "UpdateContainerInstancesState",
        {**WEB, "containerInstances": ["$host2", "f" * 32], "status": "DRAINING"},
    ),
    Call("ListContainerInstances", {**WEB, "status": "DRAINING"}),
    Call("DeregisterContainerInstance", {**WEB, "containerInstance": "$host1"}),
    Call("DeregisterContainerInstance", {**WEB, "containerInstance": "$host1", "force": True}),
    Call("DescribeContainerInstances", {**WEB, "containerInstances": ["$host1"]}),
    Call("RegisterContainerInstance", WEB),
    Call("DiscoverPollEndpoint", WEB),
    # queues
    sqs("CreateQueue", QueueName="q", Attributes={"VisibilityTimeout": "60"}),
    sqs("GetQueueUrl", QueueName="q"),
    sqs("GetQueueUrl", QueueName="nobody"),
    sqs("ListQueues", QueueNamePrefix="q"),
    sqs("SetQueueAttributes", Attributes={"VisibilityTimeout": "30"}),
    sqs("SetQueueAttributes", Attributes={"VisibilityTimeout": "99999"}),
    sqs("GetQueueAttributes", AttributeNames=["VisibilityTimeout", "QueueArn"]),
    sqs("SendMessage", MessageBody="one"),
    sqs("SendMessageBatch", Entries=[{"Id": "a", "MessageBody": "two"}]),
    sqs("SendMessageBatch", Entries=[]),
    sqs("ReceiveMessage", MessageSystemAttributeNames=["ApproximateReceiveCount"]),
    sqs("ChangeMessageVisibility", ReceiptHandle="$handle", VisibilityTimeout=0),
    sqs("ReceiveMessage", MaxNumberOfMessages=1),
    sqs("ChangeMessageVisibilityBatch", Entries=[
        {"Id": "a", "ReceiptHandle": "$handle", "VisibilityTimeout": 60}]),
    sqs("DeleteMessage", ReceiptHandle="$handle"),
    sqs("ReceiveMessage", MaxNumberOfMessages=10),
    sqs("DeleteMessageBatch", Entries=[{"Id": "a", "ReceiptHandle": "$handle"},
                                       {"Id": "b", "ReceiptHandle": "nonsense"}]),
    sqs("ReceiveMessage", MaxNumberOfMessages=11),
    sqs("PurgeQueue"),
    sqs("DeleteQueue"),
    sqs("ReceiveMessage"),
    # machines
    ec2("DescribeInstances"),
    ec2("RebootInstances"),
    ec2("StopInstances", wait=200.0),
    ec2("StartInstances", wait=200.0),
    ec2("TerminateInstances", wait=200.0),
    ec2("DescribeInstances"),
    Call("DescribeInstances", {"InstanceIds": ["i-0123456789abcdef0"]}, service="ec2"),
    # auto scaling
    scaling("PutLifecycleHook", **HOOK, **TERMINATING, HeartbeatTimeout=600),
    scaling("DescribeLifecycleHooks", AutoScalingGroupName="local"),
    scaling("DeleteLifecycleHook", **HOOK),
    scaling("DeleteLifecycleHook", **HOOK),
    scaling(
        "TerminateInstanceInAutoScalingGroup",
        InstanceId="$grouped",
        ShouldDecrementDesiredCapacity=True,
    ),
)  # fmt: skip
