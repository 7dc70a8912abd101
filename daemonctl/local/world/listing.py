"""ListTasks and ListContainerInstances: as late and as partial as ECS's lists may be."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from daemonctl.local.world.errors import WorldError, invalid
from daemonctl.local.world.fields import Answer, Params, text
from daemonctl.local.world.pages import page, page_size, resume_from
from daemonctl.local.world.placement import expression_of
from daemonctl.planning.query import matches

if TYPE_CHECKING:
    from daemonctl.local.world.cluster import Cluster
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.task import Task

STATUSES = ("REGISTERING", "REGISTRATION_FAILED", "ACTIVE", "DRAINING", "DEREGISTERING")
DESIRED = ("RUNNING", "PENDING", "STOPPED")
OTHER_FILTERS = ("containerInstance", "family", "serviceName", "desiredStatus", "launchType")


def list_container_instances(core: Core, params: Params, now: float) -> Answer:
    """ListContainerInstances: by query-language filter and status; never INACTIVE ones."""
    cluster = core.cluster_of(params)
    status = text(params, "status")
    if status is not None and status not in STATUSES:
        raise invalid("Status must be ACTIVE or DRAINING.")
    words = text(params, "filter")
    expression = expression_of(words) if words else None
    seen_at = now - core.stale(now)

    def keep(instance: Instance) -> bool:
        shown = "ACTIVE" if instance.status == "INACTIVE" else instance.status
        return (
            instance.registered_at <= seen_at
            and (status is None or shown == status)
            and (expression is None or matches(expression, instance))
        )

    rows = _instances(cluster, resume_from(params), seen_at, now)
    found, token = page(params, rows, keep, page_size(params), short=core.switches.short_pages)
    answer: Answer = {"containerInstanceArns": [instance.arn for instance in found]}
    return answer | ({"nextToken": token} if token else {})


def list_tasks(core: Core, params: Params, now: float) -> Answer:
    """ListTasks: desiredStatus RUNNING by default, so that stopping tasks are not shown."""
    cluster = core.cluster_of(params)
    desired = text(params, "desiredStatus") or "RUNNING"
    if desired not in DESIRED:
        raise invalid("desiredStatus must be RUNNING, PENDING or STOPPED.")
    wanted = _filters(core, cluster, params)
    seen_at = now - core.stale(now)

    def keep(task: Task) -> bool:
        return task.visible_at <= now and task.created_at <= seen_at and _fits(task, wanted)

    kind, value = next(iter(wanted.items()), ("all", ""))
    rows = _tasks(cluster, (desired, kind, value), resume_from(params), seen_at, now)
    found, token = page(params, rows, keep, page_size(params), short=core.switches.short_pages)
    answer: Answer = {"taskArns": [task.arn for task in found]}
    return answer | ({"nextToken": token} if token else {})


def _filters(core: Core, cluster: Cluster, params: Params) -> dict[str, str]:
    """What a task must be, the most telling first: its list is the one that is read."""
    wanted: dict[str, str] = {}
    started_by = text(params, "startedBy")
    if started_by is not None:
        wanted["startedBy"] = started_by
        if _is_alone(core, params):
            return wanted
    name = text(params, "containerInstance")
    if name is not None:
        instance = core.find_instance(cluster, name)
        if instance is None:
            raise invalid("The referenced container instance was not found.")
        wanted["instance"] = instance.arn
    name = text(params, "serviceName")
    if name is not None:
        service = cluster.services.get(name.rpartition("/")[2])
        if service is None:
            raise WorldError("ServiceNotFoundException", "Service not found.")
        wanted["service"] = service.name
    for key, member in (("family", "family"), ("launchType", "launchType")):
        value = text(params, member)
        if value is not None:
            wanted[key] = value
    if list(wanted) == ["launchType"]:  # no list of its own: all tasks are read
        return {"all": "", **wanted}
    return wanted


def _is_alone(core: Core, params: Params) -> bool:
    """StartedBy is the only filter that counts.

    Raises:
        WorldError: there are others, and the switch says that they are refused.
    """
    combines = core.switches.started_by_combines
    others = any(params.get(name) is not None for name in OTHER_FILTERS)
    if others and combines == "REFUSE":
        raise invalid("startedBy must be the only filter.")
    return not others or combines == "IGNORE"


def _fits(task: Task, wanted: dict[str, str]) -> bool:
    return all(value == _FACTS[kind](task) for kind, value in wanted.items() if kind != "all")


_FACTS = {
    "startedBy": lambda task: task.started_by,
    "instance": lambda task: task.instance.arn,
    "service": lambda task: task.service,
    "family": lambda task: task.definition.family,
    "launchType": lambda task: task.launch_type,
}


def _instances(
    cluster: Cluster, after: int, seen_at: float, now: float
) -> Iterator[tuple[int, Instance]]:
    """Listed instances; a stale list also shows those that went after ``seen_at``."""
    rows = cluster.listed.after(after)
    if seen_at >= now:
        return rows
    gone = takewhile(
        lambda instance: (instance.deregistered_at or 0.0) > seen_at,
        (instance for _, instance in reversed(cluster.gone_instances)),
    )
    old = sorted(
        ((row.number, row) for row in gone if row.number > after), key=lambda pair: pair[0]
    )
    return heapq.merge(rows, old, key=lambda pair: pair[0])


def _tasks(
    cluster: Cluster, key: tuple[str, str, str], after: int, seen_at: float, now: float
) -> Iterator[tuple[int, Task]]:
    """The tasks of one list; a stale one shows desiredStatus as it was at ``seen_at``."""
    shelf = cluster.shelves.get(key)
    rows = iter(()) if shelf is None else shelf.after(after)
    if seen_at >= now:
        return rows
    if key[0] == "STOPPED":
        return (row for row in rows if (row[1].told_to_stop_at or 0.0) <= seen_at)
    stopped = cluster.shelves.get(("STOPPED", *key[1:]))
    late = takewhile(
        lambda task: (task.told_to_stop_at or 0.0) > seen_at,
        iter(()) if stopped is None else stopped.newest(),
    )
    old = sorted(
        ((task.number, task) for task in late if task.number > after), key=lambda pair: pair[0]
    )
    return heapq.merge(rows, old, key=lambda pair: pair[0])
