"""What `--watch` tells row by row: of a cluster, a daemon, an instance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from daemonctl.cli.documents import DaemonDocuments, InstancesPages
from daemonctl.cli.instances_text import status_of, why_not
from daemonctl.cli.watching import Rows
from daemonctl.runtime.report import ClusterStatus, DaemonStatus, Status
from daemonctl.runtime.report_rows import ConditionRow, RolloutRow

Row = tuple[tuple[str, ...], str]


def status_rows(status: Status) -> Rows:
    """The controller, each cluster, each daemon, each condition."""
    return dict(_status(status))


def _status(status: Status) -> Iterator[Row]:
    began = f"{status.started:%Y-%m-%d %H:%M:%S} UTC"
    yield ("",), f"the controller: version {status.version}, began {began}"
    if not status.config.ok:
        yield ("config",), f"! the config cannot be loaded: {status.config.words}"
    for each in status.clusters:
        yield (each.alias,), _cluster(each)
        yield from _conditions(each.alias, each.conditions)
        for daemon in each.daemons:
            yield (each.alias, daemon.name), _daemon(each.alias, daemon)
            yield from _conditions(f"{each.alias}/{daemon.name}", daemon.conditions)


def daemon_rows(documents: DaemonDocuments) -> Rows:
    """The daemon on each cluster, its rollout, its conditions, the instances where it fails."""
    return dict(_daemons(documents))


def _daemons(documents: DaemonDocuments) -> Iterator[Row]:
    for each in documents.clusters:
        name = f"{each.cluster}/{each.daemon.name}"
        yield (name,), _daemon(each.cluster, each.daemon)
        yield (name, "rollout"), f"{name}: {_rollout(each.rollout)}"
        if each.fault:
            yield (name, "fault"), f"! {name}: {each.fault}"
        yield from _conditions(name, each.daemon.conditions)
        for row in each.failing:
            words = f"{row.verdict.code}: {row.verdict.words}"
            yield (name, row.id), f"{name} on {row.ec2_instance_id or row.id}: {words}"


def instance_rows(pages: InstancesPages) -> Rows:
    """Each instance."""
    found: dict[tuple[str, ...], str] = {}
    for page in pages.clusters:
        for row in page.instances:
            gate = f"  gate {row.gate}" if row.gate else ""
            words = why_not(row.verdicts) or "all daemons ready"
            name = row.ec2_instance_id or row.id
            line = f"{page.cluster}  {name}  {status_of(row)}{gate}  {words}"
            found[page.cluster, row.id] = line
    return found


def same_status(old: Status, new: Status) -> bool:
    """Whether nothing changed but when it was last looked at."""
    return _timeless(old) == _timeless(new)


def _timeless(status: Status) -> Status:
    def bare(cluster: ClusterStatus) -> ClusterStatus:
        consul = None if cluster.consul is None else replace(cluster.consul, last_answer=None)
        return replace(cluster, last_resync=None, consul=consul)

    return replace(status, clusters=tuple(bare(each) for each in status.clusters))


def _cluster(cluster: ClusterStatus) -> str:
    counts = cluster.instances
    numbers = ((counts.total, "instances"), *counts.apart())
    told = ", ".join(f"{number} {words}" for number, words in numbers if number)
    safe = cluster.discovery.words
    why = "" if cluster.words in safe else cluster.words  # where it is not known, that is why
    parts = (f"{cluster.alias}: {cluster.state}", told, safe, why)
    return "; ".join(part for part in parts if part)


def _daemon(alias: str, daemon: DaemonStatus) -> str:
    numbers = (
        ("desired", daemon.desired),
        ("current", daemon.current),
        ("ready", daemon.ready),
        ("up-to-date", daemon.updated),
        ("available", daemon.available),
        ("misscheduled", daemon.misscheduled),
    )
    told = " ".join(f"{name} {number}" for name, number in numbers)
    blocked = ", ".join(f"{count} {code}" for code, count in daemon.blocked.items())
    return f"{alias}/{daemon.name}: {told}{f'; waits: {blocked}' if blocked else ''}"


def _rollout(rollout: RolloutRow | None) -> str:
    if rollout is None:
        return "the cluster has not been seen whole yet"
    waits = f"; waits: {rollout.waits}" if rollout.waits else ""
    pause = f"; paused {rollout.paused.words}" if rollout.paused is not None else ""
    return f"{rollout.phase}: {rollout.words}{pause}{waits}"


def _conditions(of: str, conditions: Iterable[ConditionRow]) -> Iterator[Row]:
    for each in conditions:
        yield (of, each.notice, each.daemon), f"! {of}: {each.notice}: {each.words}"
