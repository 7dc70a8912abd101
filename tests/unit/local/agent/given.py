"""Payloads and tasks to start from."""

from __future__ import annotations

import json
from typing import Any

from daemonctl.local.agent.record import RUNNING, STOPPED, Task, new_task

Wire = dict[str, Any]
NOW = 1_000_000.0


def arn(number: int) -> str:
    return f"arn:aws:ecs:us-east-1:123456789012:task/local/{number:032x}"


def container(name: str = "main", **fields: Any) -> Wire:
    return {
        "name": name,
        "image": "busybox",
        "essential": True,
        "cpu": 0,
        "memory": 0,
        "environment": {},
        "overrides": "{}",
        "dockerConfig": {"config": "{}", "hostConfig": "{}"},
    } | fields


def payload(number: int = 1, *containers: Wire, **fields: Any) -> Wire:
    return {
        "arn": arn(number),
        "family": "web",
        "version": "3",
        "desiredStatus": "RUNNING",
        "overrides": "{}",
        "networkMode": "bridge",
        "volumes": [],
        "containers": list(containers) or [container()],
    } | fields


def port(container_port: int, host_port: int = 0, protocol: str = "tcp") -> Wire:
    return {"containerPort": container_port, "hostPort": host_port, "protocol": protocol}


def needs(name: str, condition: str) -> Wire:
    return {"containerName": name, "condition": condition}


def host_config(**fields: Any) -> Wire:
    return {"config": "{}", "hostConfig": json.dumps(fields)}


def task(raw: Wire | None = None, *, admitted: bool = True) -> Task:
    found = payload() if raw is None else raw
    made = new_task(found, 0, [f"{n:020x}" for n, _ in enumerate(found["containers"])])
    made.record.admitted = admitted
    return made


def run(task: Task, name: str = "main") -> None:
    """Let a container run."""
    row = task.container(name)
    row.status, row.started_at, row.docker_id = RUNNING, NOW, "a" * 64


def end(task: Task, name: str = "main", exit_code: int | None = 0) -> None:
    """Let a container that ran have ended."""
    run(task, name)
    row = task.container(name)
    row.status, row.exit_code = STOPPED, exit_code
