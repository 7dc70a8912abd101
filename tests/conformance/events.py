"""Facts §4: what events say, when they are sent, and how queues hand them out."""

from __future__ import annotations

import json
from typing import Any

from tests.conformance.place import Place
from tests.conformance.table import fact

QUEUE = {"QueueUrl": "daemonctl-local"}
INSTANCE, TASK = "ECS Container Instance State Change", "ECS Task State Change"


@fact(
    4,
    "Envelope: version, id, detail-type, source, account, time, region, resources, "
    "detail. Instance events: ec2InstanceId, attributes, attachments, registeredAt, "
    "running/pendingTasksCount, … are optional; the rest is required.",
)
def the_envelope(ecs: Place) -> None:
    event = ecs.told(INSTANCE, ecs.hosts[0])[0]
    members = "version id detail-type source account time region resources detail"
    assert list(event) == members.split()
    required = ("agentConnected", "clusterArn", "containerInstanceArn", "registeredResources",
                "remainingResources", "status", "version", "versionInfo", "updatedAt")  # fmt: skip
    assert [key for key in required if key not in event["detail"]] == []


@fact(
    4,
    "`ECS Task State Change` (resources=[taskArn]): as DescribeTasks, times ISO-8601; "
    "events carry no health",
)
def a_task_event(ecs: Place) -> None:
    (task,) = ecs.start(ecs.hosts[0], startedBy="me")
    ecs.after(5).call("StopTask", task=task, reason="enough")
    event = ecs.told(TASK, task)[-1]
    detail, row = event["detail"], ecs.task(task)
    same = ("taskArn", "containerInstanceArn", "taskDefinitionArn", "group", "startedBy",
            "lastStatus", "desiredStatus", "cpu", "memory", "version", "connectivity", "stopCode",
            "stoppedReason", "launchType")  # fmt: skip
    assert [detail[key] for key in same] == [row[key] for key in same]
    assert detail["createdAt"].endswith("Z")
    assert "ealth" not in json.dumps(detail)


@fact(
    4,
    "`ECS Service Action` (resources=[serviceArn]; no version): SERVICE_STEADY_STATE "
    "(INFO), SERVICE_TASK_PLACEMENT_FAILURE (ERROR). `ECS Deployment State Change` (no "
    "clusterArn in detail): SERVICE_DEPLOYMENT_{IN_PROGRESS,COMPLETED}",
)
def service_events(ecs: Place) -> None:
    ecs.call("CreateService", serviceName="s", taskDefinition="kibana", desiredCount=1)
    ecs.register("huge", {"name": "a", "memory": 90_000})
    ecs.call("CreateService", serviceName="h", taskDefinition="huge", desiredCount=1)
    ecs.after(30)
    arns = [ecs.service(name)["serviceArn"] for name in ("s", "h")]

    def names(kind: str, arn: str) -> list[tuple[str, str]]:
        rows = [event["detail"] for event in ecs.told(kind, arn)]
        assert all("version" not in row for row in rows)
        return [(row["eventName"], row["eventType"]) for row in rows]

    assert ("SERVICE_STEADY_STATE", "INFO") in names("ECS Service Action", arns[0])
    failure = ("SERVICE_TASK_PLACEMENT_FAILURE", "ERROR")
    assert failure in names("ECS Service Action", arns[1])
    told = ecs.told("ECS Deployment State Change", arns[0])
    assert [event["detail"]["eventName"].rpartition("T_")[2] for event in told] == [
        "IN_PROGRESS", "COMPLETED",
    ]  # fmt: skip
    assert all("clusterArn" not in event["detail"] for event in told)


