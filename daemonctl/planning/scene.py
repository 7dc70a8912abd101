"""One host while it is looked at: what its daemons share in that moment."""

from __future__ import annotations

from daemonctl.model.cluster import Resources, Task
from daemonctl.model.observed import Host
from daemonctl.model.reason import Code, Verdict
from daemonctl.planning.eligibility import Should, mismatch, overrides_for, should, unplaceable
from daemonctl.planning.overrides import MissingValueError
from daemonctl.planning.readiness import LOST, Readiness, readiness
from daemonctl.planning.rules import Rule, Rules

FLAP_SECONDS = 300.0
"""An agent disconnected for less is taken as connected where its tasks' state is told.

Agents reconnect every half hour or so without meaning (ECS Developer Guide: agentConnected).
"""


def soonest(*times: float | None) -> float | None:
    """The first of those times that are told, None where none is."""
    return min((time for time in times if time is not None), default=None)


class Scene:
    """A host, the moment, and what was found out about it so far, daemon by daemon."""

    __slots__ = ("host", "lost", "now", "promised", "rules", "should", "states", "verdicts")

    def __init__(self, rules: Rules, host: Host, now: float) -> None:
        self.rules = rules
        self.host = host
        self.now = now
        self.should = should(host.instance)
        since = host.disconnected_since
        self.lost = since is not None and now >= since + FLAP_SECONDS
        self.promised = Resources()  # to daemons that are about to start here
        self.states: list[tuple[Task, Readiness] | None] = []  # what a dependent may count on
        self.verdicts: list[Verdict] = []

    @property
    def lost_at(self) -> float | None:
        """When what is known of the tasks becomes too old, None where nothing leads there."""
        since = self.host.disconnected_since
        return None if since is None or self.lost else since + FLAP_SECONDS

    def state(self, rule: Rule, task: Task) -> Readiness:
        """How far a live task of the daemon is."""
        if self.lost:
            return LOST
        return readiness(
            task,
            has_health_check=rule.definition is not None and rule.definition.has_health_check,
            min_ready=rule.spec.min_ready_seconds,
            start_timeout=rule.spec.start_timeout_seconds,
            now=self.now,
        )

    def belongs(self, rule: Rule) -> tuple[str, Verdict | None]:
        """The daemon's overrides on this host, or why it does not belong here."""
        if self.should is Should.NO:
            return "", unplaceable(self.host.instance)
        words = mismatch(rule, self.host)
        if words:
            code = Code.CONSTRAINT if words.startswith("placement") else Code.INELIGIBLE
            return "", Verdict(code, words)
        if not rule.spec.overrides:
            return "", None
        cluster = self.rules.desired.cluster_name
        try:
            return overrides_for(rule, self.host.instance, cluster), None
        except MissingValueError as missing:
            words = f"the instance has no {missing}, which the overrides ask for"
            return "", Verdict(Code.INELIGIBLE, words)
