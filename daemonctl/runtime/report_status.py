"""The documents that count: a cluster's status, and one daemon with the instances that fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import DaemonName, short, started_by
from daemonctl.model.reason import Condition, Notice
from daemonctl.model.status import Counts
from daemonctl.planning.scalein import daemons_only
from daemonctl.runtime import advice, advice_trouble
from daemonctl.runtime.definitions import NOT_LOOKED_UP
from daemonctl.runtime.report import (
    STANDBY,
    ClusterStatus,
    DaemonDocument,
    DaemonStatus,
    NotFoundError,
)
from daemonctl.runtime.report_consul import consul_row, coverage_row
from daemonctl.runtime.report_discovery import discovery_row
from daemonctl.runtime.report_gate import gates_closed
from daemonctl.runtime.report_rollout import once_row, rollout_row
from daemonctl.runtime.report_rows import (
    DependencyRow,
    FailingRow,
    FreezeRow,
    InstanceCounts,
    LeaderRow,
    RolloutRow,
    moment,
)
from daemonctl.runtime.report_source import (
    FAILING_CODES,
    WAITING_CODES,
    ClusterState,
    Holders,
    Standing,
    condition_row,
    daemons_of,
    hosts_of,
    leads,
    rollout_of,
    verdict_row,
)

FAILING_SHOWN = 100
"""How many failing instances a daemon's document names."""


class ViewState(StrEnum):
    """How good the view of a cluster is."""

    STARTING = "starting"  # no full view yet
    READY = "ready"
    STALE = "stale"  # too old to act on
    UNREACHABLE = "unreachable"  # the last reading failed
    STANDBY = STANDBY  # another replica leads it


def cluster_status(state: ClusterState, now: float) -> ClusterStatus:
    """How a cluster stands."""
    view, words = _view(state, now)
    waiting = _waiting(state)
    since = _oldest_tasks(state)
    observed, freeze = state.observed, state.memory.freeze
    return ClusterStatus(
        alias=state.spec.alias,
        name=state.spec.name,
        region=state.spec.region,
        state=view.value,
        words=words,
        instances=_instances(state),
        daemons=tuple(
            _daemon_status(state, daemon, waiting, since.get(daemon.spec.name))
            for daemon in daemons_of(state)
        ),
        conditions=tuple(condition_row(each) for each in state.conditions if not each.daemon),
        discovery=discovery_row(state, _why_unknown(view, words)),
        orphans=_orphans(state),
        removing=()
        if state.desired is None
        else tuple(sorted(spec.name for spec in state.desired.removed)),
        last_resync=moment(observed.as_of) if observed is not None and observed.complete else None,
        first_full_view=moment(observed.first_full_at) if observed is not None else None,
        frozen=None if freeze is None else FreezeRow(freeze.by, moment(freeze.at)),
        consul=consul_row(state, now),
        coverage=coverage_row(state),
        leader=_leader(state.standing),
    )


def daemon_document(state: ClusterState, name: str) -> DaemonDocument:
    """One daemon. Raises NotFoundError naming the daemons that there are."""
    daemons = daemons_of(state)
    found = next((daemon for daemon in daemons if daemon.spec.name == name), None)
    if found is None:
        known = ", ".join(daemon.spec.name for daemon in daemons)
        raise NotFoundError(f'no daemon "{name}" on cluster {state.spec.alias}; it has: {known}')
    failing, total = _failing(state, found)
    since = _oldest_tasks(state).get(found.spec.name)
    return DaemonDocument(
        cluster=state.spec.alias,
        task_definition=found.spec.task_definition,
        daemon=_daemon_status(state, found, _waiting(state), since),
        revisions=_revisions(state, found.spec.name),
        failing_total=total,
        failing=failing,
        rollout=_rollout(state, found.spec.name),
        fault=_fault(found),
    )


def _why_unknown(view: ViewState, words: str) -> str:
    """Why nobody can tell whether discovery is safe; "" where the view can."""
    return "" if view is ViewState.READY else words


def _leader(standing: Standing | None) -> LeaderRow | None:
    if standing is None:
        return None
    since = moment(standing.since)
    return LeaderRow(standing.role.value, standing.host, standing.address, standing.words, since)


def _view(state: ClusterState, now: float) -> tuple[ViewState, str]:
    standing = state.standing
    if standing is not None and not leads(standing):
        return ViewState.STANDBY, standing.words
    return _led(state, now)


def _led(state: ClusterState, now: float) -> tuple[ViewState, str]:
    observed = state.observed
    age = None if observed is None or observed.first_full_at is None else now - observed.as_of
    if state.trouble:
        held = "no view is held yet" if age is None else f"the view is {age:.0f} s old"
        words = f"{state.trouble.rstrip('. ')} ({held}; it is tried again by itself)"
        return ViewState.UNREACHABLE, f"{words}. {advice_trouble.for_trouble(state.trouble)}"
    if observed is None or age is None:
        return ViewState.STARTING, advice_trouble.FIRST_LISTING
    bound = state.desired.stale_after_seconds if state.desired is not None else None
    if bound is not None and age > bound:
        words = f"the last full listing began {age:.0f} s ago, more than {bound:.0f} s"
        return ViewState.STALE, f"{words}. {advice.for_notice(Notice.VIEW_STALE)}"
    if state.deaf:
        words = f"{state.deaf.rstrip('. ')}; changes are seen at the next resync only"
        return ViewState.READY, f"{words}. {advice_trouble.for_deafness(state.deaf)}"
    if state.unkept:
        words = f"{state.unkept.rstrip('. ')}; updates wait for it, repair goes on"
        return ViewState.READY, f"{words}. It is tried again by itself."
    return ViewState.READY, ""


