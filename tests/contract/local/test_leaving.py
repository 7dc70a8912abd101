"""Hosts that leave, over the wire: terminated at once, drained first, held by a hook."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

GROUP = "arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:1:autoScalingGroupName/web"
NAMES = {"AutoScalingGroupName": "web", "LifecycleHookName": "drain"}


@pytest.fixture(scope="module")
def fast(new_server: Callable[..., Any], end_server: Callable[[Any], int]) -> Iterator[Any]:
    """A hundred seconds in one, and a capacity provider with managed draining."""
    server = new_server("--instances", "1", "--speed", "100")
    server.client("ecs").create_capacity_provider(
        name="web",
        autoScalingGroupProvider={"autoScalingGroupArn": GROUP, "managedDraining": "ENABLED"},
    )
    yield server
    assert end_server(server) == 0


def row_of(server: Any, arn: str) -> dict[str, Any]:
    rows = server.control("GET", "state")[1]["clusters"]["local"]["instances"]
    return next(row for row in rows if row["containerInstanceArn"] == arn)


def until(server: Any, arn: str, key: str, *wanted: str) -> dict[str, Any]:
    """Ask until the world says so: bounded by its own times, a hundredfold."""
    for _ in range(1_000):
        row = row_of(server, arn)
        if row[key] in wanted:
            return row
        time.sleep(0.02)
    pytest.fail(f"{key} is {row[key]} for ever")


def add(server: Any, *more: str) -> tuple[str, str]:
    arn = server.cli("instance", "add", *more).stdout.strip()
    return arn, str(row_of(server, arn)["ec2InstanceId"])


def start(server: Any, arn: str) -> str:
    answer = server.client("ecs").start_task(
        cluster="local", taskDefinition="registrator", containerInstances=[arn]
    )
    return str(answer["tasks"][0]["taskArn"])


def test_terminate_instances_ends_the_task_and_deregisters(fast: Any) -> None:
    """ "terminate, agent connected: auto-deregistered → INACTIVE, unlisted, describable"."""
    arn, host = add(fast)
    task = start(fast, arn)
    ecs = fast.client("ecs")
    change = fast.client("ec2").terminate_instances(InstanceIds=[host])["TerminatingInstances"][0]
    assert change["CurrentState"]["Name"] == "shutting-down"
    until(fast, arn, "status", "INACTIVE")
    assert arn not in ecs.list_container_instances(cluster="local")["containerInstanceArns"]
    described = ecs.describe_container_instances(cluster="local", containerInstances=[arn])
    assert [row["status"] for row in described["containerInstances"]] == ["INACTIVE"]
    (ended,) = ecs.describe_tasks(cluster="local", tasks=[task])["tasks"]
    assert ended["stoppedReason"] == f"Host EC2 (instance {host}) terminated."


def test_managed_draining_waits_for_a_standalone_task(fast: Any) -> None:
    """ "Managed draining waits until ALL tasks stopped … our standalone daemons hold each"."""
    arn, host = add(fast, "--capacity-provider", "web")
    task = start(fast, arn)
    ecs, scaling = fast.client("ecs"), fast.client("autoscaling")
    answer = scaling.terminate_instance_in_auto_scaling_group(
        InstanceId=host, ShouldDecrementDesiredCapacity=True
    )
    assert answer["Activity"]["AutoScalingGroupName"] == "web"
    ecs.get_waiter("tasks_running").wait(
        cluster="local", tasks=[task], WaiterConfig={"Delay": 1, "MaxAttempts": 25}
    )
    held = row_of(fast, arn)
    assert (held["status"], held["ec2State"]) == ("DRAINING", "running")
    ecs.stop_task(cluster="local", task=task)
    until(fast, arn, "ec2State", "shutting-down", "terminated")


def test_a_hook_is_put_told_of_and_completed(fast: Any) -> None:
    scaling, sqs = fast.client("autoscaling"), fast.client("sqs")
    scaling.put_lifecycle_hook(
        **NAMES, LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING", HeartbeatTimeout=7200
    )
    (hook,) = scaling.describe_lifecycle_hooks(AutoScalingGroupName="web")["LifecycleHooks"]
    assert (hook["HeartbeatTimeout"], hook["DefaultResult"]) == (7200, "ABANDON")
    arn, host = add(fast, "--capacity-provider", "web")
    scaling.terminate_instance_in_auto_scaling_group(
        InstanceId=host, ShouldDecrementDesiredCapacity=True
    )
    url = sqs.get_queue_url(QueueName="daemonctl-local")["QueueUrl"]
    detail = next(told(sqs, url, host))
    assert detail["LifecycleTransition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    scaling.record_lifecycle_action_heartbeat(**NAMES, InstanceId=host)
    with pytest.raises(ClientError, match="ValidationError"):
        scaling.complete_lifecycle_action(
            **NAMES, LifecycleActionToken="0" * 36, LifecycleActionResult="CONTINUE"
        )
    assert row_of(fast, arn)["ec2State"] == "running"
    scaling.complete_lifecycle_action(
        **NAMES,
        LifecycleActionToken=detail["LifecycleActionToken"],
        LifecycleActionResult="CONTINUE",
    )
    until(fast, arn, "ec2State", "shutting-down", "terminated")
    scaling.delete_lifecycle_hook(**NAMES)
    assert scaling.describe_lifecycle_hooks(AutoScalingGroupName="web")["LifecycleHooks"] == []


def told(sqs: Any, url: str, host: str) -> Iterator[dict[str, Any]]:
    """The lifecycle actions of a host, among all events."""
    for _ in range(100):
        rows = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for row in rows.get("Messages", []):
            event = json.loads(row["Body"])
            if event["source"] == "aws.autoscaling" and event["detail"]["EC2InstanceId"] == host:
                yield event["detail"]


@pytest.mark.parametrize(
    ("call", "params"),
    [
        ("put_lifecycle_hook", {**NAMES, "HeartbeatTimeout": 29}),
        ("put_lifecycle_hook",
         {**NAMES, "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}),
        ("delete_lifecycle_hook", {**NAMES, "LifecycleHookName": "nothing"}),
        ("terminate_instance_in_auto_scaling_group",
         {"InstanceId": "i-0", "ShouldDecrementDesiredCapacity": True}),
    ],
)  # fmt: skip
def test_what_auto_scaling_refuses(fast: Any, call: str, params: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as no:
        getattr(fast.client("autoscaling"), call)(**params)
    assert no.value.response["Error"]["Code"] == "ValidationError"


def test_a_spot_interruption_and_a_scale_in_from_outside(fast: Any) -> None:
    first, _ = add(fast)
    assert fast.control("POST", f"instances/{first}/scale-in", {}) == (200, {})
    until(fast, first, "ec2State", "shutting-down", "terminated")
    second, _ = add(fast)
    assert fast.control("POST", f"instances/{second}/interrupt", {"action": "stop"}) == (200, {})
    until(fast, second, "ec2State", "stopping", "stopped")
    status, answer = fast.control("POST", f"instances/{second}/scale-in", {"heartbeat": 1.0})
    assert (status, "from 30 to 7200" in answer["detail"]) == (400, True)


def test_health_from_outside(fast: Any) -> None:
    ecs = fast.client("ecs")
    check = {"command": ["CMD-SHELL", "true"], "interval": 30}
    ecs.register_task_definition(
        family="checked",
        containerDefinitions=[{"name": "a", "image": "a", "memory": 9, "healthCheck": check}],
    )
    arn = ecs.list_container_instances(cluster="local")["containerInstanceArns"][0]
    answer = ecs.start_task(cluster="local", taskDefinition="checked", containerInstances=[arn])
    task = answer["tasks"][0]["taskArn"]

    def health() -> list[str]:
        rows = ecs.describe_tasks(cluster="local", tasks=[task])["tasks"]
        return [row["healthStatus"] for row in rows]

    for _ in range(1_000):
        if health() == ["HEALTHY"]:
            break
        time.sleep(0.02)
    else:
        pytest.fail(f"its health is {health()} for ever")
    assert fast.cli("task", "health", task, "UNHEALTHY").returncode == 0
    assert health() == ["UNHEALTHY"]
    done = fast.cli("task", "health", "nothing", "HEALTHY")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
