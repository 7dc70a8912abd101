"""The ECS agent of a host: it gets orders, and catches up after it was away.

While it is disconnected orders wait and reports pile up; the containers run on all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world import containers, health, outbox, reports
from daemonctl.local.world.agenda import happening
from daemonctl.local.world.task import ENDED, QUEUED, RUNNING, STARTING, STOPPING, WAITING

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.task import Task


def send_order(core: Core, task: Task, now: float) -> None:
    """ECS sends the agent a new task or a stop; it arrives a moment later, in the order sent."""
    instance = task.instance
    if instance.agent is not None:
        outbox.post(core, instance.agent, task, now)
        return
    due = max(now + core.draw(core.switches.order_seconds), instance.last_order_due)
    instance.last_order_due = due
    core.agenda.at(due, order_arrives, core, task)


@happening
def order_arrives(now: float, core: Core, task: Task) -> None:
    """The agent learns what is wanted of a task; lost or late where nobody listens."""
    if not task.instance.connected or task.instance.host.state != "running":
        return
    if task.desired_status == "STOPPED":
        _obey_stop(core, task, now)
    elif task.on_host == WAITING:
        task.on_host = QUEUED
        task.instance.host.queue.append(task)
        containers.work_on(core, task.instance.host, now)


def catch_up(core: Core, instance: Instance, now: float) -> None:
    """The agent is back: it reports what piled up and gets the orders that waited.

    An agent of its own does that by itself, in its own time.
    """
    if instance.agent is not None:
        return
    waiting, instance.unreported = instance.unreported, []
    for task, what, at in waiting:
        reports.apply_report(core, task, what, at, now)
    for task in list(instance.tasks.values()):
        if task.on_host == ENDED:
            reports.apply_report(core, task, "STOPPED", now, now)
        else:
            health.catch_up(core, task, now)
            order_arrives(now, core, task)


def _obey_stop(core: Core, task: Task, now: float) -> None:
    if task.on_host in {WAITING, QUEUED}:
        if task.on_host == QUEUED:
            task.instance.host.queue.remove(task)
        containers.end(core, task, now)
    elif task.on_host in {STARTING, RUNNING}:
        if core.switches.intermediate_statuses and task.on_host == RUNNING:
            reports.report(core, task, "STOPPING", now)
        task.on_host = STOPPING
        containers.terminate(core, task, now)
