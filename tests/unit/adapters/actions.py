"""ARNs and actions that tests of the cluster speak of."""

from __future__ import annotations

from typing import Any

from daemonctl.model.ids import (
    ContainerInstanceArn,
    DaemonName,
    Owner,
    TaskArn,
    TaskDefinitionArn,
)
from daemonctl.model.plan import StartTask, StopKind, StopTask

DEFINITION = TaskDefinitionArn("arn:aws:ecs:eu-west-1:1:task-definition/consul-agent:4")


def instance_arn(number: int) -> ContainerInstanceArn:
    return ContainerInstanceArn(f"arn:aws:ecs:eu-west-1:1:container-instance/web/{number:032x}")


def task_arn(number: int) -> TaskArn:
    return TaskArn(f"arn:aws:ecs:eu-west-1:1:task/web/{number:032x}")


def start(*numbers: int, **more: Any) -> StartTask:
    return StartTask(
        daemon=DaemonName("consul-agent"),
        owner=Owner("prod"),
        definition=DEFINITION,
        instances=tuple(map(instance_arn, numbers)),
        **{"overrides": "", **more},
    )


STOP = StopTask(
    daemon=DaemonName("consul-agent"),
    instance=instance_arn(1),
    task=task_arn(1),
    kind=StopKind.REPAIR,
    code="DUPLICATE",
    words="two",
)
