"""Series of failures: when they begin, how long they make the next start wait, when they end."""

from __future__ import annotations

from collections.abc import Sequence

from daemonctl.model.cluster import Task
from daemonctl.model.memory import Failure
from daemonctl.model.reason import Code
from daemonctl.model.spec import Restart

OURS = "daemonctl:"
"""How the reason of a stop by daemonctl begins."""

REPLACED = f"{OURS} {Code.UNHEALTHY}:"
"""How it begins where the task was unhealthy: that counts as a failure of the daemon."""

_NO_CRASH = (
    "UserInitiated",
    "ServiceSchedulerInitiated",
    "SpotInterruption",
    "TerminationNotice",
    "InfrastructureHealth",
)
"""Stop codes that tell of somebody's wish or of the host, not of the daemon (ECS API: stopCode)."""


def delay(streak: int, restart: Restart) -> float:
    """Seconds to wait after the n-th failure in a row: the base, doubled each time, capped."""
    doublings = min(streak - 1, 62)  # beyond that the cap has long been reached
    return float(min(restart.max_seconds, restart.base_seconds * 2**doublings))


def crashed(task: Task) -> bool:
    """Whether a stopped task's end counts as a failure of the daemon.

    An exit with code 0 counts too: a daemon is not meant to end. Without a stop code only an exit
    code other than 0 tells.
    """
    if task.stopped_reason.startswith(REPLACED):
        return True
    if task.stop_code in _NO_CRASH or task.stopped_reason.startswith(OURS):
        return False
    return bool(task.stop_code) or any(c.exit_code for c in task.containers)


def evidence(task: Task) -> str:
    """What ECS says of a task's end: the container, its exit code, its reason, each once.

    Where a container could not be started its reason is the task's as well.
    """
    told = [
        f"container {c.name}"
        + (f" exited with code {c.exit_code}" if c.exit_code is not None else "")
        + (f": {c.reason}" if c.reason else "")
        for c in task.containers
        if c.exit_code or c.reason
    ]
    if task.stopped_reason and task.stopped_reason not in {c.reason for c in task.containers}:
        told.append(task.stopped_reason)
    return "; ".join(told) or "stopped"


def extend(series: Failure | None, task: Task, restart: Restart, now: float) -> Failure:
    """The series after one more crash. The first death after a stable run is repaired at once.

    ECS may tell of an older crash after a newer one: that never shortens a wait. After a stop for
    being unhealthy the next start does not wait: the next such stop does.
    """
    ended = min(now, task.stopped_at) if task.stopped_at is not None else now
    stable = task.started_at is not None and ended - task.started_at >= restart.reset_after_seconds
    streak = 1 if stable or series is None else series.streak + 1
    at_once = stable or task.stopped_reason.startswith(REPLACED)
    wait = 0.0 if at_once else delay(streak, restart)
    code = task.stop_code or "Stopped"
    until = ended + wait if series is None else max(series.until, ended + wait)
    return Failure(streak, at=ended, until=until, code=code, words=evidence(task))


def refused(
    series: Failure | None, restart: Restart, *, code: str, words: str, now: float, misfit: bool
) -> Failure:
    """The series after a start that ECS refused.

    A refusal for resources that our own prediction missed too waits for the prediction to change
    (or for the next probe), not for time.
    """
    streak = series.streak + 1 if series is not None else 1
    wait = 0.0 if misfit else delay(streak, restart)
    return Failure(streak, at=now, until=now + wait, code=code, words=words, misfit=misfit)


def fold(
    series: Failure | None,
    counted: Sequence[str],
    stopped: Sequence[Task],
    restart: Restart,
    now: float,
) -> Failure | None:
    """The series with every crash among ``stopped`` that was not counted yet, oldest first."""
    fresh = [task for task in stopped if task.arn not in counted and crashed(task)]
    for task in sorted(fresh, key=lambda t: (t.stopped_at or now, t.arn)):
        series = extend(series, task, restart, now)
    return series
