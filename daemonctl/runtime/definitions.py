"""Which revision each daemon should run: looked up once when the config is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from daemonctl.model.cluster import TaskDefinition
from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.ids import DaemonName, TaskDefinitionArn, family_of, short, started_by
from daemonctl.model.spec import ClusterSpec, DaemonSpec
from daemonctl.planning.groups import groups_asked, services_asked
from daemonctl.planning.tenants import EXPLICIT, INTERNAL
from daemonctl.ports import ApiError, Cluster
from daemonctl.runtime.concern import Concern
from daemonctl.runtime.definitions_known import NOTHING, Needed, known

_STALE_AT_LEAST: Final = 300.0
"""A view is not called stale sooner: a large cluster's listing alone may take a minute."""

_UNKNOWN: Final = ("ClientException", "InvalidParameterException")
"""How DescribeTaskDefinition says that there is no such thing (API reference)."""

_NOT_ALLOWED: Final = ("AccessDeniedException", "AccessDenied")


MayFollow = Callable[[DaemonName, TaskDefinition], bool]
"""Whether a daemon may go on to a revision that was registered since."""


def families(desired: Desired) -> tuple[str, ...]:
    """The families whose tasks concern the cluster's daemons, or that constraints ask about."""
    specs = (*(one.spec for one in desired.daemons), *desired.removed)
    own = (_family(spec) for spec in specs)
    return tuple(dict.fromkeys((*own, *_asked(desired, "family:"))))


def _asked(desired: Desired, kind: str) -> tuple[str, ...]:
    named = groups_asked(desired)
    return tuple(group.removeprefix(kind) for group in named if group.startswith(kind))


def family(desired: Desired, name: DaemonName) -> str:
    """The family that a daemon's tasks are of, "" for a daemon that is not there."""
    specs = (*(daemon.spec for daemon in desired.daemons), *desired.removed)
    return next((_family(spec) for spec in specs if spec.name == name), "")


def runs_once(desired: Desired, name: DaemonName) -> bool:
    """Whether a daemon of the config is of type ONCE."""
    return any(one.spec.name == name and one.spec.once for one in desired.daemons)


def interval_of(spec: ClusterSpec) -> float:
    """Seconds between two full readings of the cluster."""
    return spec.resync_seconds if spec.queue_url else spec.poll_seconds


def desire(spec: ClusterSpec, daemons: Sequence[DesiredDaemon]) -> Desired:
    """What the cluster should be, with what was found out about its task definitions."""
    interval, lag = interval_of(spec), spec.listing_lag_seconds
    return Desired(
        cluster=spec.alias,
        cluster_name=short(spec.name),
        owner=spec.owner,
        daemons=tuple(daemons),
        limits=spec.limits,
        gate=spec.gate,
        health_poll_seconds=spec.health_poll_seconds,
        listing_lag_seconds=lag,
        stale_after_seconds=max(2 * interval + lag, _STALE_AT_LEAST),
        first_look_seconds=interval + lag,
        node_name=spec.consul.node_name if spec.consul and spec.wants_catalog else "",
    )


NOT_LOOKED_UP = "its task definition has not been looked up yet"
"""In place of a fault where nobody has looked: that passes by itself."""


def unresolved(spec: ClusterSpec) -> Desired:
    """What the cluster should be before anything was looked up."""
    return desire(spec, [DesiredDaemon(daemon, None, NOT_LOOKED_UP) for daemon in spec.daemons])


def health_checked(desired: Desired) -> tuple[TaskDefinitionArn, ...]:
    """The definitions whose containers have a health check."""
    found = [one for each in desired.daemons for one in (each.definition, *each.known)]
    checked = (one.arn for one in found if one is not None and one.has_health_check)
    return tuple(dict.fromkeys(checked))


