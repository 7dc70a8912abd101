"""What becomes of a container's record when the engine tells or refuses something: pure."""

from __future__ import annotations

from dataclasses import dataclass

from daemonctl.local.agent.payload import RUNNING as WANTED
from daemonctl.local.agent.record import (
    CREATED,
    NONE,
    PULLED,
    RUNNING,
    STOPPED,
    Binding,
    ContainerRecord,
    Task,
)
from daemonctl.local.agent.steps import CREATE, PULL, START, STOP

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
ERROR_NAMES = {
    PULL: "CannotPullContainerError",
    CREATE: "CannotCreateContainerError",
    START: "CannotStartContainerError",
    STOP: "CannotStopContainerError",
}
"""How ECS names a step that Docker refused (amazon-ecs-agent, ``apierrors``)."""

PASSIVE = {PULL: "pulled", CREATE: "created", START: "started", STOP: "stopped"}

HEALTH = {"healthy": "HEALTHY", "unhealthy": "UNHEALTHY"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A container as the engine shows it now.

    Attributes:
        status: Docker's word: created, running, paused, restarting, removing, exited or dead.
        started_at: When it last began to run, epoch seconds; None: never.
        health: Docker's word; None without a health check.
        ports: As published.
    """

    docker_id: str
    status: str
    exit_code: int = 0
    out_of_memory: bool = False
    started_at: float | None = None
    finished_at: float | None = None
    health: str | None = None
    ports: tuple[Binding, ...] = ()

    @property
    def runs(self) -> bool:
        return self.status in {"running", "paused", "restarting", "removing"}


def seen(task: Task, name: str, now_seen: Seen, now: float) -> None:
    """Take up what the engine shows of a container that belongs to the task."""
    row = task.container(name)
    if row.status == STOPPED:
        return
    row.docker_id = now_seen.docker_id
    if now_seen.runs:
        _runs(task, row, now_seen, now)
    elif now_seen.status == "created":
        if row.status in {NONE, PULLED}:
            row.status = CREATED
    # else one that failed to start, or its last end, seen before its policy started it anew
    elif row.status == RUNNING or row.started_at != now_seen.started_at:
        _ended(task, row, now_seen, now)


def vanished(task: Task, name: str, exit_code: int | None) -> None:
    """The engine has no such container any more."""
    row = task.container(name)
    if row.status in {CREATED, RUNNING}:
        row.status, row.exit_code = STOPPED, exit_code
        if exit_code is None:
            row.reason = "CannotInspectContainerError: Could not find container"


def done(task: Task, name: str, step: str, *, docker_id: str | None = None) -> None:
    """A step has succeeded; that a container runs is taken from what the engine shows."""
    row = task.container(name)
    if step == PULL and row.status == NONE:
        row.status = PULLED
    elif step == CREATE and row.status in {NONE, PULLED}:
        row.status, row.docker_id = CREATED, docker_id


def failed(task: Task, name: str, step: str, message: str) -> None:
    """Docker refused a step: the container will not run, in ECS's words."""
    row = task.container(name)
    if row.status != STOPPED:
        row.status, row.reason = STOPPED, f"{ERROR_NAMES[step]}: {message}"


def timed_out(task: Task, name: str, step: str, seconds: float) -> None:
    """Docker gave no answer to a step in time."""
    row = task.container(name)
    if row.status != STOPPED:
        row.status = STOPPED
        row.reason = (
            f"DockerTimeoutError: Could not transition to {PASSIVE[step]}; "
            f"timed out after waiting {_go_duration(seconds)}"
        )


def _runs(task: Task, row: ContainerRecord, now_seen: Seen, now: float) -> None:
    if row.status != RUNNING:
        row.status = RUNNING
        row.started_at = now_seen.started_at or now
    row.bindings = now_seen.ports or _host_ports(task, row.name)
    health = HEALTH.get(now_seen.health or "", "UNKNOWN")
    if health != row.health:
        row.health, row.health_since = health, now


def _ended(task: Task, row: ContainerRecord, now_seen: Seen, now: float) -> None:
    row.started_at = now_seen.started_at
    row.health, row.health_since = "UNKNOWN", now if row.health != "UNKNOWN" else row.health_since
    if _restarts(task, row, now_seen, now):
        row.status = CREATED
        row.restarts += 1
        return
    row.status, row.exit_code = STOPPED, now_seen.exit_code
    if now_seen.out_of_memory:
        row.reason = OUT_OF_MEMORY


def _restarts(task: Task, row: ContainerRecord, now_seen: Seen, now: float) -> bool:
    """restartPolicy: it ran for its period, its exit code counts, and no stop is wanted."""
    policy = task.spec(row.name).restart_policy
    return (
        policy.enabled
        and task.record.desired == WANTED
        and now_seen.exit_code not in policy.ignored_exit_codes
        and now_seen.started_at is not None
        and (now_seen.finished_at or now) - now_seen.started_at >= policy.restart_attempt_period
    )


def _host_ports(task: Task, name: str) -> tuple[Binding, ...]:
    """In host mode the engine publishes nothing: the ports are the container's own."""
    if task.payload.network_mode != "host":
        return ()
    return tuple(
        Binding(
            container_port=row.container_port,
            host_port=row.host_port or row.container_port,
            protocol=row.protocol,
        )
        for row in task.spec(name).port_mappings
    )


def _go_duration(seconds: float) -> str:
    """Write seconds as Go does, which is how the agent's messages read: 4m0s."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
