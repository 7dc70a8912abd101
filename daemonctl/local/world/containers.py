"""What a host does with its tasks: its queue, and containers that behave as their family does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world import health, reports
from daemonctl.local.world.agenda import happening
from daemonctl.local.world.task import ENDED, RUNNING, STARTING, STOPPING

if TYPE_CHECKING:
    from daemonctl.local.world.behaviour import Behaviour
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Host
    from daemonctl.local.world.task import Container, Task

FIRST_DYNAMIC_PORT = 32_768
LAST_DYNAMIC_PORT = 60_999
KILLED = 137


def work_on(core: Core, host: Host, now: float) -> None:
    """Begin the tasks at the head of the queue for which the host really has room.

    First in, first out: one that has to wait for room holds up all behind it.
    """
    while host.queue and host.free.lack(host.queue[0].needs) is None:
        task = host.queue.popleft()
        host.free.take(task.needs)
        host.running[task.arn] = task
        task.on_host = STARTING
        task.pull_started_at = now
        _begin(core, task, now)


def end(core: Core, task: Task, now: float) -> None:
    """The task's containers are gone from the host: its room is free for the next in the queue."""
    host = task.instance.host
    if host.running.pop(task.arn, None) is not None:
        host.free.give(task.needs)
    task.on_host = ENDED
    reports.report(core, task, "STOPPED", now)
    work_on(core, host, now)


def _begin(core: Core, task: Task, now: float) -> None:
    """Pull and create; then they run, or the pull fails, or nothing ever happens."""
    manner = _manner(core, task)
    if manner.never_start:
        return
    due = now + core.draw(manner.start_seconds)
    core.agenda.at(due, _run if manner.pull_failure is None else _pull_fails, core, task)


def terminate(core: Core, task: Task, now: float) -> None:
    """SIGTERM; SIGKILL after the stop timeout, by default 30 s."""
    manner = _manner(core, task)
    needed = core.draw(manner.stop_seconds)
    given = [c.definition.stop_timeout for c in task.containers if c.definition.stop_timeout]
    patience = max(given, default=core.switches.stop_timeout_seconds)
    code = KILLED if needed > patience else manner.stop_exit_code
    core.agenda.at(now + min(needed, patience), _gone, core, task, code)


def die(core: Core, task: Task, exit_code: int, now: float) -> bool:
    """A container of the task is killed on its host; False where nothing runs that could be."""
    if task.on_host == STARTING:
        end(core, task, now)
        return True
    if task.on_host not in {RUNNING, STOPPING}:
        return False
    _exit(core, task, _leading(core, task), exit_code, None, now)
    return True


@happening
def _run(now: float, core: Core, task: Task) -> None:
    if task.on_host != STARTING:
        return
    task.on_host = RUNNING
    task.pull_stopped_at = now
    for container in task.containers:
        container.runtime_id = core.names.fresh(64)
        _bind(core, container)
        _live(core, task, container, now)
    reports.report(core, task, "RUNNING", now)


def _live(core: Core, task: Task, container: Container, now: float) -> None:
    """Plan what becomes of one container that runs from now on."""
    manner = _manner(core, task)
    container.started_at = now
    health.begin(core, task, container, manner, now)
    if manner.exit_after is not None and container is _leading(core, task):
        core.agenda.at(now + manner.exit_after, _exits, core, task, container, now)


@happening
def _exits(now: float, core: Core, task: Task, container: Container, since: float) -> None:
    if task.on_host == RUNNING and container.started_at == since:
        manner = _manner(core, task)
        _exit(core, task, container, manner.exit_code, manner.reason, now)


def _exit(  # noqa: PLR0917  one happening with its facts
    core: Core, task: Task, container: Container, code: int, reason: str | None, now: float
) -> None:
    if _restarts(task, container, code, now):
        _live(core, task, container, now)
        return
    container.exit_code, container.reason, container.started_at = code, reason, None
    if container.definition.essential:
        for other in task.containers:
            if other.exit_code is None:
                other.exit_code = KILLED
        end(core, task, now)
    else:
        container.last_status = "STOPPED"
        reports.report(core, task, "CONTAINER", now)


def _restarts(task: Task, container: Container, code: int, now: float) -> bool:
    """restartPolicy: it ran for its period, its exit code counts, and no stop is under way."""
    period = container.definition.restart_period
    return (
        period is not None
        and task.on_host == RUNNING
        and code not in container.definition.ignored_exit_codes
        and container.started_at is not None
        and now - container.started_at >= period
    )


@happening
def _gone(now: float, core: Core, task: Task, code: int) -> None:
    if task.on_host != STOPPING:
        return
    for container in task.containers:
        if container.runtime_id is not None and container.exit_code is None:
            container.exit_code = code
    end(core, task, now)


@happening
def _pull_fails(now: float, core: Core, task: Task) -> None:
    if task.on_host != STARTING:
        return
    words = _manner(core, task).pull_failure or "image not found"
    task.pull_stopped_at = now
    _leading(core, task).reason = f"CannotPullContainerError: {words}"
    end(core, task, now)


def _bind(core: Core, container: Container) -> None:
    definition = container.definition
    for port in definition.tcp:
        container.host_ports[port, "tcp"] = port
    for port in definition.udp:
        container.host_ports[port, "udp"] = port
    span = LAST_DYNAMIC_PORT - FIRST_DYNAMIC_PORT
    for port in definition.dynamic:
        container.host_ports[port, "tcp"] = FIRST_DYNAMIC_PORT + int(core.dice() * span)


def _leading(core: Core, task: Task) -> Container:
    """The container that the behaviour speaks of: the named one, or the first essential one."""
    named = _manner(core, task).container
    for container in task.containers:
        if container.definition.name == named:
            return container
    return next(row for row in task.containers if row.definition.essential)


def _manner(core: Core, task: Task) -> Behaviour:
    return core.manners.of(task.definition.family, task.definition.revision, task.instance.arn)
