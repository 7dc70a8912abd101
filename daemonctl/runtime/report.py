"""The documents of the status API, and who answers with them.

One shape serves the HTTP API, ``-o json``, the tables and the metrics. Members are camelCase on the
wire; times are RFC 3339 in UTC, durations seconds, memory MiB, CPU ECS's units (1024 a vCPU).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from daemonctl.runtime.report_grid import GridDocument
from daemonctl.runtime.report_rows import (
    ActionRow,
    AnswerRow,
    ConditionRow,
    ConsulRow,
    CoverageRow,
    DependencyRow,
    DiscoveryRow,
    Document,
    EventRow,
    FailingRow,
    FreezeRow,
    GhostRow,
    InstanceCounts,
    Instant,
    Leader,
    LeaderRow,
    ResourcesRow,
    RolloutRow,
    TaskRow,
    VerdictRow,
    WaitingRow,
)
from daemonctl.runtime.wanted import EVERYTHING, Wanted

if TYPE_CHECKING:
    from asyncio import Future  # the command line reads these documents, and waits for no asyncio

STANDBY = "standby"
"""The state of a cluster that this replica does not lead."""


class NotFoundError(LookupError):
    """There is no such cluster, daemon or instance; the words name what there is."""


class AmbiguousError(LookupError):
    """More than one instance answers to the id that was given."""

    def __init__(self, words: str, candidates: Sequence[str]) -> None:
        super().__init__(words)
        self.candidates = tuple(candidates)


class DaemonStatus(Document, frozen=True):
    """How one daemon stands on one cluster."""

    name: str
    desired: int
    current: int
    ready: int
    updated: int
    available: int
    unavailable: int
    misscheduled: int
    foreign: int
    duplicates: int
    blocked: dict[str, int]  # by reason: instances that should run it and wait for something
    conditions: tuple[ConditionRow, ...]
    wanted_revision: str  # family:revision, "" while it is not known
    depends_on: tuple[DependencyRow, ...]
    since: Instant | None = None  # its oldest live task was created then
    fault: str = ""  # why its task definition could not be looked up
    type: str = "DAEMON"  # or ONCE: ready and available are instances where it has run
    rollout: str = ""  # the phase; "" before the first full view
    paused: bool = False

    def numbers(self) -> tuple[int, ...]:
        """Those of `kubectl get ds`, in its order, and how many are where they should not be."""
        here = (self.desired, self.current, self.ready)
        return (*here, self.updated, self.available, self.misscheduled)


class ClusterStatus(Document, frozen=True):
    """How one cluster stands."""

    alias: str
    name: str
    region: str
    state: str  # starting, ready, stale, unreachable, standby
    words: str  # why, with the next step; "" where all is well
    instances: InstanceCounts
    daemons: tuple[DaemonStatus, ...]
    conditions: tuple[ConditionRow, ...]
    discovery: DiscoveryRow
    orphans: Mapping[str, int] = {}  # live tasks of ours, by daemons that left the config
    removing: tuple[str, ...] = ()  # of those daemons, the ones whose tasks are being stopped
    last_resync: Instant | None = None  # when the last complete listing began
    first_full_view: Instant | None = None
    frozen: FreezeRow | None = None
    consul: ConsulRow | None = None  # None where nobody asks for its catalog
    coverage: CoverageRow | None = None  # None where no daemon has servicesRegistered
    leader: LeaderRow | None = None  # None without an election: this process leads

    @property
    def standby(self) -> bool:
        """Whether another replica leads it, or none."""
        return self.state == STANDBY


class ConfigStatus(Document, frozen=True):
    """Whether the config as it is now could be loaded; if not, the last good one is in force."""

    ok: bool = True
    words: str = ""


class Status(Document, frozen=True):
    """The whole, small."""

    version: str
    started: Instant
    leader: Leader
    config: ConfigStatus
    clusters: tuple[ClusterStatus, ...]
    dry_run: bool = False


class Answers(Document, frozen=True):
    """What became of a command."""

    clusters: tuple[AnswerRow, ...]


class DaemonDocument(Document, frozen=True):
    """One daemon on one cluster, with the instances that lack it and why."""

    cluster: str
    task_definition: str  # as the config has it
    daemon: DaemonStatus
    revisions: dict[str, int]  # live tasks of ours, by family:revision
    failing_total: int
    failing: tuple[FailingRow, ...]  # the first hundred
    rollout: RolloutRow | None = None  # None before the first full view
    fault: str = ""  # why the task definition could not be looked up


class InstanceRow(Document, frozen=True):
    """One container instance, a verdict per daemon."""

    id: str  # the last part of its ARN
    arn: str
    ec2_instance_id: str
    zone: str
    status: str
    agent_connected: bool
    verdicts: tuple[VerdictRow, ...]
    gate: str = ""  # open, closed, or "" where there is none


class InstancesPage(Document, frozen=True):
    """Rows in order of their id; ``next`` goes into ``after``, "" on the last page."""

    cluster: str
    total: int  # rows that match, on all pages
    instances: tuple[InstanceRow, ...]
    next: str = ""
    known: bool = True  # false before the first full view: that there is no row says nothing then


class InstanceDocument(Document, frozen=True):
    """Everything about one container instance."""

    cluster: str
    instance: InstanceRow
    attributes: int
    registered: ResourcesRow
    remaining: ResourcesRow
    agent_version: str
    foreign: tuple[TaskRow, ...]  # tasks of the daemons' families that others started: left alone
    orphans: tuple[TaskRow, ...]  # ours, of a daemon that is not in the config any more
    conditions: tuple[ConditionRow, ...] = ()  # of the cluster and of the daemons on it
    next: str = ""  # what to do about the instance itself
    consul_agent: str = ""  # what Consul says of its agent; "" where nobody asks
    consul_ghosts: tuple[GhostRow, ...] = ()  # nodes of it that are removed from Consul
    unregistered: tuple[str, ...] = ()  # published ports that should be in Consul, and are not
    stale_services: tuple[str, ...] = ()  # in Consul, and of no container that is there
    gate: str = ""  # open or closed, and what it waits for; "" where there is none
    registered_at: Instant | None = None
    disconnected_since: Instant | None = None


class PlanDocument(Document, frozen=True):
    """What would be done on one cluster now, what comes by itself after it, what waits and why."""

    cluster: str
    actions: tuple[ActionRow, ...]
    later: tuple[ActionRow, ...]  # starts that follow once what they depend on is there
    waiting: tuple[WaitingRow, ...]
    conditions: tuple[ConditionRow, ...]
    nothing_to_do: bool
    words: str = ""  # why there is no plan, where there is none
    ghosts: tuple[GhostRow, ...] = ()  # Consul nodes that are removed


class Plans(Document, frozen=True):
    """A plan per cluster."""

    clusters: tuple[PlanDocument, ...]


class EventsPage(Document, frozen=True):
    """Rows of the journal; ``next`` goes into ``after``.

    ``lost`` says that rows between ``after`` and the first one here are gone: they fell out of the
    ring, or another process counted up to ``after``.
    """

    events: tuple[EventRow, ...]
    next: int
    lost: bool = False


class Report(Protocol):
    """Answers of the running controller. Read in the event loop, never waits."""

    def status(self) -> Status:
        """Everything in numbers."""
        ...

    def daemon(self, alias: str, name: str) -> DaemonDocument:
        """One daemon. Raises NotFoundError."""
        ...

    def instances(
        self, alias: str, after: str, limit: int, verdict: str = "", zone: str = ""
    ) -> InstancesPage:
        """A page of instances, of those with the verdict and in the zone if such are asked for.

        Raises NotFoundError where there is no such cluster, or no instance is in the zone.
        """
        ...

    def grid(self, alias: str) -> GridDocument:
        """Every instance, small. Raises NotFoundError."""
        ...

    def instance(self, alias: str, ident: str) -> InstanceDocument:
        """One instance by ARN, its last part or ``i-…``. Raises NotFoundError, AmbiguousError."""
        ...

    def plan(self) -> Plans:
        """What would be done now with all API tokens at hand."""
        ...

    def led(self, alias: str) -> None:
        """Raises NotLeadingError where another replica leads the cluster."""
        ...

    def aliases(self) -> Sequence[str]:
        """The clusters, in the config's order."""
        ...

    def events(self, after: int, limit: int, wanted: Wanted = EVERYTHING) -> EventsPage:
        """Rows of the journal after number ``after``, oldest first."""
        ...

    def newest(self, limit: int, wanted: Wanted = EVERYTHING) -> EventsPage:
        """The journal's last rows, oldest first."""
        ...

    def grown(self) -> Future[None]:
        """Done with the journal's next row. One for all who wait: they may not cancel it."""
        ...
