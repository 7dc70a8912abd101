"""Numbers: how a daemon stands on a cluster, in the words of kube-state-metrics."""

from __future__ import annotations

from msgspec import Struct


class Counts(Struct):
    """One daemon's numbers. Misscheduled tasks are not in ``current``."""

    desired: int = 0
    current: int = 0  # instances that should run it and have a live task
    ready: int = 0
    updated: int = 0  # of `current`, those of the wanted revision
    available: int = 0  # ready, and for minReadySeconds
    misscheduled: int = 0
    foreign: int = 0  # live tasks of its family that somebody else started: left alone
    duplicates: int = 0

    @property
    def unavailable(self) -> int:
        """Instances that should run it and cannot count on it."""
        return self.desired - self.available