@fact(
    4,
    "Documented triggers: task start/stop by anyone (resources change); registration; "
    "deregistration; EC2 stop; agent connect/disconnect. Our own StartTask/StopTask cause"
    " instance events",
)
def triggers(ecs: Place) -> None:
    host = ecs.hosts[0]

    def told_by(act: Any, wait: float = 0.0) -> bool:
        before = len(ecs.told(INSTANCE, host))
        act()
        ecs.after(wait)
        return len(ecs.told(INSTANCE, host)) > before

    assert len(ecs.told(INSTANCE, host)) == 1  # registration
    assert told_by(lambda: ecs.start(host))
    task = next(iter(ecs.after(5).cluster.tasks))
    assert told_by(lambda: ecs.call("StopTask", task=task))
    assert told_by(lambda: ecs.do("disconnect", host))
    assert told_by(lambda: ecs.do("reconnect", host))
    assert told_by(lambda: ecs.do("stop", host), 130.0)
    gone = {"containerInstance": host, "force": True}
    assert told_by(lambda: ecs.call("DeregisterContainerInstance", **gone))


@fact(
    4,
    "Delivery: at least once, any order; same ARN+version = duplicate; higher = newer; "
    "comparable with API `version`. Body = raw event JSON.",
    wire=True,
)
def delivery(ecs: Place) -> None:
    ecs.do_now(lambda: ecs.world.faults.set("event_doubled"))
    (task,) = ecs.start(ecs.hosts[0])
    ecs.after(10)
    seen: list[int] = []
    while rows := ecs.aws("sqs", "ReceiveMessage", **QUEUE, MaxNumberOfMessages=10).get("Messages"):
        events = [json.loads(row["Body"]) for row in rows]
        seen += [e["detail"]["version"] for e in events if e["resources"] == [task]]
    assert sorted(seen) == [1, 1, 2, 2]
    assert ecs.task(task)["version"] == 2


@fact(
    4,
    '"EC2 Spot Instance Interruption Warning" (source aws.ec2; detail `instance-id`, '
    "`instance-action`; 2 min ahead)",
)
def spot_warning(ecs: Place) -> None:
    ecs.do("interrupt", ecs.hosts[0])
    (event,) = ecs.told("EC2 Spot Instance Interruption Warning")
    host = ecs.cluster.instances[ecs.hosts[0]].host
    assert (event["source"], event["detail"]["instance-id"]) == ("aws.ec2", host.id)
    assert ecs.after(119).cluster.instances[ecs.hosts[0]].host.state == "running"
    ecs.after(2)
    assert host.state == "shutting-down"


