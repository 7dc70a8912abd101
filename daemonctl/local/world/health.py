"""Container health checks: what they say on the host, and what ECS hears of it.

"The health check status is the "last heard from" response from the Amazon ECS agent": while the
agent is disconnected ECS keeps what it knew, and learns the rest when the agent is back. The API
shows health; events carry none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from daemonctl.local.world.agenda import happening
from daemonctl.local.world.errors import invalid
from daemonctl.local.world.task import RUNNING

if TYPE_CHECKING:
    from daemonctl.local.world.behaviour import Behaviour
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.task import Container, Task

STATUSES = ("HEALTHY", "UNHEALTHY", "UNKNOWN")


def begin(core: Core, task: Task, container: Container, manner: Behaviour, now: float) -> None:
    """A container runs from now on: nothing is known of it, and its checks are planned."""
    check = container.definition.health_check
    container.real_health, container.health_is_set = "UNKNOWN", False
    _hear(core, task, container, now)
    if check is None:
        return
    fails = manner.unhealthy_after == "CHECK"
    good = None if fails else manner.healthy_after
    for after, at_check, health in (
        (good, check.interval, "HEALTHY"),
        (manner.unhealthy_after, check.unhealthy_after, "UNHEALTHY"),
    ):
        if after is not None:
            due = now + (at_check if after == "CHECK" else after)
            core.agenda.at(due, turn, core, task, container, health, now)


@happening
def turn(  # noqa: PLR0917  one happening with its facts
    now: float, core: Core, task: Task, container: Container, health: str, since: float
) -> None:
    """A planned check comes out so, if the container still runs since then."""
    if task.on_host == RUNNING and container.started_at == since and not container.health_is_set:
        container.real_health = health
        _hear(core, task, container, now)


def set_by_hand(core: Core, task: Task, health: str, name: str | None, now: float) -> None:
    """From now on the checks of a running container come out so, until it starts anew.

    Args:
        core: Where the task is.
        task: Whose container.
        health: HEALTHY, UNHEALTHY or UNKNOWN.
        name: Which container; None: every one that has a health check.
        now: Epoch seconds.

    Raises:
        WorldError: there is no such container, it has no health check, or nothing of it runs.
    """
    if health not in STATUSES:
        raise invalid(f"Health is one of {', '.join(STATUSES)}, not {health!r}.")
    found = [row for row in task.containers if name in {None, row.definition.name}]
    if not found:
        raise invalid(f"{task.arn} has no container {name!r}.")
    checked = [row for row in found if row.definition.health_check is not None]
    if not checked:
        raise invalid(f"No health check is defined for {task.definition.family}.")
    running = [row for row in checked if row.started_at is not None]
    if task.on_host != RUNNING or not running:
        raise invalid(f"No container of {task.arn} is running.")
    for container in running:
        container.real_health, container.health_is_set = health, True
        _hear(core, task, container, now)


def hear_from_agent(core: Core, task: Task, rows: Mapping[str, str], now: float) -> None:
    """A real agent publishes the health of a task's containers, by their names."""
    for container in task.containers:
        status = rows.get(container.definition.name)
        if status is not None:
            container.real_health = status
            _hear(core, task, container, now)


def catch_up(core: Core, task: Task, now: float) -> None:
    """The agent is back: "until the agent reconnects and another health check occurs"."""
    for container in task.containers:
        _hear(core, task, container, now)


def _hear(core: Core, task: Task, container: Container, now: float) -> None:
    if not task.instance.connected or container.health == container.real_health:
        return
    container.health = container.real_health
    core.scheduler.task_ran(task, now)
