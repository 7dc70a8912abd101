"""What a report reads of a cluster, and the few questions that every document asks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct, field

from daemonctl.model.cluster import Task
from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.discovery import Service
from daemonctl.model.ghosts import Ghost
from daemonctl.model.ids import (
    ContainerInstanceArn,
    DaemonName,
    Slot,
    TaskDefinitionArn,
    daemon_of,
    family_of,
    short,
    started_by,
)
from daemonctl.model.memory import Memory
from daemonctl.model.observed import Host, Observed
from daemonctl.model.plan import Plan
from daemonctl.model.reason import Code, Condition, Verdict
from daemonctl.model.rollout import Rollout
from daemonctl.model.spec import ClusterSpec
from daemonctl.model.status import Counts
from daemonctl.planning.adopt import free
from daemonctl.runtime import advice
from daemonctl.runtime.report_rows import ConditionRow, FailureRow, VerdictRow, moment

WAITING_CODES = (
    Code.AMBIGUOUS,
    Code.STOPPING,
    Code.BACKOFF,
    Code.HELD,
    Code.BLOCKED,
    Code.NO_FIT,
    Code.NO_DEFINITION,
    Code.AGENT_DISCONNECTED,
    Code.START_TIMEOUT,
)
"""Verdicts of a slot that should run and waits for something: ``daemon_blocked{reason}``."""

FAILING_CODES = (
    *WAITING_CODES,
    Code.UNHEALTHY,
    Code.UNREADY,
    Code.UNKNOWN,
    Code.DUPLICATE,
    Code.MISPLACED,
)
"""Verdicts that somebody who asks what is wrong wants to see."""


NOT_HERE_CODES = (
    Code.DRAINING,
    Code.INELIGIBLE,
    Code.CONSTRAINT,
    Code.MISPLACED,
    Code.UNUSED,
)
"""Verdicts of a slot where the daemon should not run."""


class CatalogState(Struct, frozen=True):
    """How Consul's catalog is read."""

    name: str  # the datacenter at an address, in words
    as_of: float | None  # when Consul last confirmed it, epoch seconds
    trouble: str  # why it cannot be read; "" while it can


class StaleService(Struct, frozen=True):
    """A service in Consul whose container is gone."""

    instance: ContainerInstanceArn
    service: Service
    since: float  # when it was first seen so, epoch seconds
    why: str  # why it could not be taken out, "" where that was not tried or has worked


class CoverageState(Struct, frozen=True):
    """How what is registered is read, and what was found."""

    trouble: str  # why it cannot be read; "" while it can
    missing: int  # tasks with a published port that is not in Consul
    stale: tuple[StaleService, ...]


class Role(StrEnum):
    """What a replica is to a cluster."""

    LEADER = "leader"
    STANDBY = "standby"
    REPAIR_ONLY = "repair-only"  # the lock store is down: starts and repairs
    UNSURE = "unsure"  # it led, and does not know whether it still does


class Standing(Struct, frozen=True):
    """Who leads a cluster that several replicas stand for."""

    role: Role
    since: float | None  # epoch seconds: since when this one leads, or the other one does
    host: str  # of who leads, or led last; "" where that is not known
    address: str  # of its API; "" where it gives none that can be used from here
    words: str  # what is wrong, with the next step; "" where all is well


def leads(standing: Standing | None) -> bool:
    """Whether this process leads; without an election it does."""
    return standing is None or standing.role is not Role.STANDBY


class ClusterState(Protocol):
    """The read model of one cluster."""

    @property
    def spec(self) -> ClusterSpec: ...
    @property
    def desired(self) -> Desired | None: ...  # None until task definitions were looked up
    @property
    def observed(self) -> Observed | None: ...  # None before the first listing
    @property
    def verdicts(self) -> Mapping[Slot, Verdict]: ...
    @property
    def memory(self) -> Memory: ...
    @property
    def conditions(self) -> Sequence[Condition]: ...
    @property
    def counts(self) -> Mapping[DaemonName, Counts]: ...
    @property
    def trouble(self) -> str: ...  # why the last reading of the cluster failed; "" after success
    @property
    def unkept(self) -> str: ...  # why rollouts cannot be saved; "" while they can, or need not
    @property
    def deaf(self) -> str: ...  # why its events queue cannot be read; "" while it can
    @property
    def consul(self) -> CatalogState | None: ...  # None where nobody asks for its catalog
    @property
    def ghosts(self) -> Sequence[Ghost]: ...  # Consul nodes whose hosts are gone
    @property
    def coverage(self) -> CoverageState | None: ...  # None without servicesRegistered
    @property
    def standing(self) -> Standing | None: ...  # None without an election: this process leads