@fact(
    4,
    '"EC2 Instance-terminate Lifecycle Action" (source aws.autoscaling; detail '
    "LifecycleActionToken, AutoScalingGroupName, LifecycleHookName, EC2InstanceId, "
    "LifecycleTransition). Heartbeat 30-7200 s (default 3600); default result ABANDON; "
    "CompleteLifecycleAction CONTINUE|ABANDON.",
    wire=True,
)
def lifecycle(ecs: Place) -> None:
    names = {"AutoScalingGroupName": "local", "LifecycleHookName": "h"}
    for seconds, code in ((29, "ValidationError"), (7_201, "ValidationError"), (30, "")):
        given = {**names, "HeartbeatTimeout": seconds}
        assert ecs.aws_refusal("autoscaling", "PutLifecycleHook", **given) == code
    ecs.aws("autoscaling", "PutLifecycleHook", **names)
    (hook,) = ecs.aws("autoscaling", "DescribeLifecycleHooks", AutoScalingGroupName="local")[
        "LifecycleHooks"
    ]
    assert (hook["HeartbeatTimeout"], hook["DefaultResult"]) == (3_600, "ABANDON")
    ec2_id = ecs.instance(ecs.hosts[0])["ec2InstanceId"]
    ecs.aws(
        "autoscaling",
        "TerminateInstanceInAutoScalingGroup",
        InstanceId=ec2_id,
        ShouldDecrementDesiredCapacity=True,
    )
    (event,) = ecs.told("EC2 Instance-terminate Lifecycle Action")
    detail = event["detail"]
    assert (event["source"], detail["EC2InstanceId"]) == ("aws.autoscaling", ec2_id)
    assert detail["LifecycleTransition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    done = {**names, "LifecycleActionToken": detail["LifecycleActionToken"]}
    for result, code in (("MAYBE", "ValidationError"), ("CONTINUE", "")):
        given = {**done, "LifecycleActionResult": result}
        assert ecs.aws_refusal("autoscaling", "CompleteLifecycleAction", **given) == code
    assert ecs.cluster.instances[ecs.hosts[0]].host.state == "shutting-down"


@fact(
    4,
    "SQS: batch 1-10; WaitTimeSeconds 0-20; VisibilityTimeout default 30 s, max 43200; "
    "retention default 4 d (60 s-14 d)",
    wire=True,
)
def queue_limits(ecs: Place) -> None:
    def receive(**params: Any) -> str:
        return ecs.aws_refusal("sqs", "ReceiveMessage", **QUEUE, **params)

    bad = "InvalidParameterValue"
    assert receive(MaxNumberOfMessages=0) == receive(MaxNumberOfMessages=11) == bad
    assert receive(WaitTimeSeconds=21) == receive(VisibilityTimeout=43_201) == bad
    assert receive(MaxNumberOfMessages=10, VisibilityTimeout=43_200) == ""
    names = ["VisibilityTimeout", "MessageRetentionPeriod"]
    found = ecs.aws("sqs", "GetQueueAttributes", **QUEUE, AttributeNames=names)["Attributes"]
    assert [found[name] for name in names] == ["30", str(4 * 86_400)]
    for seconds, refused in (("59", True), ("60", False), ("1209600", False), ("1209601", True)):
        given = {**QUEUE, "Attributes": {"MessageRetentionPeriod": seconds}}
        assert bool(ecs.aws_refusal("sqs", "SetQueueAttributes", **given)) is refused


@fact(
    4,
    "new ReceiptHandle per receive; DeleteMessageBatch ≤10, check `Failed[]`; "
    "RedrivePolicy{deadLetterTargetArn,maxReceiveCount}; ApproximateReceiveCount",
    wire=True,
)
def receipts(ecs: Place) -> None:
    dead = ecs.aws("sqs", "CreateQueue", QueueName="dead")["QueueUrl"]
    policy = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead",
              "maxReceiveCount": 2}  # fmt: skip
    given = {"RedrivePolicy": json.dumps(policy)}
    url = ecs.aws("sqs", "CreateQueue", QueueName="q", Attributes=given)["QueueUrl"]
    ecs.aws("sqs", "SendMessage", QueueUrl=url, MessageBody="m")

    def receive(queue: str) -> list[Any]:
        answer = ecs.aws("sqs", "ReceiveMessage", QueueUrl=queue, AttributeNames=["All"])
        return list(answer.get("Messages", []))

    (first,) = receive(url)
    ecs.after(30)
    (second,) = receive(url)
    assert first["ReceiptHandle"] != second["ReceiptHandle"]
    counts = [row["Attributes"]["ApproximateReceiveCount"] for row in (first, second)]
    assert counts == ["1", "2"]
    ecs.after(30)
    assert receive(url) == []
    (buried,) = receive(dead)
    entries = [{"Id": "good", "ReceiptHandle": buried["ReceiptHandle"]},
               {"Id": "bad", "ReceiptHandle": "x"}]  # fmt: skip
    answer = ecs.aws("sqs", "DeleteMessageBatch", QueueUrl=dead, Entries=entries)
    assert [row["Id"] for row in answer["Successful"]] == ["good"]
    assert [row["Id"] for row in answer["Failed"]] == ["bad"]
    many = [{"Id": f"{n}", "ReceiptHandle": "x"} for n in range(11)]
    assert ecs.aws_refusal("sqs", "DeleteMessageBatch", QueueUrl=dead, Entries=many)
