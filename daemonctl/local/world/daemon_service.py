"""DAEMON services: one task on every ACTIVE instance that meets the constraints (facts §6)."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from daemonctl.local.world import deployments
from daemonctl.local.world.events import tell_service
from daemonctl.local.world.fields import parts
from daemonctl.local.world.launch import fits_platform, obstacle
from daemonctl.local.world.placement import Constraints
from daemonctl.local.world.service import DAEMON

if TYPE_CHECKING:
    from daemonctl.local.world.cluster import Cluster
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.room import Room
    from daemonctl.local.world.service import Service
    from daemonctl.local.world.task import Task


def look(core: Core, service: Service, now: float) -> float | None:
    """One look at every instance; seconds until the next one, if something could not be placed."""
    cluster = core.clusters[service.cluster]
    wanted = _wanted(core, service, cluster) if service.status == "ACTIVE" else []
    service.desired_count = len(wanted)
    _stop_misplaced(core, service, now)
    _stop_outdated(core, service, now)
    deployments.forget_empty(service)
    again = _start_missing(core, service, wanted, now)
    if service.status == "DRAINING" and not service.tasks:
        service.status, service.ended_at = "INACTIVE", now
    elif service.status == "ACTIVE" and _is_steady(service):
        deployments.complete(core, service, now)
    return again


def held_for_daemons(core: Core, cluster: Cluster) -> dict[str, Room] | None:
    """What is left for others where a daemon's task is still to come ("reserved ahead")."""
    held: dict[str, Room] = {}
    for service in cluster.services.values():
        if service.strategy == DAEMON and service.status == "ACTIVE":
            needs = service.primary.definition.needs
            for instance in _without(service, _wanted(core, service, cluster)):
                held.setdefault(instance.arn, instance.remaining.copy()).take(needs)
    return held or None


def _constraints(service: Service) -> Constraints:
    return Constraints(
        [
            *parts(service.settings, "placementConstraints"),
            *parts(service.primary.definition.wire, "placementConstraints"),
        ]
    )


def _wanted(core: Core, service: Service, cluster: Cluster) -> list[Instance]:
    constraints = _constraints(service)
    definition = service.primary.definition
    return [
        instance
        for instance in cluster.listed
        if instance.status == "ACTIVE"
        and constraints.allow(instance)
        and fits_platform(core, instance, definition)
    ]


def _without(service: Service, wanted: list[Instance]) -> list[Instance]:
    there = {task.instance.arn: None for task in service.tasks}
    return [instance for instance in wanted if instance.arn not in there]


def _stop_misplaced(core: Core, service: Service, now: float) -> None:
    """Off instances that break a constraint at once, off draining ones as the last."""
    constraints = _constraints(service)
    for task in service.tasks:
        instance = task.instance
        if service.status == "DRAINING":
            deployments.stop_one(core, task, now)
        elif instance.status == "DRAINING":
            if _only_daemons(core, instance):
                deployments.stop_one(core, task, now)
        elif not constraints.allow(instance):
            tell_service(
                core, service, "SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED", now, kind="ERROR",
                containerInstanceArns=[instance.arn],
            )  # fmt: skip
            deployments.stop_one(core, task, now)


def _only_daemons(core: Core, instance: Instance) -> bool:
    services = core.clusters[instance.cluster].services
    return all(
        task.service is not None and services[task.service].strategy == DAEMON
        for task in instance.tasks.values()
    )


def _stop_outdated(core: Core, service: Service, now: float) -> None:
    """Old and unhealthy tasks go first, then the new ones come, within minimumHealthyPercent."""
    least = ceil(service.desired_count * deployments.percents(service)[0] / 100)
    spare = sum(deployments.is_well(task) for task in service.tasks) - least
    for task in service.tasks:
        if task.instance.status != "ACTIVE" or not _outdated(service, task):
            continue
        well = deployments.is_well(task)
        if well and spare <= 0:
            continue
        spare -= well
        deployments.stop_one(core, task, now)


def _outdated(service: Service, task: Task) -> bool:
    return task.deployment != service.primary.id or task.health == "UNHEALTHY"


def _start_missing(
    core: Core, service: Service, wanted: list[Instance], now: float
) -> float | None:
    missing = _without(service, wanted)
    if not missing or service.primary.rollout_state == "FAILED":
        service.short = False
        return None
    if now < service.hold_until:
        return max(service.hold_until - now, deployments.SOON)
    launch = deployments.launch_of(service)
    failures: list[tuple[Instance, str]] = []
    for instance in missing:
        reason = obstacle(core, instance, launch)
        if reason is None:
            deployments.launch(core, service, instance, now)
        else:
            failures.append((instance, reason))
    if failures:
        return deployments.could_not_place(core, service, failures, now)
    service.short = False
    return None


def _is_steady(service: Service) -> bool:
    tasks = [task for task in service.tasks if task.instance.status == "ACTIVE"]
    return len(tasks) == service.desired_count and all(
        deployments.is_well(task) and not _outdated(service, task) for task in tasks
    )
