"""Hosts that hold nothing but daemons: named, and drained where that is asked for.

Tasks of StartTask make a host look occupied to cluster auto scaling, which would keep it for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.observed import Host, Observed
from daemonctl.model.spec import Limits, ScaleIn
from daemonctl.planning.eligibility import Should, should
from daemonctl.planning.scene import FLAP_SECONDS


class Idle(Struct, frozen=True):
    """What a look at all hosts found."""

    since: Mapping[ContainerInstanceArn, float]  # hosts with daemons only, by when that began
    long: tuple[ContainerInstanceArn, ...]  # those of them that it is long enough for
    drain: tuple[ContainerInstanceArn, ...]  # of these the ones that may go now
    wake: float | None = None  # when the next one will have been so for long enough


def daemons_only(host: Host, mark: str) -> bool:
    """Whether nothing but our daemons runs on the host, by ECS's own count of its tasks.

    The count may be older than the task that we have just started: that one is PENDING, and must
    not stand for somebody else's that runs.
    """
    ours = [task for task in host.tasks if task.live and task.started_by == mark]
    running = sum(task.last_status == "RUNNING" for task in ours)
    instance = host.instance
    whole = instance.running_tasks + instance.pending_tasks
    return instance.running_tasks <= running and whole <= len(ours)


def look(
    observed: Observed,
    before: Mapping[ContainerInstanceArn, float],
    mark: str,
    wish: ScaleIn,
    limits: Limits,
    *,
    now: float,
) -> Idle:
    """Which hosts have been without work for ``emptyAfterSeconds``, and which of them may go.

    An agent that flaps begins nothing anew; while it is away its host is not drained.
    """
    since: dict[ContainerInstanceArn, float] = {}
    for arn, host in observed.hosts.items():
        wanted = should(host.instance)
        known = wanted is Should.RUN or (wanted is Should.KEEP and arn in before)
        if known and not _long_away(host, now) and daemons_only(host, mark):
            since[arn] = before.get(arn, now)
    ends = {arn: at + wish.empty_after_seconds for arn, at in since.items()}
    ready = [observed.hosts[arn] for arn, end in ends.items() if end <= now]
    ready.sort(key=lambda host: (host.instance.zone, host.instance.arn))
    long = tuple(host.instance.arn for host in ready)
    wake = min((end for end in ends.values() if end > now), default=None)
    return Idle(since, long, _may_go(observed, ready, wish, limits), wake)


def _long_away(host: Host, now: float) -> bool:
    """What is known of it is too old to say that it has no work."""
    since = host.disconnected_since
    return since is not None and now >= since + FLAP_SECONDS


def _may_go(
    observed: Observed, ready: Sequence[Host], wish: ScaleIn, limits: Limits
) -> tuple[ContainerInstanceArn, ...]:
    """Those above the minimum of their zone, at most maxClusterShare on their way out at once."""
    left: dict[str, int] = {}
    going = 0
    for host in observed.hosts.values():
        if should(host.instance) is Should.RUN:
            left[host.instance.zone] = left.get(host.instance.zone, 0) + 1
        going += host.instance.status == "DRAINING"
    most = limits.max_cluster_share.of(len(observed.hosts)) - going
    chosen: list[ContainerInstanceArn] = []
    for host in ready:
        zone = host.instance.zone
        here = host.instance.connected
        if here and len(chosen) < most and left[zone] > wish.least_per_zone:
            left[zone] -= 1
            chosen.append(host.instance.arn)
    return tuple(chosen)
