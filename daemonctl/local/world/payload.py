"""A task as its agent reads it in a PayloadMessage (facts: the agent's message model).

Overrides are filled in here, as ECS does for all but the command: one task says one thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world.docker_config import docker_config
from daemonctl.local.world.fields import Answer, Params, number, pairs, part, parts, text

if TYPE_CHECKING:
    from daemonctl.local.world.definition import Definition
    from daemonctl.local.world.task import Container, Task

UNITS = 1024
"""CPU units of a vCPU; the agent is told a task's own limit in vCPUs."""

AS_IT_IS = (
    "command", "entryPoint", "links", "mountPoints", "volumesFrom", "dependsOn", "startTimeout",
    "stopTimeout", "restartPolicy", "environmentFiles", "firelensConfiguration",
)  # fmt: skip
"""Members of a container definition that the agent is told in ECS's own words."""

PORT = ("containerPort", "hostPort", "containerPortRange", "protocol")
"""What the agent is told of a port mapping: its name and protocol for others are not for it."""

OVERRIDDEN = ("command", "cpu", "memory", "memoryReservation", "environmentFiles")
"""Members that a container override simply replaces; its environment is added to."""


def task_payload(task: Task) -> Answer:
    """The task with all its containers, and what is wanted of it: RUNNING or STOPPED."""
    definition = task.definition
    answer: Answer = {
        "arn": task.arn,
        "taskClusterArn": task.cluster_arn,
        "family": definition.family,
        "version": str(definition.revision),
        "desiredStatus": task.desired_status,
        "overrides": "{}",
        "networkMode": definition.network_mode,
        "launchType": task.launch_type,
        "group": task.group,
        "volumes": [_volume(row) for row in parts(definition.wire, "volumes")],
        "containers": [
            _container(container, row, definition)
            for container, row in zip(task.containers, _rows(task), strict=True)
        ],
    }
    whole = {text(task.overrides, "cpu"), text(task.overrides, "memory")} != {None}
    if definition.task_cpu or (whole and text(task.overrides, "cpu")):
        answer["cpu"] = task.needs.cpu / UNITS
    if definition.task_memory or (whole and text(task.overrides, "memory")):
        answer["memory"] = task.needs.memory
    for key in ("pidMode", "ipcMode"):
        if key in definition.wire:
            answer[key] = definition.wire[key]
    if task.service is not None:
        answer["serviceName"] = task.service
    return answer


def _rows(task: Task) -> list[Answer]:
    """The container definitions with the task's overrides filled in."""
    changed = {text(row, "name"): row for row in parts(task.overrides, "containerOverrides")}
    return [
        _overridden(row, changed.get(text(row, "name"), {}))
        for row in parts(task.definition.wire, "containerDefinitions")
    ]


def _overridden(row: Params, override: Params) -> Answer:
    found = dict(row) | {key: override[key] for key in OVERRIDDEN if override.get(key) is not None}
    found["environment"] = dict(pairs(row, "environment")) | dict(pairs(override, "environment"))
    return found


def _container(container: Container, row: Params, definition: Definition) -> Answer:
    answer: Answer = {
        "name": container.definition.name,
        "containerArn": container.arn,
        "image": container.definition.image,
        "essential": container.definition.essential,
        "cpu": number(row, "cpu") or 0,
        "memory": number(row, "memory") or 0,
        "environment": row["environment"],
        "overrides": "{}",
        "dockerConfig": docker_config(row, definition.network_mode, definition.wire),
    }
    answer.update({key: row[key] for key in AS_IT_IS if row.get(key)})
    ports = parts(row, "portMappings")
    if ports:
        answer["portMappings"] = [{key: port[key] for key in PORT if key in port} for port in ports]
    if row.get("healthCheck"):
        answer["healthCheckType"] = "docker"
    secrets = parts(row, "secrets")
    if secrets:
        answer["secrets"] = [_secret(secret) for secret in secrets]
    return answer


def _secret(secret: Params) -> Answer:
    source = text(secret, "valueFrom") or ""
    return {
        "name": text(secret, "name"),
        "valueFrom": source,
        "type": "ENVIRONMENT_VARIABLE",
        "provider": "asm" if ":secretsmanager:" in source else "ssm",
    }


def _volume(row: Params) -> Answer:
    if row.get("dockerVolumeConfiguration"):
        made = part(row, "dockerVolumeConfiguration")
        return {"name": text(row, "name"), "type": "docker", "dockerVolumeConfiguration": made}
    if row.get("efsVolumeConfiguration"):
        far = part(row, "efsVolumeConfiguration")
        return {"name": text(row, "name"), "type": "efs", "efsVolumeConfiguration": far}
    return {"name": text(row, "name"), "type": "host", "host": part(row, "host")}
