"""What the control plane is told of tasks: pure, from what is known and what it acknowledged.

As ECS sees it a task is PENDING until it was RUNNING; one that ran and ended between two reports
is reported as both, in this order, or ECS would take it for one that never started.
"""

from __future__ import annotations

from dataclasses import dataclass

from daemonctl.local.agent.payload import Json
from daemonctl.local.agent.record import RUNNING, STOPPED, ContainerRecord, Task

LONGEST_REASON = 1024
"""Of a container's reason; what ECS shows is no longer."""

PENDING = "PENDING"


@dataclass(frozen=True, slots=True)
class Report:
    """One SubmitTaskStateChange, and what is acknowledged by its acceptance."""

    params: Json
    status: str
    containers: dict[str, str]


def next_report(task: Task, cluster: str) -> Report | None:
    """Build what is to be told next of a task; None: the control plane knows all."""
    record = task.record
    if record.refused or record.submitted == STOPPED:
        return None
    if record.ran and record.submitted == "":
        return _report(task, cluster, RUNNING)
    if task.status == STOPPED:
        return _report(task, cluster, STOPPED)
    if record.submitted == RUNNING and _marks(task) != record.submitted_containers:
        return _report(task, cluster, RUNNING)
    return None


def accepted(task: Task, report: Report) -> None:
    """The control plane has acknowledged it."""
    task.record.submitted = report.status
    task.record.submitted_containers = report.containers


def _report(task: Task, cluster: str, status: str) -> Report:
    record = task.record
    late = status == RUNNING and task.status == STOPPED
    params: Json = {
        "cluster": cluster,
        "task": task.arn,
        "status": status,
        "containers": [_container(row, late) for row in record.containers],
    }
    if status == STOPPED and record.reason is not None:
        params["reason"] = record.reason[:LONGEST_REASON]
    for name, at in (
        ("pullStartedAt", record.pull_started_at),
        ("pullStoppedAt", record.pull_stopped_at),
        ("executionStoppedAt", record.execution_stopped_at if status == STOPPED else None),
    ):
        if at is not None:
            params[name] = round(at, 3)
    return Report(params, status, {} if late else _marks(task))


def _marks(task: Task) -> dict[str, str]:
    """What changes of containers ECS is told while their task runs on."""
    return {
        row.name: f"{row.status if row.status == STOPPED else RUNNING} {row.restarts}"
        for row in task.record.containers
    }


def _container(row: ContainerRecord, late: bool) -> Json:  # noqa: FBT001  one fact of its report
    """One container; ``late``: as it was when its task began to run."""
    ended = row.status == STOPPED and not late
    found: Json = {
        "containerName": row.name,
        "status": STOPPED if ended else RUNNING if row.started_at is not None else PENDING,
    }
    if row.docker_id is not None:
        found["runtimeId"] = row.docker_id
    if ended and row.exit_code is not None:
        found["exitCode"] = row.exit_code
    if ended and row.reason is not None:
        found["reason"] = row.reason[:LONGEST_REASON]
    if row.bindings:
        found["networkBindings"] = [
            {
                "bindIP": port.bind_ip,
                "containerPort": port.container_port,
                "hostPort": port.host_port,
                "protocol": port.protocol,
            }
            for port in row.bindings
        ]
    return found
