"""How far a task is: on its way, ready, not ready with the evidence, or unknown."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from daemonctl.model.cluster import Health, Task
from daemonctl.model.spec import DependsOn


class Ready(StrEnum):
    """The four values of readiness. SETTLING and UNKNOWN never stand for one of the others."""

    READY = "READY"
    NOT_READY = "NOT_READY"
    SETTLING = "SETTLING"
    UNKNOWN = "UNKNOWN"


class Readiness(Struct, frozen=True):
    """A value, its evidence, and when time alone may change it (epoch seconds)."""

    value: Ready
    words: str = ""
    until: float | None = None
    running: bool = False  # RUNNING, and HEALTHY where there is a health check
    by_ecs: bool = False  # UNKNOWN only for what Consul cannot tell: starts go by ECS then


READY = Readiness(Ready.READY, running=True)
LOST = Readiness(Ready.UNKNOWN, "its agent is disconnected: what ECS tells of it is old")


def readiness(
    task: Task, *, has_health_check: bool, min_ready: float, start_timeout: float, now: float
) -> Readiness:
    """How far a live task is. Durations in seconds; ages count from ECS's own times."""
    if task.last_status != "RUNNING":
        return _pending(task, start_timeout, now)
    if not task.connected:
        return LOST
    if has_health_check and task.health is not Health.HEALTHY:
        return _unhealthy(task, start_timeout, now)
    until = task.running_since + min_ready
    if now < until:
        words = f"RUNNING, counts as ready after minReadySeconds ({min_ready:g} s)"
        return Readiness(Ready.SETTLING, words, until, running=True)
    return READY


def at_work(task: Task, start_timeout: float, now: float) -> Readiness:
    """How far a live task of a daemon that runs once is. It is never ready: it has to end.

    One that runs for very long is left to run, but nobody else waits for it.
    """
    if task.last_status != "RUNNING":
        return _pending(task, start_timeout, now)
    if not task.connected:
        return LOST
    until = task.running_since + start_timeout
    if now >= until:
        words = f"RUNNING for longer than startTimeoutSeconds ({start_timeout:g} s), not ended yet"
        return Readiness(Ready.NOT_READY, words, running=True)
    words = "RUNNING, counts once it has ended with exit code 0"
    return Readiness(Ready.SETTLING, words, until, running=True)


def _pending(task: Task, start_timeout: float, now: float) -> Readiness:
    since = task.created_at if task.created_at is not None else task.first_seen
    if now < since + start_timeout:
        return Readiness(Ready.SETTLING, f"{task.last_status}, starting", since + start_timeout)
    words = f"{task.last_status} for longer than startTimeoutSeconds ({start_timeout:g} s)"
    return Readiness(Ready.NOT_READY, words)


def _unhealthy(task: Task, start_timeout: float, now: float) -> Readiness:
    if task.health is Health.UNHEALTHY:
        sick = [c.name for c in task.containers if c.health is Health.UNHEALTHY]
        return Readiness(Ready.NOT_READY, f"container {', '.join(sick) or '?'} is UNHEALTHY")
    until = task.running_since + start_timeout
    if now < until:
        return Readiness(Ready.SETTLING, "RUNNING, its health check has not passed yet", until)
    return Readiness(Ready.UNKNOWN, "RUNNING, but ECS tells no result of its health check")


def asked(condition: DependsOn) -> str:
    """What a dependent waits for, in words."""
    return "to have run" if condition is DependsOn.SUCCESS else f"to be {condition}"


def holds(condition: DependsOn, task: Task, state: Readiness) -> bool:
    """Whether a dependency's task has reached what a ``dependsOn`` asks for."""
    if condition is DependsOn.START:
        return task.last_status == "RUNNING"
    if state.by_ecs:
        return True
    if condition is DependsOn.HEALTHY:
        return state.running and state.value is not Ready.UNKNOWN
    return state.value is Ready.READY
