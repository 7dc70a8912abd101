"""`follow: LATEST`: a new revision goes through the clusters one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from daemonctl.model.ids import ClusterAlias, DaemonName
from daemonctl.model.rollout import Phase, Rollout
from daemonctl.model.spec import ClusterSpec


class Follower(Protocol):
    """A cluster, as far as the order asks."""

    @property
    def spec(self) -> ClusterSpec: ...
    @property
    def looked_up_at(self) -> float | None: ...  # when its definitions were last looked up

    def rollout_of(self, name: DaemonName) -> Rollout | None:
        """Where a daemon stands there; None while that is not known."""
        ...


def may_follow(
    clusters: Sequence[Follower], alias: ClusterAlias, name: DaemonName, since: float
) -> bool:
    """Whether a cluster may take a revision that it first saw at ``since`` (epoch seconds).

    Those before it in the config have looked for it since then and are done with what they found;
    none behind it is under way. Where one before it was rolled back, halted or paused, it waits.
    """
    before = True
    for each in clusters:
        if each.spec.alias == alias:
            before = False
        elif not any(daemon.name == name and daemon.follow for daemon in each.spec.daemons):
            continue
        elif not (_done(each, name, since) if before else _still(each, name)):
            return False
    return True


def _done(cluster: Follower, name: DaemonName, since: float) -> bool:
    rollout, looked = cluster.rollout_of(name), cluster.looked_up_at
    if rollout is None or looked is None or looked < since:
        return False
    good = rollout.target == rollout.asked and rollout.pause is None
    return good and rollout.phase is Phase.STEADY


def _still(cluster: Follower, name: DaemonName) -> bool:
    rollout = cluster.rollout_of(name)
    return rollout is None or not rollout.under_way
