"""The metrics that are counted as things happen: names, labels, help. Promises of the interface."""

from __future__ import annotations

from msgspec import Struct

_LONG = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metric(Struct, frozen=True):
    """A counter, or with buckets a histogram. A counter's name here lacks ``_total``."""

    name: str
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()


METRICS = (
    Metric(
        "convergence_seconds",
        ("cluster",),
        "From an instance ACTIVE and connected to every required daemon ready on it.",
        _LONG,
    ),
    Metric(
        "repair_seconds",
        ("cluster", "daemon"),
        "From a daemon's task stopped to its replacement ready.",
        _LONG,
    ),
    Metric(
        "reconcile_duration_seconds",
        ("cluster",),
        "Time spent on one round of planning and checking.",
        _SHORT,
    ),
    Metric(
        "event_age_seconds",
        ("cluster",),
        "How old an ECS event was when it was applied.",
        (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600),
    ),
    Metric(
        "actions",
        ("cluster", "daemon", "action", "outcome"),
        "Calls that change something, by how they ended.",
    ),
    Metric(
        "invariant_violations",
        ("cluster", "invariant"),
        "Actions that the check dropped. Each is a bug.",
    ),
    Metric(
        "consul_ghosts_removed",
        ("cluster", "kind"),
        "Consul nodes of hosts that are gone, removed: drained, terminated or forgotten by EC2.",
    ),
    Metric("aws_requests", ("operation", "outcome"), "Requests made to AWS."),
    Metric("aws_throttled", ("operation",), "Requests that AWS throttled."),
    Metric(
        "events_received",
        ("cluster", "type", "outcome"),
        "Messages of the events queue, by type and what became of them.",
    ),
    Metric("http_refused", ("reason",), "Requests and TLS handshakes that were refused, by why."),
)
"""Every metric that ``Sink.count`` and ``Sink.observe`` know, without ``daemonctl_``."""
