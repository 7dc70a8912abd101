"""What our stops have taken from a slot, read from its tasks: so it outlives the process."""

from __future__ import annotations

from collections.abc import Iterable

from daemonctl.model.cluster import Task
from daemonctl.model.reason import Code
from daemonctl.model.spec import DaemonSpec
from daemonctl.planning.backoff import OURS

_NOTHING_TAKEN = (Code.DUPLICATE, Code.MISPLACED, Code.DRAINING, Code.UNUSED, Code.ORPHAN)
_WAS_BROKEN = (Code.UNHEALTHY, Code.UNREADY)
"""Stops of what was not ready: they only take until it is seen what the next task does."""


def lost_by_us(own: Iterable[Task], spec: DaemonSpec, *, fails: bool) -> bool:
    """Whether the last of a daemon's tasks here ended by our wish, and none took its place since.

    A task that ended by itself took its place only where it had been ready and had run for
    ``resetAfterSeconds``: a revision that dies after a minute is no repair. ``fails``: the task
    that is there now is known not to become ready.
    """
    ended = sorted((t for t in own if not t.live), key=lambda t: (born(t), t.arn), reverse=True)
    enough = max(spec.min_ready_seconds, spec.restart.reset_after_seconds)
    for task in ended:
        code = our_code(task)
        if code in _WAS_BROKEN:
            if not fails:
                return True
        elif code in _NOTHING_TAKEN:
            continue
        elif code:
            return True
        elif task.started_at is not None and task.stopped_at is not None:
            if task.stopped_at - task.started_at >= enough:
                return False
            fails = True
        else:
            fails = True
    return False


def our_code(task: Task) -> str:
    """The code with which daemonctl stopped the task, "" where it did not."""
    if not task.stopped_reason.startswith(f"{OURS} "):
        return ""
    return task.stopped_reason.removeprefix(f"{OURS} ").partition(":")[0]


def born(task: Task) -> float:
    """When it was created, or the best that is known of it."""
    return task.created_at if task.created_at is not None else task.first_seen
