"""One host while it is looked at: what its daemons share in that moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from daemonctl.model.cluster import Resources, Task
from daemonctl.model.ids import Slot
from daemonctl.model.memory import Kind, SlotMemory
from daemonctl.model.observed import Host
from daemonctl.model.reason import Code, Verdict
from daemonctl.model.spec import DependsOn
from daemonctl.planning.assessment import Entry
from daemonctl.planning.course import Aim
from daemonctl.planning.coverage import by_coverage
from daemonctl.planning.discovery import by_consul
from daemonctl.planning.eligibility import Should, mismatch, overrides_for, should, unplaceable
from daemonctl.planning.overrides import MissingValueError
from daemonctl.planning.readiness import LOST, Readiness, at_work, holds, readiness
from daemonctl.planning.rules import Rule, Rules

FLAP_SECONDS = 300.0
"""An agent disconnected for less is taken as connected where its tasks' state is told.

Agents reconnect every half hour or so without meaning (ECS Developer Guide: agentConnected).
"""


_FORGOTTEN: dict[Slot, SlotMemory] = {}


class Fill(Struct, frozen=True, gc=False):
    """A revision with its overrides filled in for one instance."""

    aim: Aim
    overrides: str


def runs(task: Task, fill: Fill) -> bool:
    """Whether a task is of this revision."""
    return task.definition == fill.aim.definition.arn and task.overrides == fill.overrides


def soonest(*times: float | None) -> float | None:
    """The first of those times that are told, None where none is."""
    return min((time for time in times if time is not None), default=None)


class Scene:
    """A host, the moment, and what was found out about it so far, daemon by daemon."""

    __slots__ = (
        "done",
        "entries",
        "host",
        "listed",
        "lost",
        "memory",
        "now",
        "own",
        "promised",
        "rules",
        "should",
        "states",
        "unwanted",
    )

    def __init__(
        self,
        rules: Rules,
        host: Host,
        now: float,
        listed: frozenset[str] = frozenset(),
        memory: Mapping[Slot, SlotMemory] = _FORGOTTEN,
    ) -> None:
        self.rules = rules
        self.host = host
        self.now = now
        self.memory = memory
        self.should = should(host.instance)
        since = host.disconnected_since
        self.lost = since is not None and now >= since + FLAP_SECONDS
        self.own: Mapping[str, Sequence[Task]] = {}  # the daemons' tasks here, by group
        self.promised = Resources()  # to daemons that are about to start here
        self.states: list[tuple[Task, Readiness] | None] = []  # what a dependent may count on
        self.done: dict[int, str] = {}  # by rule of a daemon that runs once: what has run here
        self.listed = listed  # services whose tasks are all known
        self.unwanted: list[int] = []  # daemons that do not belong here, by index
        self.entries: list[Entry] = []  # of the daemons looked at before

    def under_way(self, rule: Rule, kind: Kind) -> float | None:
        """Until when a call of that kind for the daemon here may still have its effect."""
        held = self.memory.get((self.host.instance.arn, rule.name))
        if held is None or held.expectation is None or held.expectation.kind is not kind:
            return None
        until = held.expectation.expires
        return until if self.now < until else None

    def probing(self, rule: Rule) -> float | None:
        """The same of a start that should not fit here."""
        held = self.memory.get((self.host.instance.arn, rule.name))
        if held is None or held.probe_at is None:
            return None
        return self.under_way(rule, Kind.START)

    @property
    def lost_at(self) -> float | None:
        """When what is known of the tasks becomes too old, None where nothing leads there."""
        since = self.host.disconnected_since
        return None if since is None or self.lost else since + FLAP_SECONDS

    def state(self, rule: Rule, task: Task) -> Readiness:
        """How far a live task of the daemon is."""
        if self.lost:
            return LOST
        if rule.spec.once:
            return at_work(task, rule.spec.start_timeout_seconds, self.now)
        state = readiness(
            task,
            has_health_check=rule.checked(task),
            min_ready=rule.spec.min_ready_seconds,
            start_timeout=rule.spec.start_timeout_seconds,
            now=self.now,
        )
        host, timeout = self.host, rule.spec.start_timeout_seconds
        if rule.spec.agent_alive:
            state = by_consul(state, task, host.agent, start_timeout=timeout, now=self.now)
        if not rule.spec.services_registered:
            return state
        return by_coverage(state, task, host.registered, start_timeout=timeout, now=self.now)

    def met(self, index: int, condition: DependsOn) -> bool:
        """Whether a daemon looked at before has come as far as a dependent asks."""
        if condition is DependsOn.SUCCESS:
            return index in self.done
        state = self.states[index]
        return state is not None and holds(condition, *state)

    def belongs(self, rule: Rule) -> tuple[Fill | None, Verdict | None]:
        """What the daemon should run here, or why it does not belong here; neither: not known."""
        if rule.removed:
            return None, Verdict(Code.ORPHAN, rule.fault)
        if self.should is Should.NO:
            return None, unplaceable(self.host.instance)
        aim = rule.course.fill(self.host.instance.arn)
        words = mismatch(rule, aim, self.host)
        if words:
            code = Code.CONSTRAINT if words.startswith("placement") else Code.INELIGIBLE
            return None, Verdict(code, words)
        if aim is None:
            return None, None
        try:
            return Fill(aim, self._overrides(aim)), None
        except MissingValueError as missing:
            words = f"the instance has no {missing}, which the overrides ask for"
            return None, Verdict(Code.INELIGIBLE, words)

    def updated(self, rule: Rule, task: Task) -> bool:
        """Whether a task runs the target; as good as, where nobody knows the target."""
        target = rule.course.target
        if target is None:
            return True
        since = rule.course.restarted_at
        born = task.first_seen if task.created_at is None else task.created_at
        if since is not None and born < since:
            return False
        try:
            return runs(task, Fill(target, self._overrides(target)))
        except MissingValueError:
            return False

    def _overrides(self, aim: Aim) -> str:
        return overrides_for(aim, self.host.instance, self.rules.desired.cluster_name)
