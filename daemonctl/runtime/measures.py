"""How long it took: an instance until its daemons were ready, a daemon until it was back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from daemonctl.model.desired import Desired
from daemonctl.model.ids import ContainerInstanceArn, DaemonName, Slot, daemon_of
from daemonctl.model.observed import Host
from daemonctl.model.reason import MISSING_CODES, Code, Verdict
from daemonctl.ports import Sink

_THERE = (Code.READY, Code.DONE, Code.OUTDATED, Code.RESTART, Code.COVERAGE)
_ELSEWHERE = (Code.INELIGIBLE, Code.CONSTRAINT, Code.UNUSED)  # does not belong on the instance
_HAD = (
    *_THERE,
    Code.SETTLING,
    Code.UNHEALTHY,
    Code.UNREADY,
    Code.UNKNOWN,
    Code.START_TIMEOUT,
    Code.DUPLICATE,
)

VerdictOf = Callable[[Slot], Verdict | None]


class Measures:
    """Watches verdicts of one cluster and measures what interface.md names."""

    def __init__(self, alias: str, sink: Sink) -> None:
        self._alias = alias
        self._sink = sink
        self._since: dict[ContainerInstanceArn, float | None] = {}  # None: measured already
        self._gaps: dict[Slot, float] = {}

    def instances(
        self,
        arns: Iterable[ContainerInstanceArn],
        hosts: Mapping[ContainerInstanceArn, Host],
        desired: Desired,
        verdict_of: VerdictOf,
        now: float,
    ) -> None:
        """Looks at instances whose verdicts changed: ``convergence_seconds``, once for each."""
        required = [one.spec.name for one in desired.daemons if one.spec.required]
        for arn in arns:
            host = hosts.get(arn)
            if host is None:
                self._since.pop(arn, None)
            elif host.instance.status == "ACTIVE" and host.instance.connected:
                self._converging(arn, required, verdict_of, now)

    def _converging(
        self,
        arn: ContainerInstanceArn,
        required: Iterable[DaemonName],
        verdict_of: VerdictOf,
        now: float,
    ) -> None:
        first = arn not in self._since
        since = self._since.setdefault(arn, now)
        if since is None:
            return
        codes = [seen.code for name in required if (seen := verdict_of((arn, name))) is not None]
        belonging = [code for code in codes if code not in _ELSEWHERE]
        if all(code in _THERE for code in belonging):
            self._since[arn] = None
            if belonging and not first:
                self._sink.observe("convergence_seconds", now - since, cluster=self._alias)

    def verdict(
        self, slot: Slot, old: Verdict | None, new: Verdict | None, host: Host | None, now: float
    ) -> None:
        """Looks at a verdict that changed: ``repair_seconds``."""
        if new is None or host is None:
            self._gaps.pop(slot, None)
        elif new.code in _THERE:
            began = self._gaps.pop(slot, None)
            if began is not None:
                self._sink.observe(
                    "repair_seconds", max(0.0, now - began), cluster=self._alias, daemon=slot[1]
                )
        elif new.code in MISSING_CODES:
            if old is not None and old.code in _HAD and slot not in self._gaps:
                self._gaps[slot] = _stopped(host, slot[1], now)
        elif new.code in _ELSEWHERE:
            self._gaps.pop(slot, None)


def _stopped(host: Host, daemon: DaemonName, now: float) -> float:
    """When the daemon's last task there stopped."""
    times = [
        task.stopped_at
        for task in host.tasks
        if task.stopped_at is not None and daemon_of(task.group) == daemon
    ]
    return max(times, default=now)
