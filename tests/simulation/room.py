"""Whether a task of a service may give way to a daemon, by the world's truth."""

from __future__ import annotations

from fnmatch import fnmatchcase

from daemonctl.local.world.deployments import is_protected
from daemonctl.local.world.task import Task
from tests.simulation.departure import not_let_go
from tests.simulation.life import Call
from tests.simulation.truth import Truth


def foreign(truth: Truth, call: Call, task: Task, now: float) -> str:
    """Why a stop of a task that is none of ours is wrong, "" where it makes room as it may."""
    if call.reason.startswith("daemonctl: ROOM:"):
        return _unfair(truth, task, now)
    if truth.whose.orphan(task):
        return not_let_go(truth, call, task, now)
    return f"stop of {call.task}, group {task.group}, startedBy {task.started_by}"


def _unfair(truth: Truth, task: Task, now: float) -> str:
    """Why it may not stop, "" where it may."""
    name = task.group.removeprefix("service:")
    patterns = [text for daemon in truth.daemons.values() for text in daemon.make_room]
    if not any(fnmatchcase(name, pattern) for pattern in patterns):
        return f"stop of {task.arn}, group {task.group}, startedBy {task.started_by}"
    if is_protected(task, now):
        return f"{task.arn} of {name} is protected"
    service = truth.cluster.services[name]
    running = sum(t.counts and t.last_status == "RUNNING" for t in service.tasks)
    wanted = service.desired_count
    least = service.settings["deploymentConfiguration"]["minimumHealthyPercent"]
    if (running - 1) * 100 < wanted * least:
        return f"{name} would have {running - 1} of {wanted}, minimumHealthyPercent {least}"
    return ""
