"""Conditions as a gauge: what status tells in words, an alert reads as a number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric

from daemonctl.model.reason import Notice
from daemonctl.runtime.report import ClusterStatus
from daemonctl.runtime.report_rows import ConditionRow
from daemonctl.telemetry.metrics import PREFIX


def condition_gauge(clusters: Sequence[ClusterStatus]) -> Metric:
    """1 where a condition stands, of a daemon or (label ``daemon`` empty) of the cluster.

    Zeros too, as ``daemon_blocked`` has them: a series that comes and goes breaks alerts.
    """
    words = "1 where the condition stands; daemon is empty where it is the cluster's."
    gauge = GaugeMetricFamily(
        f"{PREFIX}condition", words, labels=("cluster", "daemon", "condition")
    )
    for cluster in clusters:
        for daemon, rows in _owners(cluster):
            standing = frozenset(row.notice for row in rows)
            for notice in Notice:
                on = 1 if notice.value in standing else 0
                gauge.add_metric((cluster.alias, daemon, notice.value), on)
    return gauge


def _owners(cluster: ClusterStatus) -> Iterator[tuple[str, Sequence[ConditionRow]]]:
    yield "", cluster.conditions
    for daemon in cluster.daemons:
        yield daemon.name, daemon.conditions
