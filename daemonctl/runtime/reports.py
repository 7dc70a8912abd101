"""The running controller's answers: read models in, documents out."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Sequence

from daemonctl.runtime.journal import Journal
from daemonctl.runtime.kept import NotLeadingError
from daemonctl.runtime.report import (
    ConfigStatus,
    DaemonDocument,
    EventsPage,
    InstanceDocument,
    InstancesPage,
    NotFoundError,
    PlanDocument,
    Plans,
    Status,
)
from daemonctl.runtime.report_discovery import grid_document
from daemonctl.runtime.report_grid import GridDocument
from daemonctl.runtime.report_instances import instance_document, instances_page
from daemonctl.runtime.report_plan import no_plan, plan_document
from daemonctl.runtime.report_rows import Leader, moment
from daemonctl.runtime.report_source import LiveCluster, leads
from daemonctl.runtime.report_status import cluster_status, daemon_document
from daemonctl.runtime.wanted import EVERYTHING, Wanted


class LiveReport:
    """``Report`` over the clusters as they are at the moment of asking."""

    def __init__(
        self,
        *,
        version: str,
        clusters: Callable[[], Sequence[LiveCluster]],
        journal: Journal,
        now: Callable[[], float],
        config: Callable[[], ConfigStatus] = ConfigStatus,
        dry_run: bool = False,
    ) -> None:
        self._version = version
        self._clusters = clusters
        self._journal = journal
        self._now = now
        self._config = config
        self._dry_run = dry_run
        self._started = now()

    def status(self) -> Status:
        """Everything in numbers."""
        now = self._now()
        clusters = tuple(cluster_status(each, now) for each in self._clusters())
        return Status(
            version=self._version,
            started=moment(self._started),
            leader=Leader(
                enabled=any(each.leader is not None for each in clusters),
                leads=tuple(each.alias for each in clusters if not each.standby),
            ),
            config=self._config(),
            clusters=clusters,
            dry_run=self._dry_run,
        )

    def daemon(self, alias: str, name: str) -> DaemonDocument:
        """One daemon. Raises NotFoundError."""
        return daemon_document(self._cluster(alias), name)

    def instances(
        self, alias: str, after: str, limit: int, verdict: str = "", zone: str = ""
    ) -> InstancesPage:
        """A page of instances. Raises NotFoundError."""
        return instances_page(self._cluster(alias), after, limit, verdict, zone)

    def grid(self, alias: str) -> GridDocument:
        """Every instance, small. Raises NotFoundError."""
        return grid_document(self._cluster(alias))

    def instance(self, alias: str, ident: str) -> InstanceDocument:
        """One instance. Raises NotFoundError, AmbiguousError."""
        return instance_document(self._cluster(alias), ident)

    def plan(self) -> Plans:
        """What would be done now with all API tokens at hand."""
        return Plans(tuple(self._plan(each) for each in self._clusters()))

    def led(self, alias: str) -> None:
        """Raises NotLeadingError where another replica leads the cluster."""
        for each in self._clusters():
            standing = each.standing
            if each.spec.alias == alias and standing is not None and not leads(standing):
                raise NotLeadingError(each.spec.alias, standing.words, standing.address)

    def aliases(self) -> Sequence[str]:
        """The clusters, in the config's order."""
        return tuple(each.spec.alias for each in self._clusters())

    def events(self, after: int, limit: int, wanted: Wanted = EVERYTHING) -> EventsPage:
        """Rows of the journal after number ``after``, oldest first."""
        return self._journal.page(after, limit, wanted)

    def newest(self, limit: int, wanted: Wanted = EVERYTHING) -> EventsPage:
        """The journal's last rows, oldest first."""
        return self._journal.newest(limit, wanted)

    def grown(self) -> Future[None]:
        """Done with the journal's next row. One for all who wait: they may not cancel it."""
        return self._journal.grown()

    def _plan(self, cluster: LiveCluster) -> PlanDocument:
        plan = cluster.next_plan()
        if plan is None:
            status = cluster_status(cluster, self._now())
            return no_plan(cluster.spec.alias, status.words or "there is no view to plan from yet")
        return plan_document(cluster, plan)

    def _cluster(self, alias: str) -> LiveCluster:
        clusters = self._clusters()
        for each in clusters:
            if each.spec.alias == alias:
                return each
        known = ", ".join(each.spec.alias for each in clusters)
        raise NotFoundError(f'no cluster "{alias}"; the config has: {known}')
