"""In which order the containers of a task begin and end: dependsOn, links and volumesFrom.

Source: amazon-ecs-agent's ``dependencygraph``; the conditions are those of ``dependsOn``: START
"running or has run", COMPLETE "has exited", SUCCESS "exited with a zero status", HEALTHY "passed
its container health check".
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from daemonctl.local.agent.payload import ContainerPayload, TaskPayload
from daemonctl.local.agent.record import CREATED, RUNNING, STOPPED, Task


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet; ``until`` is when it becomes never (epoch seconds), None: nobody knows."""

    until: float | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """It cannot come to pass any more; ``reason`` is the agent's words."""

    reason: str


Answer = Wait | Never | None
"""None: go on."""


def needs_of(spec: ContainerPayload) -> tuple[tuple[str, str], ...]:
    """What a container waits for before it begins: names and conditions."""
    given = tuple((row.container_name, row.condition) for row in spec.depends_on)
    linked = tuple((link.split(":", 1)[0], "START") for link in spec.links)
    mounted = tuple((row.source_container, "CREATE") for row in spec.volumes_from)
    return given + linked + mounted


def is_circular(payload: TaskPayload) -> bool:
    """Say whether containers wait for each other, so that none of them can ever begin."""
    names = {row.name for row in payload.containers}
    graph = {
        row.name: [other for other, _ in needs_of(row) if other in names]
        for row in payload.containers
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        return True
    return False


def may_begin(task: Task, name: str, now: float) -> Answer:
    """Say whether a container may be pulled, created and started now."""
    deadlines: list[float] = []
    waits = False
    for other, condition in needs_of(task.spec(name)):
        answer = _met(task, name, other, condition, now)
        if isinstance(answer, Never):
            return answer
        if isinstance(answer, Wait):
            waits = True
            deadlines += [] if answer.until is None else [answer.until]
    return Wait(min(deadlines, default=None)) if waits else None


def may_end(task: Task, name: str) -> bool:
    """Say whether a container may be stopped: what depends on it has to go first."""
    return not any(
        (row.status == RUNNING or row.name in task.busy)
        and any(other == name for other, _ in needs_of(task.spec(row.name)))
        for row in task.record.containers
        if row.name != name
    )


def _met(task: Task, name: str, other: str, condition: str, now: float) -> Answer:
    if other not in task.specs:
        return Never(f"{_words(other, name)} as there is no such container")
    row, spec = task.container(other), task.spec(other)
    began = row.started_at is not None
    if (began or condition == "CREATE") and _holds(
        row.status, row.exit_code, row.health, condition
    ):
        return None
    if row.status == STOPPED:
        end = f"exited with {row.exit_code}" if began else "did not start"
        return Never(f"{_words(other, name)} as the dependency {end}")
    if row.started_at is None or spec.start_timeout is None or condition == "CREATE":
        return Wait()
    deadline = row.started_at + spec.start_timeout
    if now >= deadline:
        return Never(
            f"dependency graph: container ordering dependency [{other}] for target [{name}] "
            f"has timed out after {spec.start_timeout} s"
        )
    return Wait(deadline)


def _holds(status: str, exit_code: int | None, health: str, condition: str) -> bool:
    if condition == "CREATE":
        return status in {CREATED, RUNNING, STOPPED}
    if condition == "COMPLETE":
        return status == STOPPED
    if condition == "SUCCESS":
        return status == STOPPED and exit_code == 0
    if condition == "HEALTHY":
        return status == RUNNING and health == "HEALTHY"
    return True  # START: it did, or nobody would ask


def _words(other: str, name: str) -> str:
    return (
        f"dependency graph: failed to resolve the container ordering dependency [{other}] "
        f"for target [{name}]"
    )
