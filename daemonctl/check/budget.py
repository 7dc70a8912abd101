"""Invariant 3: what voluntary stops may take. One breach drops them all.

Placement constraints are not asked, so a share is taken of all instances that a daemon could be
on: the bound is never tighter than planning's own, only sometimes wider.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from daemonctl.check.scene import Fault, Scene, Write, stops_in
from daemonctl.check.tally import Tally, tally
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import ContainerInstanceArn, DaemonName
from daemonctl.model.plan import StopTask
from daemonctl.model.reason import Code


def budget(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """Too early, too much of the cluster, or too much of one daemon."""
    voluntary = [write for write in writes if write.voluntary]
    if not voluntary:
        return
    paid = [write for write in voluntary if not _drained(write)]
    breach = _too_wide(scene, voluntary)
    if paid:
        breach = breach or _too_early(scene) or _too_deep(scene, paid)
    if breach:
        for write, action in stops_in(voluntary):
            yield write, f"voluntary stop of {write.where} ({action.code}): {breach}"


def _drained(write: Write) -> bool:
    """Its host leaves: that takes nothing from those that stay. ``drain_order`` judges it."""
    return isinstance(write.action, StopTask) and write.action.code == Code.DRAINING


def _too_early(scene: Scene) -> str:
    since = scene.observed.first_full_at
    wait = scene.desired.first_look_seconds
    if since is None or scene.now < since + wait:
        return f"none before {wait:g} s after the first full view"
    return ""


def _too_wide(scene: Scene, voluntary: Sequence[Write]) -> str:
    share, whole = scene.desired.limits.max_cluster_share, len(scene.observed.hosts)
    touched = len(dict.fromkeys(write.instance for write in voluntary))
    if touched <= share.of(whole):
        return ""
    return f"the plan touches {touched} of {whole} instances, maxClusterShare is {share}"


def _too_deep(scene: Scene, voluntary: Sequence[Write]) -> str:
    for name in dict.fromkeys(write.action.daemon for write in voluntary):
        daemon = scene.daemon(name)
        orphans = [a for _, a in stops_in(voluntary) if a.daemon == name and a.code == Code.ORPHAN]
        if daemon is None and name not in scene.removed:
            return f"{name} is not in the config: its tasks are orphans, which are left alone"
        if daemon is not None and orphans:
            return f"{name} is in the config: its tasks are no orphans"
        if daemon is None:
            continue  # nobody counts on what it left behind: no share of it has to stay
        known = tally(scene, daemon)
        misplaced, others = _stopped_by_plan(voluntary, name)
        for breaks in _DEEP[1:] if _confirmed(scene, name) else _DEEP:
            breach = breaks(daemon, known, misplaced, others)
            if breach:
                return breach
    return ""


def _confirmed(scene: Scene, name: DaemonName) -> bool:
    """An operator has looked, and lets over half of the daemon go."""
    memory = scene.memory.daemons.get(name)
    until = None if memory is None else memory.misplaced_until
    return until is not None and scene.now < until


_Places = Sequence[ContainerInstanceArn]


def _stopped_by_plan(voluntary: Sequence[Write], name: DaemonName) -> tuple[_Places, _Places]:
    misplaced: list[ContainerInstanceArn] = []
    others: list[ContainerInstanceArn] = []
    for write, action in stops_in(voluntary):
        if action.daemon == name and action.code != Code.UNUSED:
            (misplaced if action.code == Code.MISPLACED else others).append(write.instance)
    return misplaced, others


def _over_half(daemon: DesiredDaemon, known: Tally, misplaced: _Places, others: _Places) -> str:
    del others
    if 2 * len(misplaced) <= known.live:
        return ""
    name = daemon.spec.name
    return f"{len(misplaced)} misplaced of {known.live} live tasks of {name} are over half"


def _too_many_leaving(
    daemon: DesiredDaemon, known: Tally, misplaced: _Places, others: _Places
) -> str:
    del others
    return _over(daemon, known, "misplaced and stopping", known.leaving, misplaced)


def _too_many_lost(daemon: DesiredDaemon, known: Tally, misplaced: _Places, others: _Places) -> str:
    del misplaced
    return _over(daemon, known, "unavailable by us", known.lost, others)


def _over(
    daemon: DesiredDaemon,
    known: Tally,
    what: str,
    before: dict[ContainerInstanceArn, None],
    planned: _Places,
) -> str:
    share = daemon.spec.max_unavailable
    after = len(before | dict.fromkeys(planned))
    # What was lost before this plan is no reason to keep back stops of the other sort, nor one
    # that takes nothing new.
    if after == len(before) or after <= share.of(known.places):
        return ""
    name = daemon.spec.name
    return f"{after} of {name} would be {what}, maxUnavailable is {share} of {known.places}"


_DEEP: tuple[Callable[[DesiredDaemon, Tally, _Places, _Places], str], ...] = (
    _over_half,
    _too_many_leaving,
    _too_many_lost,
)
