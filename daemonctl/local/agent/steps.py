"""What is to be done for a task next: pure, from what is known and wanted.

A step that is under way is in ``task.busy``; no second one begins for that container meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

from daemonctl.local.agent.order import Never, may_begin, may_end
from daemonctl.local.agent.record import CREATED, NONE, PULLED, RUNNING, STOPPED, Task

PULL, CREATE, START, STOP, ABANDON = "PULL", "CREATE", "START", "STOP", "ABANDON"

ESSENTIAL_EXITED = "Essential container in task exited"

DEFAULT_STOP_SECONDS = 30
"""SIGKILL comes so long after SIGTERM (ECS_CONTAINER_STOP_TIMEOUT)."""

_NEXT = {NONE: PULL, PULLED: CREATE, CREATED: START}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do for one container; ABANDON ends a pull that is under way.

    Attributes:
        seconds: For a STOP, from SIGTERM to SIGKILL.
    """

    kind: str
    container: str
    seconds: int = 0


def settle(task: Task, now: float) -> tuple[list[Step], float | None]:
    """Draw the conclusions that need nobody, and say what to do next.

    Containers that will not begin any more become STOPPED; the task's desired status becomes
    STOPPED once an essential one is.

    Returns:
        The steps, and when to look again if nothing happens (epoch seconds; None: never).
    """
    record = task.record
    wake: float | None = None
    if record.desired == RUNNING:
        wake = _give_up(task, now)
    if record.desired == RUNNING and _is_over(task):
        record.desired, record.reason = STOPPED, _reason(task)
    if record.desired == STOPPED:
        steps = _towards_the_end(task)
        wake = None
    else:
        steps = _towards_running(task, now) if record.admitted else []
    record.ran = record.ran or _has_run(task)
    _note_end(task, now)
    return steps, wake


def _give_up(task: Task, now: float) -> float | None:
    """Containers whose dependencies can never hold are STOPPED; says when to look again."""
    wakes: list[float] = []
    changed = True
    while changed:
        changed, wakes = False, []
        for row in task.record.containers:
            if row.status not in _NEXT or row.name in task.busy:
                continue
            answer = may_begin(task, row.name, now)
            if isinstance(answer, Never):
                row.status, row.reason, changed = STOPPED, answer.reason, True
            elif answer is not None and answer.until is not None:
                wakes.append(answer.until)
    return min(wakes, default=None)


def _has_run(task: Task) -> bool:
    """All its containers came up, some of them over again by now.

    One that is not essential may have failed to start.
    """
    rows = task.record.containers
    return (
        all(row.status in {RUNNING, STOPPED} for row in rows)
        and any(row.started_at is not None for row in rows)
        and all(row.started_at is not None for row in rows if task.spec(row.name).essential)
    )


def _is_over(task: Task) -> bool:
    """An essential container has ended, or all have."""
    rows = task.record.containers
    return any(row.status == STOPPED and task.spec(row.name).essential for row in rows) or all(
        row.status == STOPPED for row in rows
    )


def _reason(task: Task) -> str:
    """Why the task ends: what kept a container from starting, else that one exited."""
    for row in task.record.containers:
        if row.status == STOPPED and row.started_at is None and row.reason:
            return row.reason
    return ESSENTIAL_EXITED


def _towards_running(task: Task, now: float) -> list[Step]:
    return [
        Step(_NEXT[row.status], row.name)
        for row in task.record.containers
        if row.status in _NEXT and row.name not in task.busy
        if may_begin(task, row.name, now) is None
    ]


def _towards_the_end(task: Task) -> list[Step]:
    steps: list[Step] = []
    for row in task.record.containers:
        under_way = task.busy.get(row.name)
        if under_way == PULL:
            steps.append(Step(ABANDON, row.name))
        elif under_way is not None:
            continue
        elif row.status in _NEXT:
            row.status = STOPPED
        elif row.status == RUNNING and may_end(task, row.name):
            patience = task.spec(row.name).stop_timeout
            seconds = DEFAULT_STOP_SECONDS if patience is None else patience
            steps.append(Step(STOP, row.name, seconds))
    return steps


def _note_end(task: Task, now: float) -> None:
    record = task.record
    ends = record.desired == STOPPED and record.ran and record.execution_stopped_at is None
    if ends and any(row.status == STOPPED for row in record.containers):
        record.execution_stopped_at = now
    if task.status == STOPPED and record.stopped_at is None:
        record.stopped_at = now
