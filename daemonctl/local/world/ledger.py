"""What ECS itself books: a task placed, running, told to stop, stopped. No host in here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world.events import tell_instance, tell_task
from daemonctl.local.world.task import Container, Launch, Task

if TYPE_CHECKING:
    from daemonctl.local.world.cluster import Cluster
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Instance


def place(core: Core, instance: Instance, launch: Launch, now: float) -> Task:
    """Enter a new PENDING task; its resources are taken from now on."""
    cluster = core.clusters[instance.cluster]
    arn = core.names.arn("task", cluster.name, core.names.fresh())
    task = Task(
        arn=arn,
        cluster=cluster.name,
        cluster_arn=cluster.arn,
        definition=launch.definition,
        instance=instance,
        needs=launch.needs,
        group=launch.group,
        started_by=launch.started_by,
        overrides=launch.overrides,
        containers=[
            Container(core.names.arn("container", cluster.name, core.names.fresh()), container)
            for container in launch.definition.containers
        ],
        created_at=now,
        visible_at=now + core.draw(core.switches.listing_lag_seconds),
        number=core.count(),
        tags=dict(launch.tags),
        service=launch.service,
        deployment=launch.deployment,
        execute_command=launch.execute_command,
    )
    instance.remaining.take(task.needs)
    instance.tasks[arn] = task
    cluster.tasks[arn] = task
    cluster.shelve(task, task.number)
    _tally(cluster, task, 1)
    tell_task(core, task, now)
    tell_instance(core, instance, now)
    return task


def mark_running(core: Core, task: Task, at: float, now: float) -> None:
    """The agent reports that the containers run since ``at``."""
    if task.last_status != "PENDING":
        return
    cluster = core.clusters[task.cluster]
    counts = task.counts
    if counts:
        _tally(cluster, task, -1)
    task.last_status = "RUNNING"
    task.started_at = at
    for container in task.containers:
        if container.exit_code is None:
            container.last_status = "RUNNING"
    if counts:
        _tally(cluster, task, 1)
    tell_task(core, task, now)
    if counts:
        tell_instance(core, task.instance, now)
        core.scheduler.task_ran(task, now)


def mark_stopping(core: Core, task: Task, code: str, reason: str, now: float) -> bool:
    """Set desiredStatus STOPPED: resources count as free at once, tags are gone.

    Returns False where somebody else was first.
    """
    if task.desired_status == "STOPPED":
        return False
    _release(core, task, now)
    task.stop_code, task.stopped_reason, task.stopping_at = code, reason, now
    if task.last_status == "RUNNING" and core.switches.intermediate_statuses:
        task.last_status = "DEACTIVATING"
    tell_task(core, task, now)
    tell_instance(core, task.instance, now)
    core.scheduler.task_left(task, now)
    return True


def mark_stopped(  # noqa: PLR0917  the words of one report
    core: Core, task: Task, code: str, reason: str, at: float, now: float
) -> None:
    """The task is STOPPED: the agent reports it, or ECS gives it up with its host.

    ``code`` and ``reason`` hold only where nobody told it to stop before.
    """
    if task.last_status == "STOPPED":
        return
    cluster = core.clusters[task.cluster]
    was_free = task.desired_status == "STOPPED"
    if not was_free:
        _release(core, task, now)
        task.stop_code, task.stopped_reason = code, reason
        task.stopping_at = task.stopping_at or at
    task.last_status = "STOPPED"
    task.ended_at, task.stopped_at = at, now
    for container in task.containers:
        container.last_status = "STOPPED"
    task.instance.tasks.pop(task.arn, None)
    cluster.gone_tasks.append((now + core.switches.stopped_visible_seconds, task))
    tell_task(core, task, now)
    if not was_free:
        tell_instance(core, task.instance, now)
        core.scheduler.task_left(task, now)
    core.scheduler.task_stopped(task, now)


def _release(core: Core, task: Task, now: float) -> None:
    cluster = core.clusters[task.cluster]
    _tally(cluster, task, -1)
    task.instance.remaining.give(task.needs)
    cluster.unshelve(task)
    task.desired_status, task.told_to_stop_at = "STOPPED", now
    task.tags = {}
    cluster.shelve(task, core.count())


def _tally(cluster: Cluster, task: Task, by: int) -> None:
    if task.last_status == "PENDING":
        task.instance.pending += by
        cluster.pending += by
    else:
        task.instance.running += by
        cluster.running += by