async def resolve(
    cluster: Cluster,
    spec: ClusterSpec,
    before: Sequence[DesiredDaemon],
    *,
    afresh: bool,
    needed: Needed = NOTHING,
    may_follow: MayFollow = lambda _name, _definition: True,
) -> Desired:
    """Looks up the task definitions of a cluster's daemons, one after the other.

    ``before`` is what was found before. It is kept where the config says the same, unless
    ``afresh`` (the config was loaded anew, so a family may mean a later revision) and ECS now
    answers. A daemon with ``follow`` is asked for every time; a new revision is taken once
    ``may_follow`` allows it. ``needed`` are further revisions to know of.
    A daemon whose definition is not to be had gets a fault; the others go on.

    Raises:
        ApiError: ECS gave no answer to this, and nothing is known from before. That passes, and
            the caller tries again soon; a fault would stand until the next resync.
    """
    by_name = {daemon.spec.name: daemon for daemon in before}
    found = []
    for daemon in spec.daemons:
        held = by_name.get(daemon.name)
        same = held is not None and held.spec.task_definition == daemon.task_definition
        one = await _wanted(
            cluster, daemon, held if same else None, afresh=afresh, may_follow=may_follow
        )
        more = await known(cluster, one, None if afresh else held, needed.get(daemon.name, ()))
        found.append(replace(one, known=more))
    return desire(spec, found)


async def _wanted(
    cluster: Cluster,
    daemon: DaemonSpec,
    held: DesiredDaemon | None,
    *,
    afresh: bool,
    may_follow: MayFollow,
) -> DesiredDaemon:
    """The revision that the config asks for."""
    definition = None if held is None else held.definition
    if definition is not None and not afresh and not daemon.follow:
        return DesiredDaemon(daemon, definition)
    found = await _look_up(cluster, daemon, definition)
    if definition is None or found.definition is None or definition.arn == found.definition.arn:
        return found
    if daemon.follow and not may_follow(daemon.name, found.definition):
        return DesiredDaemon(daemon, definition)
    return found


def _family(spec: DaemonSpec) -> str:
    return family_of(TaskDefinitionArn(spec.task_definition))


async def _look_up(
    cluster: Cluster, daemon: DaemonSpec, held: TaskDefinition | None
) -> DesiredDaemon:
    asked = daemon.task_definition
    try:
        definition = await cluster.describe_task_definition(asked)
    except ApiError as error:
        if error.code in _UNKNOWN:
            return DesiredDaemon(
                daemon,
                None,
                f"task definition {asked} does not exist or has no ACTIVE revision ({error.message}"
                "): register it or correct the daemon's taskDefinition; tried again at each resync",
            )
        if held is not None:
            return DesiredDaemon(daemon, held)
        if error.code not in _NOT_ALLOWED:
            raise
        return DesiredDaemon(
            daemon,
            None,
            f"task definition {asked} could not be looked up ({error.code}: {error.message}): "
            "check ecs:DescribeTaskDefinition and the network; tried again at each resync",
        )
    if not definition.active:
        return DesiredDaemon(
            daemon,
            None,
            f"task definition {asked} is INACTIVE: name an ACTIVE revision; "
            "tried again at each resync",
        )
    return DesiredDaemon(daemon, definition)


def concern_of(desired: Desired) -> Concern:
    """Whose tasks matter for what is desired."""
    return Concern(
        mark=started_by(desired.owner),
        families=frozenset(families(desired)),
        services=services_asked(desired),
        adopted=frozenset(_family(one.spec) for one in desired.daemons if one.spec.adopt),
        checked=frozenset(health_checked(desired)),
        poll=desired.health_poll_seconds,
        listing_lag=desired.listing_lag_seconds,
        everything=registrator_options(desired) is not None,
    )


def registrator_options(desired: Desired) -> tuple[str, ...] | None:
    """Registrator's options that say what it registers; None where no daemon asks about that."""
    asking = [one for one in desired.daemons if one.spec.services_registered]
    if not asking:
        return None
    known = [word for one in asking if one.definition for word in one.definition.options]
    told = [word for word in (EXPLICIT, INTERNAL) for one in asking if word in one.spec.overrides]
    return tuple(dict.fromkeys((*known, *told)))