def _instances(state: ClusterState) -> InstanceCounts:
    active = disconnected = draining = other = idle = 0
    mark = started_by(state.spec.owner)
    hosts = state.observed.hosts if state.observed is not None else {}
    for host in hosts.values():
        if host.instance.status == "DRAINING":
            draining += 1
        elif host.instance.status != "ACTIVE":
            other += 1
        elif host.instance.connected:
            active += 1
            idle += not host.instance.managed and daemons_only(host, mark)
        else:
            disconnected += 1
    closed = gates_closed(state)
    return InstanceCounts(len(hosts), active, disconnected, draining, other, idle, closed)


def _daemon_status(
    state: ClusterState,
    daemon: DesiredDaemon,
    waiting: Mapping[DaemonName, dict[str, int]],
    since: float | None,
) -> DaemonStatus:
    name = daemon.spec.name
    counts = state.counts.get(name, Counts())
    rollout = rollout_of(state, name)
    return DaemonStatus(
        name=name,
        desired=counts.desired,
        current=counts.current,
        ready=counts.ready,
        updated=counts.updated,
        available=counts.available,
        unavailable=counts.unavailable,
        misscheduled=counts.misscheduled,
        foreign=counts.foreign,
        duplicates=counts.duplicates,
        blocked=waiting.get(name, {}),
        conditions=tuple(condition_row(each) for each in state.conditions if each.daemon == name),
        wanted_revision=short(daemon.definition.arn) if daemon.definition is not None else "",
        depends_on=tuple(
            DependencyRow(each.daemon, each.condition.value) for each in daemon.spec.depends_on
        ),
        since=moment(since),
        fault=_fault(daemon) if daemon.definition is None else "",
        type="ONCE" if daemon.spec.once else "DAEMON",
        rollout="" if rollout is None else rollout.phase.value,
        paused=rollout is not None and rollout.pause is not None,
    )


def _fault(daemon: DesiredDaemon) -> str:
    """Who waits for a rollout waits for the look, too: only what was refused is a fault."""
    return "" if daemon.fault == NOT_LOOKED_UP else daemon.fault


def _rollout(state: ClusterState, name: DaemonName) -> RolloutRow | None:
    held = rollout_of(state, name)
    hosts = state.observed.hosts if state.observed is not None else {}
    about = [each for each in state.conditions if each.daemon in ("", name)]
    if held is None:
        return _once(state, name, about)
    return rollout_row(held, state.counts.get(name, Counts()), hosts, about)


def _once(state: ClusterState, name: DaemonName, about: Sequence[Condition]) -> RolloutRow | None:
    """What runs once is told in the same words; of others nothing is known yet."""
    found = next((one for one in daemons_of(state) if one.spec.name == name), None)
    seen = state.observed is not None and state.observed.first_full_at is not None
    if found is None or found.wanted is None or not found.spec.once or not seen:
        return None
    return once_row(found.wanted, state.counts.get(name, Counts()), about)


def _waiting(state: ClusterState) -> dict[DaemonName, dict[str, int]]:
    found: dict[DaemonName, dict[str, int]] = {}
    for (_, name), verdict in state.verdicts.items():
        if verdict.code in WAITING_CODES:
            per_code = found.setdefault(name, {})
            per_code[verdict.code.value] = per_code.get(verdict.code.value, 0) + 1
    return {name: dict(sorted(codes.items())) for name, codes in found.items()}


def _orphans(state: ClusterState) -> dict[str, int]:
    names = {daemon.spec.name for daemon in daemons_of(state)}
    found: dict[str, int] = {}
    holders = Holders(state)
    hosts = state.observed.hosts if state.observed is not None else {}
    for host in hosts.values():
        for task in host.tasks:
            name = holders.of(task) if task.live else None
            if name is not None and name not in names:
                found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


def _oldest_tasks(state: ClusterState) -> dict[DaemonName, float]:
    found: dict[DaemonName, float] = {}
    holders = Holders(state)
    hosts = state.observed.hosts if state.observed is not None else {}
    for host in hosts.values():
        for task in host.tasks:
            name = holders.of(task) if task.live else None
            if name is None:
                continue
            at = task.created_at if task.created_at is not None else task.running_since
            found[name] = min(at, found.get(name, at))
    return found


def _revisions(state: ClusterState, name: DaemonName) -> dict[str, int]:
    found: dict[str, int] = {}
    holders = Holders(state)
    for host in hosts_of(state):
        for task in host.tasks:
            if task.live and holders.of(task) == name:
                revision = short(task.definition)
                found[revision] = found.get(revision, 0) + 1
    return dict(sorted(found.items()))


def _failing(state: ClusterState, daemon: DesiredDaemon) -> tuple[tuple[FailingRow, ...], int]:
    rows = []
    total = 0
    for host in hosts_of(state):
        verdict = state.verdicts.get((host.instance.arn, daemon.spec.name))
        if verdict is None or verdict.code not in FAILING_CODES:
            continue
        total += 1
        if total <= FAILING_SHOWN:
            rows.append(
                FailingRow(
                    id=short(host.instance.arn),
                    ec2_instance_id=host.instance.ec2_id,
                    zone=host.instance.zone,
                    verdict=verdict_row(state, host, daemon, verdict),
                )
            )
    return tuple(rows), total
