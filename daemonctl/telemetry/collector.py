"""Gauges, read from the report at the moment of a scrape: they cannot go stale."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from daemonctl.model.rollout import UNDER_WAY
from daemonctl.runtime.report import ClusterStatus, DaemonStatus, Report, Status
from daemonctl.runtime.report_source import WAITING_CODES
from daemonctl.telemetry.conditions import condition_gauge
from daemonctl.telemetry.metrics import PREFIX

_DAEMON: tuple[tuple[str, str, Callable[[DaemonStatus], int]], ...] = (
    (
        "daemon_status_desired_number_scheduled",
        "Instances that should run the daemon.",
        lambda daemon: daemon.desired,
    ),
    (
        "daemon_status_current_number_scheduled",
        "Instances that should run the daemon and have a live task of it.",
        lambda daemon: daemon.current,
    ),
    (
        "daemon_status_number_ready",
        "Instances that should run the daemon and where it is ready.",
        lambda daemon: daemon.ready,
    ),
    (
        "daemon_status_number_available",
        "Instances where it is ready, and has been for minReadySeconds.",
        lambda daemon: daemon.available,
    ),
    (
        "daemon_status_number_unavailable",
        "Instances that should run the daemon and cannot count on it.",
        lambda daemon: daemon.unavailable,
    ),
    (
        "daemon_status_number_misscheduled",
        "Tasks of the daemon on instances that should not run it.",
        lambda daemon: daemon.misscheduled,
    ),
    (
        "daemon_status_updated_number_scheduled",
        "Instances that run the wanted revision of the daemon.",
        lambda daemon: daemon.updated,
    ),
)


class BudgetLevel(Struct, frozen=True):
    """What one token bucket holds. ``scope`` tells accounts and regions apart."""

    scope: str
    bucket: str
    tokens: float


class StatusCollector(Collector):
    """The report's numbers as gauges."""

    def __init__(
        self, report: Report, budgets: Callable[[], Sequence[BudgetLevel]] = lambda: ()
    ) -> None:
        self._report = report
        self._budgets = budgets

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not read the report."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every gauge of every cluster that this process leads; of the others that it does not."""
        status = self._report.status()
        led = [cluster for cluster in status.clusters if not cluster.standby]
        yield from _daemons(led)
        yield _blocked(led)
        yield from _rollouts(led)
        yield condition_gauge(led)
        yield from _clusters(led)
        yield from _consul(led)
        yield from _coverage(led)
        yield from _process(status)
        tokens = _gauge("api_budget_tokens", "API calls that may be made now.", "scope", "bucket")
        for level in self._budgets():
            tokens.add_metric((level.scope, level.bucket), level.tokens)
        yield tokens


def _gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, words, labels=labels)


def _daemons(clusters: Sequence[ClusterStatus]) -> Iterator[Metric]:
    for name, words, number in _DAEMON:
        gauge = _gauge(name, words, "cluster", "daemon")
        for cluster in clusters:
            for daemon in cluster.daemons:
                gauge.add_metric((cluster.alias, daemon.name), number(daemon))
        yield gauge


def _blocked(clusters: Sequence[ClusterStatus]) -> Metric:
    words = "Instances that should run the daemon and wait, by reason."
    gauge = _gauge("daemon_blocked", words, "cluster", "daemon", "reason")
    for cluster in clusters:
        for daemon in cluster.daemons:
            for code in WAITING_CODES:  # zeros too: a series that comes and goes breaks alerts
                blocked = daemon.blocked.get(code.value, 0)
                gauge.add_metric((cluster.alias, daemon.name, code.value), blocked)
    return gauge


def _rollouts(clusters: Sequence[ClusterStatus]) -> Iterator[Metric]:
    rolling = _gauge("rollout_in_progress", "1 while a rollout is under way.", "cluster", "daemon")
    paused = _gauge("rollout_paused", "1 while an operator holds updates.", "cluster", "daemon")
    for cluster in clusters:
        for daemon in cluster.daemons:
            on = (cluster.alias, daemon.name)
            rolling.add_metric(on, 1 if daemon.rollout in UNDER_WAY else 0)
            paused.add_metric(on, 1 if daemon.paused else 0)
    yield rolling
    yield paused


def _consul(clusters: Sequence[ClusterStatus]) -> Iterator[Metric]:
    known = _gauge(
        "consul_catalog_known", "1 where Consul confirmed its catalog within a minute.", "cluster"
    )
    answer = _gauge(
        "consul_last_answer_timestamp_seconds", "When Consul last confirmed it.", "cluster"
    )
    ghosts = _gauge("consul_ghosts", "Consul nodes whose hosts are gone.", "cluster")
    for cluster in clusters:
        if cluster.consul is None:
            continue
        if cluster.consul.ghosts is not None:
            ghosts.add_metric((cluster.alias,), cluster.consul.ghosts)
        known.add_metric((cluster.alias,), 1 if cluster.consul.known else 0)
        if cluster.consul.last_answer is not None:
            answer.add_metric((cluster.alias,), cluster.consul.last_answer.timestamp())
    yield known
    yield answer
    yield ghosts


def _coverage(clusters: Sequence[ClusterStatus]) -> Iterator[Metric]:
    missing = _gauge(
        "discovery_unregistered_tasks", "Tasks with a published port not in Consul.", "cluster"
    )
    stale = _gauge(
        "discovery_stale_services", "Services in Consul whose container is gone.", "cluster"
    )
    for cluster in clusters:
        if cluster.coverage is not None:
            missing.add_metric((cluster.alias,), cluster.coverage.unregistered_tasks)
            stale.add_metric((cluster.alias,), cluster.coverage.stale_services)
    yield missing
    yield stale


def _clusters(clusters: Sequence[ClusterStatus]) -> Iterator[Metric]:
    instances = _gauge("instances", "Container instances, by state.", "cluster", "state")
    resync = _gauge(
        "last_resync_timestamp_seconds", "When the last complete listing began.", "cluster"
    )
    frozen = _gauge("frozen", "1 where an operator has stopped every write.", "cluster")
    closed = _gauge("gate_closed_instances", "Instances whose gate is not open.", "cluster")
    idle = _gauge(
        "instances_with_daemons_only", "Active instances that hold nothing but daemons.", "cluster"
    )
    for cluster in clusters:
        states = cluster.instances
        idle.add_metric((cluster.alias,), states.daemons_only)
        if states.gate_closed is not None:
            closed.add_metric((cluster.alias,), states.gate_closed)
        for state, number in (
            ("active", states.active),
            ("disconnected", states.disconnected),
            ("draining", states.draining),
            ("other", states.other),
        ):
            instances.add_metric((cluster.alias, state), number)
        if cluster.last_resync is not None:
            resync.add_metric((cluster.alias,), cluster.last_resync.timestamp())
        frozen.add_metric((cluster.alias,), 0 if cluster.frozen is None else 1)
    yield instances
    yield idle
    yield closed
    yield resync
    yield frozen


def _process(status: Status) -> Iterator[Metric]:
    leader = _gauge("leader", "1 where this process decides.", "cluster")
    for cluster in status.clusters:
        row = cluster.leader  # without an election there is one replica, and it decides
        leader.add_metric((cluster.alias,), 1 if row is None or row.role == "leader" else 0)
    yield leader
    loaded = _gauge(
        "config_last_reload_successful", "1 where the config as it is now is the one in force."
    )
    loaded.add_metric((), 1 if status.config.ok else 0)
    yield loaded
