"""UpdateTaskProtection and GetTaskProtection: tasks of services that a scale-in must spare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world.deployments import is_protected
from daemonctl.local.world.errors import invalid
from daemonctl.local.world.fields import Answer, Params, flag, number, texts

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.task import Task

MINUTE = 60.0
DEFAULT_MINUTES, MOST_MINUTES = 120, 2880
MOST_TASKS = 10


def update(core: Core, params: Params, now: float) -> Answer:
    """UpdateTaskProtection: for 2 hours unless told otherwise."""
    minutes = number(params, "expiresInMinutes") or DEFAULT_MINUTES
    if not 1 <= minutes <= MOST_MINUTES:
        raise invalid("expiresInMinutes must be between 1 and 2880.")
    if not texts(params, "tasks"):
        raise invalid("Tasks cannot be empty.")
    until = now + minutes * MINUTE if flag(params, "protectionEnabled") else None
    found, failures = _named(core, params)
    for task in found:
        task.protected_until = until
    return _answer(found, failures, now)


def get(core: Core, params: Params, now: float) -> Answer:
    """GetTaskProtection."""
    found, failures = _named(core, params)
    return _answer(found, failures, now)


def _named(core: Core, params: Params) -> tuple[list[Task], list[Answer]]:
    cluster = core.cluster_of(params)
    names = texts(params, "tasks")
    if len(names) > MOST_TASKS:
        raise invalid("Tasks can have at most 10 items.")
    found: list[Task] = []
    failures: list[Answer] = []
    for arn in dict.fromkeys(core.names.full("task", cluster.name, name) for name in names):
        task = cluster.tasks.get(arn)
        if task is None:
            failures.append({"arn": arn, "reason": "MISSING"})
        elif task.service is None or not task.counts:
            failures.append({"arn": arn, "reason": "TASK_NOT_VALID"})
        else:
            found.append(task)
    return found, failures


def _answer(found: list[Task], failures: list[Answer], now: float) -> Answer:
    rows: list[Answer] = []
    for task in found:
        row: Answer = {"taskArn": task.arn, "protectionEnabled": is_protected(task, now)}
        if is_protected(task, now):
            row["expirationDate"] = task.protected_until
        rows.append(row)
    return {"protectedTasks": rows, "failures": failures}
