"""Orphans on a host that drains: the tasks of daemons that the config no longer has.

``onRemove: KEEP`` leaves them where they are. On a host that is on its way out they would only hold
it: managed draining waits until every task has stopped, or for 48 hours (ECS Developer Guide,
"Managed instance draining"). They leave last, for nobody knows any more what depended on them.
"""

from __future__ import annotations

from collections.abc import Collection

from daemonctl.model.cluster import Task
from daemonctl.model.ids import daemon_of
from daemonctl.model.observed import Host, Observed
from daemonctl.model.spec import DRAIN_TIMEOUT_SECONDS
from daemonctl.planning.drain import ANY_DAEMONCTL, SPOT_LEFT_SECONDS
from daemonctl.planning.groups import service_of


def may_leave(
    observed: Observed, mark: str, groups: Collection[str], now: float
) -> tuple[Task, ...]:
    """The orphans that may be stopped at ``now`` (epoch seconds), by host.

    ``mark`` is the startedBy of our tasks, ``groups`` those of the daemons that are still looked
    after. A standalone task of somebody else holds the host for as long as a daemon that says
    nothing about it would wait.
    """
    return tuple(
        task
        for _, host in sorted(observed.hosts.items())
        if host.instance.status == "DRAINING"
        for task in _on(host, observed.daemon_services, mark, groups, now)
    )


def _on(
    host: Host, daemon_services: frozenset[str], mark: str, groups: Collection[str], now: float
) -> list[Task]:
    there = [t for t in host.tasks if not (t.stopped or t.group in daemon_services)]
    ours = [task for task in there if task.started_by == mark]
    left = [
        task
        for task in ours
        if task.group not in groups and daemon_of(task.group) is not None and task.live
    ]
    if not left or any(task.group in groups for task in ours):
        return []
    if host.leaves_at is not None and now >= host.leaves_at - SPOT_LEFT_SECONDS:
        return left
    others = [task for task in there if not task.started_by.startswith(ANY_DAEMONCTL)]
    if host.listed_at is None or host.draining_since is None:
        return []
    if any(service_of(task.group) for task in others):
        return []
    waits = others and now < host.draining_since + DRAIN_TIMEOUT_SECONDS
    return [] if waits else left
