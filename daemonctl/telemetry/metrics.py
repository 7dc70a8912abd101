"""Counters and histograms, with series that go when their cluster leaves the config."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from platform import python_version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from daemonctl.telemetry.catalog import METRICS, Metric

PREFIX = "daemonctl_"

SERIES = 2000
"""At most this many label sets a metric: what an outsider may name must not fill the memory."""

_LABEL_LENGTH = 128


class Metrics:
    """The registry and what is counted into it. Nothing here raises for a name or a label."""

    def __init__(self, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        build = Gauge(
            f"{PREFIX}build_info",
            "Always 1; the labels say what runs.",
            ("version", "python"),
            registry=self.registry,
        )
        build.labels(version, python_version()).set(1)
        self._metrics: dict[str, tuple[Metric, Counter | Histogram]] = {}
        self._series: dict[str, dict[tuple[str, ...], None]] = {}
        for metric in METRICS:
            self._metrics[metric.name] = (metric, self._make(metric))
            self._series[metric.name] = {}

    def count(self, name: str, labels: Mapping[str, str]) -> bool:
        """One more. False where there is no such counter, or it has too many series."""
        found = self._child(name, labels)
        if not isinstance(found, Counter):
            return False
        found.inc()
        return True

    def observe(self, name: str, value: float, labels: Mapping[str, str]) -> bool:
        """A measurement. False where there is no such histogram, or it has too many series."""
        found = self._child(name, labels)
        if not isinstance(found, Histogram):
            return False
        found.observe(value)
        return True

    def keep_clusters(self, aliases: Iterable[str]) -> None:
        """The config's clusters now: the series of every other one go."""
        kept = frozenset(aliases)
        for name, (metric, made) in self._metrics.items():
            if "cluster" not in metric.labels:
                continue
            at = metric.labels.index("cluster")
            series = self._series[name]
            for values in [values for values in series if values[at] not in kept]:
                made.remove(*values)
                del series[values]

    def _make(self, metric: Metric) -> Counter | Histogram:
        name = PREFIX + metric.name
        if metric.buckets:
            return Histogram(
                name, metric.help, metric.labels, buckets=metric.buckets, registry=self.registry
            )
        return Counter(name, metric.help, metric.labels, registry=self.registry)

    def _child(self, name: str, labels: Mapping[str, str]) -> Counter | Histogram | None:
        found = self._metrics.get(name.removeprefix(PREFIX).removesuffix("_total"))
        if found is None:
            return None
        metric, made = found
        values = tuple(labels.get(label, "")[:_LABEL_LENGTH] for label in metric.labels)
        series = self._series[metric.name]
        if values not in series:
            if len(series) >= SERIES:
                return None
            series[values] = None
        return made.labels(*values)
