"""REPLICA services: desiredCount tasks anywhere, replaced within minimum and maximum per cent."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

from daemonctl.local.world import deployments
from daemonctl.local.world.daemon_service import held_for_daemons
from daemonctl.local.world.fields import parts
from daemonctl.local.world.placement import Chooser, Constraints

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.service import Service
    from daemonctl.local.world.task import Task


def look(core: Core, service: Service, now: float) -> float | None:
    """One look: stop what may go, start what may come; seconds until the next one, if any."""
    _stop_pending_on_draining(core, service, now)
    staying = [task for task in service.primary.tasks.values() if _stays(task)]
    if len(staying) > service.desired_count:
        _scale_in(core, service, staying, now)
    _make_way(core, service, now)
    deployments.forget_empty(service)
    again = _start_missing(core, service, now)
    if service.status == "DRAINING" and not service.tasks:
        service.status, service.ended_at = "INACTIVE", now
    elif service.status == "ACTIVE" and _is_steady(service):
        deployments.complete(core, service, now)
    return again


def _stays(task: Task) -> bool:
    """It need not be replaced: not on a draining instance, not unhealthy."""
    return task.instance.status == "ACTIVE" and task.health != "UNHEALTHY"


def _stop_pending_on_draining(core: Core, service: Service, now: float) -> None:
    for task in service.tasks:
        if task.instance.status == "DRAINING" and task.last_status == "PENDING":
            deployments.stop_one(core, task, now)


def _scale_in(core: Core, service: Service, staying: list[Task], now: float) -> None:
    """Too many: those not running go first, then the newest; protected ones stay."""
    over = len(staying) - service.desired_count
    free = [task for task in staying if not deployments.is_protected(task, now)]
    free.sort(key=lambda task: (task.last_status == "RUNNING", -task.number))
    for task in free[:over]:
        deployments.stop_one(core, task, now)


def _make_way(core: Core, service: Service, now: float) -> None:
    """Old, unhealthy and drained tasks go as far as minimumHealthyPercent allows.

    Unhealthy ones are replaced "by starting replacement tasks first and then stopping the
    unhealthy tasks, as long as cluster resources for starting replacement tasks are available";
    where maximumPercent forbids that, they are stopped to make way (API reference).
    """
    least = ceil(service.desired_count * deployments.percents(service)[0] / 100)
    tasks = service.tasks
    spare = sum(deployments.is_well(task) for task in tasks) - least
    primary = service.primary.tasks
    for task in tasks:
        if task.arn in primary and _stays(task):
            continue
        if deployments.is_protected(task, now) or (
            task.arn in primary and _awaits_successor(service, task)
        ):
            continue
        well = deployments.is_well(task)
        if well and spare <= 0:
            continue
        spare -= well
        deployments.stop_one(core, task, now)


def _awaits_successor(service: Service, task: Task) -> bool:
    """An unhealthy task is kept while the one that replaces it starts, or is about to."""
    if task.health != "UNHEALTHY" or task.instance.status != "ACTIVE" or service.short:
        return False
    if service.primary.rollout_state == "FAILED":
        return False
    staying = [row for row in service.primary.tasks.values() if _stays(row)]
    if len(staying) >= service.desired_count:
        return sum(map(deployments.is_well, staying)) < service.desired_count
    return len(service.tasks) < _most(service)


def _most(service: Service) -> int:
    """MaximumPercent of desiredCount, rounded down."""
    return floor(service.desired_count * deployments.percents(service)[1] / 100)


def _start_missing(core: Core, service: Service, now: float) -> float | None:
    """Start up to desiredCount, never more at once than maximumPercent allows."""
    alive = service.tasks
    staying = sum(_stays(task) for task in service.primary.tasks.values())
    missing = service.desired_count - staying
    count = min(missing, _most(service) - len(alive))
    if count <= 0 or service.primary.rollout_state == "FAILED":
        service.short = service.short and missing > 0
        return None
    if now < service.hold_until:
        return max(service.hold_until - now, deployments.SOON)
    cluster = core.clusters[service.cluster]
    launch = deployments.launch_of(service)
    rows = [
        *parts(service.settings, "placementConstraints"),
        *parts(launch.definition.wire, "placementConstraints"),
    ]
    strategy = parts(service.settings, "placementStrategy")
    chooser = Chooser(core, cluster.listed, launch, Constraints(rows), strategy)
    held = held_for_daemons(core, cluster)
    for _ in range(count):
        instance = chooser.pick(held)
        if instance is None:
            return deployments.could_not_place(core, service, chooser.failures, now)
        task = deployments.launch(core, service, instance, now)
        if held and instance.arn in held:
            held[instance.arn].take(task.needs)
        chooser.placed(instance)
    service.short = False
    return None


def _is_steady(service: Service) -> bool:
    tasks = service.tasks
    return (
        len(service.deployments) == 1
        and len(tasks) == service.desired_count
        and all(deployments.is_well(task) and _stays(task) for task in tasks)
    )
