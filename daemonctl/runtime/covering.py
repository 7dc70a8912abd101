"""What one cluster keeps going to know what is registered: the census, the look-out, the chore."""

from __future__ import annotations

from daemonctl.model.spec import ClusterSpec
from daemonctl.ports import Clock, Cluster
from daemonctl.runtime.census import Census, census_interval
from daemonctl.runtime.chore_stale import StaleChore
from daemonctl.runtime.chores import Tools
from daemonctl.runtime.crew import Crew
from daemonctl.runtime.describe import Emit
from daemonctl.runtime.doorbell import Doorbell
from daemonctl.runtime.lookout import Lookout
from daemonctl.runtime.reconcile import Reconciler
from daemonctl.runtime.report_source import CoverageState, StaleService
from daemonctl.runtime.view import View


def covering(
    spec: ClusterSpec,
    doorbell: Doorbell | None,
    cluster: Cluster,
    reconciler: Reconciler,
    clock: Clock,
) -> Covering | None:
    """That of a cluster, None where no daemon has servicesRegistered."""
    if doorbell is None:
        return None
    view, emit = reconciler.view, reconciler.emit
    return Covering(spec, doorbell, cluster, view=view, emit=emit, clock=clock)


class Covering:
    """Made where a daemon has servicesRegistered."""

    def __init__(
        self,
        spec: ClusterSpec,
        doorbell: Doorbell,
        cluster: Cluster,
        *,
        view: View,
        emit: Emit,
        clock: Clock,
    ) -> None:
        every = census_interval(spec.resync_seconds, spec.poll_seconds, queue=bool(spec.queue_url))
        self._doorbell = doorbell
        self._view = view
        self._census = Census(cluster, view, emit, clock, every)
        self._lookout = Lookout(view.registered, doorbell, emit, clock)
        self._chore: StaleChore | None = None

    def begin(self, loops: Crew) -> None:
        """Goes on until the crew is cancelled."""
        loops.spawn(self._census.run(), "census")
        loops.spawn(self._lookout.run(), "registrations")

    def chore(self, tools: Tools) -> StaleChore:
        """Takes out what is stale."""
        self._chore = StaleChore(self._view.registered, self._doorbell.registrations, tools)
        return self._chore

    @property
    def state(self) -> CoverageState:
        """For the report."""
        chore = self._chore
        entries = {} if chore is None else chore.entries
        return CoverageState(
            trouble=self._census.trouble or self._lookout.trouble or self._doorbell.trouble,
            missing=0 if chore is None else chore.missing,
            stale=tuple(
                StaleService(arn, one.service, one.since, one.why)
                for (arn, _), one in entries.items()
            ),
        )
