"""`status` as text: clusters with a row a daemon, or one daemon with what fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from daemonctl.cli.rollout_text import rollout_lines
from daemonctl.cli.table import WIDEST, age, count_of, table, wrap
from daemonctl.runtime.report import ClusterStatus, DaemonDocument, DaemonStatus, Status
from daemonctl.runtime.report_rows import ConditionRow, FailingRow

_HEADER = (
    "NAME",
    "DESIRED",
    "CURRENT",
    "READY",
    "UP-TO-DATE",
    "AVAILABLE",
    "MISSCHEDULED",
    "AGE",
)
_UNKNOWN, _UNSAFE = "UNKNOWN", "UNSAFE"  # of DiscoveryRow
_NAMED = 3  # instances that a line names before it says how many more


def status_lines(
    status: Status, clusters: Sequence[ClusterStatus], now: datetime, *, wide: bool = False
) -> Iterator[str]:
    """Every cluster: its state, its daemons, and what is wrong with them."""
    if not status.config.ok:
        words = f"the config cannot be loaded, the last good one is in force: {status.config.words}"
        yield from wrap("! ", words)
        yield ""
    for number, cluster in enumerate(clusters):
        if number:
            yield ""
        yield from _cluster(cluster, now, wide=wide)


def daemon_lines(document: DaemonDocument, now: datetime) -> Iterator[str]:
    """One daemon of one cluster: its numbers, its revisions, what fails and why."""
    daemon = document.daemon
    wanted = daemon.wanted_revision or ("unknown" if document.fault else "not looked up yet")
    yield f"Cluster:          {document.cluster}"
    yield from wrap("Task definition:  ", f"{document.task_definition} (wanted: {wanted})")
    if document.fault:
        yield from wrap("Fault:            ", document.fault)
    if daemon.depends_on:
        words = ", ".join(f"{each.daemon} {each.condition}" for each in daemon.depends_on)
        yield from wrap("Depends on:       ", words)
    if document.revisions:
        words = ", ".join(f"{name} on {count}" for name, count in document.revisions.items())
        yield from wrap("Runs:             ", words)
    if document.rollout is not None:
        yield from rollout_lines(document.rollout)
    yield ""
    yield from table(_HEADER, [_row(daemon, now)])
    yield from _notes(daemon)
    yield from conditions_lines(daemon.conditions)
    yield from _failing(document)


def _leader(cluster: ClusterStatus, now: datetime) -> Iterator[str]:
    """Who leads, where several replicas stand for it."""
    row = cluster.leader
    if row is None:
        return
    if row.role == "leader":
        since = f" for {age(row.since, now)}" if row.since else ""
        yield from wrap("  leader: ", f"the replica on {row.host}{since}")
    elif not cluster.standby:
        yield from wrap(f"! {row.role}: ", row.words)


def _cluster(cluster: ClusterStatus, now: datetime, *, wide: bool) -> Iterator[str]:
    if cluster.standby:
        yield from wrap(f"{cluster.alias}: ", f"{cluster.region} {cluster.state}")
        yield from wrap("! ", cluster.words)
        return
    resync = f", view {age(cluster.last_resync, now)} old" if cluster.last_resync else ""
    instances = cluster.instances
    parts = "".join(f", {number} {words}" for number, words in instances.apart())
    head = f"{cluster.region} {cluster.state}: {count_of(instances.total, 'instance')}"
    yield from wrap(f"{cluster.alias}: ", f"{head}{parts}{resync}")
    if cluster.discovery.state != _UNKNOWN:  # else what is said below is why
        mark = "! " if cluster.discovery.state == _UNSAFE else "  "
        yield from wrap(mark, cluster.discovery.words)
    yield from _leader(cluster, now)
    if cluster.words:
        yield from wrap("! ", cluster.words)
    if cluster.coverage is not None and cluster.coverage.words:
        yield from wrap("! Registrations: ", cluster.coverage.words)
    if cluster.consul is not None and cluster.consul.words:
        yield from wrap("! Consul: ", cluster.consul.words)
    if instances.disconnected:
        yield "  next: daemonctl instances names those that are disconnected"
    yield from conditions_lines(cluster.conditions)
    yield from _daemons(cluster.daemons, now, wide=wide)
    for daemon in cluster.daemons:
        if daemon.blocked:
            reasons = ", ".join(f"{count} {code}" for code, count in daemon.blocked.items())
            yield from wrap(f"{daemon.name}: ", f"waits: {reasons}")
            yield f"  why:  daemonctl status {daemon.name}"
        if daemon.fault and "NO_DEFINITION" not in daemon.blocked:  # else those tell it
            yield from wrap(f"! {daemon.name}: ", daemon.fault)
        yield from _notes(daemon)
        yield from conditions_lines(daemon.conditions)
    yield from _orphans(cluster)


def _daemons(daemons: Sequence[DaemonStatus], now: datetime, *, wide: bool) -> Iterator[str]:
    if not wide:
        yield from table(_HEADER, [_row(each, now) for each in daemons])
        return
    rows = [
        (*_row(each, now), each.type, each.rollout or "-", each.wanted_revision or "-")
        for each in daemons
    ]
    yield from table((*_HEADER, "TYPE", "ROLLOUT", "WANTED"), rows, WIDEST)


def _orphans(cluster: ClusterStatus) -> Iterator[str]:
    for name, count in cluster.orphans.items():
        words = f"{count_of(count, 'task')} of ours, and the config has no such daemon"
        if name in cluster.removing:
            yield from wrap(f"{name}: ", f"{words}: being stopped, a few at a time")
            continue
        yield from wrap(f"{name}: ", f"{words}: left to run")
        yield from wrap("  next: ", "put it back into the config, or stop them: `daemonctl prune`")


def _row(daemon: DaemonStatus, now: datetime) -> tuple[str, ...]:
    return (daemon.name, *(str(number) for number in daemon.numbers()), age(daemon.since, now))


def _notes(daemon: DaemonStatus) -> Iterator[str]:
    if daemon.foreign:
        words = f"{count_of(daemon.foreign, 'task')} of its family that others started: left alone"
        yield from wrap(f"{daemon.name}: ", words)
    if daemon.duplicates:
        words = f"more than one task on {count_of(daemon.duplicates, 'instance')}: one stays"
        yield from wrap(f"{daemon.name}: ", words)


def conditions_lines(conditions: Sequence[ConditionRow]) -> Iterator[str]:
    """What holds of a cluster or a daemon, each with its next step."""
    for each in conditions:
        of = f"{each.daemon}: " if each.daemon else ""
        yield from wrap(f"! {of}", f"{each.notice}: {each.words}")
        yield from wrap("  next: ", each.next)


def _failing(document: DaemonDocument) -> Iterator[str]:
    """One paragraph a reason: how many, where, why, what to do."""
    if not document.failing:
        return
    yield ""
    shown = len(document.failing)
    of = f", the first {shown}" if shown < document.failing_total else ""
    yield f"Not as it should be on {count_of(document.failing_total, 'instance')}{of}:"
    groups: dict[str, list[FailingRow]] = {}
    for row in document.failing:
        groups.setdefault(row.verdict.code, []).append(row)
    for code, rows in groups.items():
        names = ", ".join(row.ec2_instance_id or row.id for row in rows[:_NAMED])
        more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
        first = rows[0].verdict
        yield from wrap(f"{len(rows)} {code}: ", f"{names}{more}")
        yield from wrap("  why:  ", first.words)
        if first.last_failure is not None:
            failure = first.last_failure
            streak = f"{count_of(failure.streak, 'failure')} in a row"
            yield from wrap("  last: ", f"{streak}; {failure.code}: {failure.words}")
        yield from wrap("  next: ", first.next)
