"""What people call an instance: its EC2 id, also for a while after it has left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.observed import Observed
from daemonctl.model.spec import ClusterSpec

KEPT: Final = 32_768
"""Ids that are held at most: more than the instances of the largest clusters foreseen."""


class Viewed(Protocol):
    """A cluster whose instances can be looked up."""

    @property
    def spec(self) -> ClusterSpec: ...
    @property
    def observed(self) -> Observed | None: ...


class Ec2Ids:
    """EC2 ids by cluster alias and the last part of the container instance's ARN.

    A verdict that ends is told when the instance has left the view already: the ids that were
    asked for lately are kept, the oldest of them forgotten first.
    """

    def __init__(self, clusters: Callable[[], Sequence[Viewed]], *, kept: int = KEPT) -> None:
        self._clusters = clusters
        self._kept = kept
        self._known: dict[tuple[str, str], str] = {}

    def __call__(self, alias: str, instance: str) -> str:
        """The id; "" where it was never seen, or left long ago."""
        key = (alias, instance)
        known = self._known.get(key)
        if known is None:
            known = self._look(alias, instance)
            if known:
                if len(self._known) >= self._kept:
                    del self._known[next(iter(self._known))]
                self._known[key] = known
        return known

    def _look(self, alias: str, instance: str) -> str:
        for cluster in self._clusters():
            observed = cluster.observed if cluster.spec.alias == alias else None
            if observed is None or not observed.hosts:
                continue
            # All instances of one cluster have ARNs that differ in their last part only.
            before = next(iter(observed.hosts)).rpartition("/")[0]
            host = observed.hosts.get(ContainerInstanceArn(f"{before}/{instance}"))
            return host.instance.ec2_id if host is not None else ""
        return ""
