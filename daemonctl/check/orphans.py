"""Which tasks of daemons that left the config may be stopped on a DRAINING instance. Once more."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from daemonctl.model.cluster import Task
from daemonctl.model.ids import short
from daemonctl.model.observed import Host
from daemonctl.model.spec import DRAIN_TIMEOUT_SECONDS

SPOT_LEFT_SECONDS = 20.0
"""EC2 gives spot hosts 120 s; the last of them are for the daemons' own end."""


def orphan_faults(
    task: Task,
    host: Host | None,
    mark: str,
    groups: Collection[str],
    daemon_services: Collection[str],
    *,
    now: float,
) -> list[str]:
    """Why this task must not be stopped as an orphan, in words; empty where it may.

    ``mark`` is the startedBy of our tasks, ``groups`` those of daemons that are looked after.
    """
    if host is None or task not in host.tasks or host.instance.status != "DRAINING":
        return [f"{short(task.arn)} is on no DRAINING instance that is known"]
    named = task.group.startswith("daemonctl-")
    if task.started_by != mark or not named or task.group in groups:
        return [f"{short(task.arn)} is no orphan: it is of {task.group} by {task.started_by}"]
    there = [other for other in host.tasks if other.last_status != "STOPPED"]
    first = [other for other in there if other.started_by == mark and other.group in groups]
    if first:
        return [f"{short(first[0].arn)} of {first[0].group} leaves before {short(task.arn)}"]
    if host.leaves_at is not None and host.leaves_at - now <= SPOT_LEFT_SECONDS:
        return []
    others = [
        other
        for other in there
        if other.group not in daemon_services and not other.started_by.startswith("daemonctl/")
    ]
    return _held(host, others, now)


def _held(host: Host, others: Sequence[Task], now: float) -> list[str]:
    if host.listed_at is None or host.draining_since is None:
        return ["not all tasks there are known"]
    waits = now - host.draining_since < DRAIN_TIMEOUT_SECONDS
    return [
        f"{short(other.arn)} of {other.group or 'nobody'} still runs there"
        for other in others
        if waits or other.group.startswith("service:")
    ]
