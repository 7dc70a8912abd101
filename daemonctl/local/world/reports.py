"""What an agent reports of its host, and how ECS books it: at once, or when the agent is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world import ledger
from daemonctl.local.world.events import tell_task

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.task import Task


def report(core: Core, task: Task, what: str, at: float) -> None:
    """Tell ECS, now or when the agent is back."""
    if task.instance.connected:
        apply_report(core, task, what, at, at)
    else:
        task.instance.unreported.append((task, what, at))


def apply_report(core: Core, task: Task, what: str, at: float, now: float) -> None:
    """ECS books what the agent reports: RUNNING, STOPPING, CONTAINER or STOPPED."""
    if task.last_status == "STOPPED":
        return
    if what == "RUNNING":
        ledger.mark_running(core, task, at, now)
    elif what == "STOPPED":
        code, words = task_end(task)
        ledger.mark_stopped(core, task, code, words, at, now)
    else:
        if what == "STOPPING" and task.last_status != "PENDING":
            task.last_status = "STOPPING"
        tell_task(core, task, now)


def task_end(task: Task) -> tuple[str, str]:
    """StopCode and stoppedReason of a task that ended by itself."""
    if task.started_at is None:
        return "TaskFailedToStart", "Task failed to start"
    return "EssentialContainerExited", "Essential container in task exited"