class LiveCluster(ClusterState, Protocol):
    """A cluster that can be asked for its next plan."""

    def next_plan(self) -> Plan | None:
        """The plan of this moment with an infinite allowance; None where there is no view yet."""
        ...


class ClusterFacts(Struct, frozen=True):
    """A ``ClusterState`` that stands still: of one plan, or of a test."""

    spec: ClusterSpec
    desired: Desired | None = None
    observed: Observed | None = None
    verdicts: Mapping[Slot, Verdict] = {}
    memory: Memory = field(default_factory=Memory)
    conditions: tuple[Condition, ...] = ()
    counts: Mapping[DaemonName, Counts] = {}
    trouble: str = ""
    deaf: str = ""
    unkept: str = ""
    consul: CatalogState | None = None
    ghosts: tuple[Ghost, ...] = ()
    coverage: CoverageState | None = None
    standing: Standing | None = None


def daemons_of(state: ClusterState) -> tuple[DesiredDaemon, ...]:
    """The daemons, in the config's order, also while their definitions are being looked up."""
    if state.desired is not None:
        return state.desired.daemons
    return tuple(DesiredDaemon(spec, None) for spec in state.spec.daemons)


def hosts_of(state: ClusterState) -> tuple[Host, ...]:
    """The instances in order of their id."""
    if state.observed is None:
        return ()
    return tuple(sorted(state.observed.hosts.values(), key=lambda host: short(host.instance.arn)))


class Holders:
    """Whose each task is: the daemon that started it, or that has adopted it."""

    def __init__(self, state: ClusterState) -> None:
        self._mark = started_by(state.spec.owner)
        self._adopting = {
            family_of(TaskDefinitionArn(spec.task_definition)): spec.name
            for spec in (daemon.spec for daemon in daemons_of(state))
            if spec.adopt
        }

    def of(self, task: Task) -> DaemonName | None:
        """The daemon; None where the task is foreign. It may have left the config since."""
        if task.started_by == self._mark:
            return daemon_of(task.group)
        taken = self._adopting.get(family_of(task.definition))
        return taken if taken is not None and free(task) else None


def task_for(state: ClusterState, host: Host, daemon: DaemonName) -> Task | None:
    """The task to show for a slot: live before stopping, RUNNING before PENDING, oldest first."""
    holders = Holders(state)
    found = [task for task in host.tasks if not task.stopped and holders.of(task) == daemon]
    found.sort(key=lambda task: (not task.live, task.last_status != "RUNNING", task.running_since))
    return found[0] if found else None


def rollout_of(state: ClusterState, daemon: DaemonName) -> Rollout | None:
    """Where a daemon is on its way between revisions; None before the first full view."""
    held = state.memory.daemons.get(daemon)
    return None if held is None else held.rollout


def condition_row(condition: Condition) -> ConditionRow:
    """A condition with its next step."""
    return ConditionRow(
        notice=condition.notice.value,
        words=condition.words,
        next=advice.for_condition(condition),
        daemon=condition.daemon,
    )


def verdict_row(
    state: ClusterState, host: Host, daemon: DesiredDaemon, verdict: Verdict
) -> VerdictRow:
    """A verdict with its task, its last failure and its next step."""
    name = daemon.spec.name
    task = task_for(state, host, name)
    remembered = state.memory.slots.get((host.instance.arn, name))
    failure = remembered.failure if remembered is not None else None
    wanted = daemon.definition if verdict.code not in NOT_HERE_CODES else None
    return VerdictRow(
        daemon=name,
        code=verdict.code.value,
        words=verdict.words,
        next=advice.for_verdict(verdict, host=host, definition=daemon.definition, failure=failure),
        wanted=short(wanted.arn) if wanted is not None else "",
        until=moment(verdict.until),
        task=short(task.arn) if task is not None else "",
        task_status=task.last_status if task is not None else "",
        revision=short(task.definition) if task is not None else "",
        since=moment(task.started_at) if task is not None else None,
        last_failure=None
        if failure is None
        else FailureRow(
            streak=failure.streak,
            code=failure.code,
            words=failure.words,
            at=moment(failure.at),
            until=moment(failure.until),
        ),
    )
