"""Small things made for tests: instances, tasks, facts."""

from __future__ import annotations

from typing import Any

from daemonctl.model.cluster import (
    Attributes,
    ContainerInstance,
    Resources,
    Task,
    TaskDefinition,
)
from daemonctl.model.ids import (
    ContainerInstanceArn,
    Ec2InstanceId,
    Owner,
    TaskArn,
    TaskDefinitionArn,
)
from daemonctl.runtime.facts import InstanceSeen, Source, TaskSeen
from daemonctl.runtime.view import View

NOW = 1_800_000_000.0
OWNER = Owner("test")
MARK = "daemonctl/test"
_NO_ATTRIBUTES = Attributes({})


def instance_arn(name: str) -> ContainerInstanceArn:
    return ContainerInstanceArn(f"arn:aws:ecs:eu-west-1:1:container-instance/c/{name}")


def task_arn(name: str) -> TaskArn:
    return TaskArn(f"arn:aws:ecs:eu-west-1:1:task/c/{name}")


def definition_arn(name: str = "agent:1") -> TaskDefinitionArn:
    return TaskDefinitionArn(f"arn:aws:ecs:eu-west-1:1:task-definition/{name}")


def definition(name: str = "agent:1", **changes: Any) -> TaskDefinition:
    fields: dict[str, Any] = {"arn": definition_arn(name), "active": True, "needs": Resources(1, 1)}
    return TaskDefinition(**(fields | changes))


def instance(name: str = "a", version: int = 1, **changes: Any) -> ContainerInstance:
    fields: dict[str, Any] = {
        "arn": instance_arn(name),
        "ec2_id": Ec2InstanceId(f"i-{name}"),
        "status": "ACTIVE",
        "connected": True,
        "attributes": _NO_ATTRIBUTES,
        "registered": Resources(2048, 4096),
        "remaining": Resources(2048, 4096),
        "version": version,
    }
    return ContainerInstance(**(fields | changes))


def task(name: str = "t", on: str = "a", version: int = 1, **changes: Any) -> Task:
    fields: dict[str, Any] = {
        "arn": task_arn(name),
        "instance": instance_arn(on),
        "definition": definition_arn(),
        "group": "daemonctl-agent",
        "started_by": MARK,
        "last_status": "RUNNING",
        "desired_status": "RUNNING",
        "first_seen": NOW,
        "version": version,
    }
    return Task(**(fields | changes))


def stopped(name: str = "t", on: str = "a", version: int = 9, **changes: Any) -> Task:
    ended: dict[str, Any] = {
        "last_status": "STOPPED",
        "desired_status": "STOPPED",
        "stopped_at": NOW,
    }
    return task(name, on, version, **(ended | changes))


def seen(what: ContainerInstance | Task, at: float = NOW) -> InstanceSeen | TaskSeen:
    if isinstance(what, Task):
        return TaskSeen(what, at)
    return InstanceSeen(what, at)


def event(
    what: ContainerInstance | Task, at: float = NOW, said_at: float | None = None
) -> InstanceSeen | TaskSeen:
    if isinstance(what, Task):
        return TaskSeen(what, at, Source.EVENT, said_at)
    return InstanceSeen(what, at, Source.EVENT)


def view(*families: str) -> View:
    return View(OWNER, families or ("agent",), NOW)
