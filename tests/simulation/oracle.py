"""Judges every call by the world's truth, never by what the controller believes.

The numbers are those of "What always holds" in the design. The first breach ends the run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from daemonctl.ports import Wire
from tests.simulation import gates, idle, once
from tests.simulation.budget import over_budget
from tests.simulation.consul import Consul
from tests.simulation.departure import departed, started_late
from tests.simulation.duplicates import Duplicates
from tests.simulation.leaving import too_soon
from tests.simulation.life import WRITES, Call, Life, Slot, words_of
from tests.simulation.needed import lone, unasked
from tests.simulation.quota import Quotas
from tests.simulation.rolling import UPDATES, RollingOracle
from tests.simulation.room import foreign
from tests.simulation.truth import NEVER, Record, Truth
from tests.simulation.whose import GROUP

WRITES_A_MINUTE = 6
EXPECTED_SECONDS = 60.0
"""So long nothing is done after a write that got no answer (design: tried again after 60 s)."""


@dataclass(frozen=True)
class Breach:
    """An invariant that does not hold."""

    invariant: str
    words: str
    at: float


class Oracle:
    """Watches one run."""

    def __init__(self, truth: Truth, broke: Callable[[], None]) -> None:
        self.truth = truth
        self.breaches: list[Breach] = []
        self.lives: list[Life] = []
        self.writes: list[Call] = []
        self.consul: Consul | None = None
        self._broke = broke
        self._quotas = Quotas(truth.scenario.api_budget)
        self._duplicates = Duplicates(truth)
        self._rolling = RollingOracle(truth)

    def breach(self, invariant: str, words: str, now: float) -> None:
        """An invariant does not hold."""
        self.breaches.append(Breach(invariant, words, now))
        self._broke()

    def _unless(self, invariant: str, wrong: str, now: float) -> None:
        """A breach, unless nothing is wrong."""
        if wrong:
            self.breach(invariant, wrong, now)

    def sent(self, life: Life, operation: str, params: Wire, now: float) -> Call | None:
        """A life makes a call to ECS; a write is weighed before it arrives."""
        over = self._quotas.spend(life.name, operation, now)
        if over:
            self.breach("6 api budget", f"{life.name}: {over}", now)
        if operation not in WRITES:
            return None
        call = self._call(life, operation, params, now)
        self.writes.append(call)
        life.under_way[call.number] = call
        self._view(call, now)
        for slot in call.slots:
            self._pace(life, call, slot, now)
        return call

    def done(self, call: Call, answer: Wire, now: float) -> None:
        """The world did a write."""
        call.done = True
        if departed(self.truth, call):
            late = started_late(self.truth, call, now)
            if late:
                self.breach("start on wrong host", f"{words_of(call)}: {late}", now)
        elif call.operation == "StartTask":
            for row in answer["tasks"]:
                call.tasks.append(row["taskArn"])
                record = self.truth.started(row["taskArn"], call, now)
                self._duplicates.changed(row["taskArn"], now)
                self._start(call, record, now)
                wrong = self._rolling.started(record, now)
                if wrong:
                    self.breach("3 bad revision", f"{words_of(call)}: {wrong}", now)

    def foreseen(self, arn: str, call: Call, now: float) -> None:
        """A start that nobody judges."""
        self.truth.started(arn, call, now)
        self._duplicates.changed(arn, now)

    def stopping(self, call: Call, now: float) -> None:
        """The world is about to do a StopTask."""
        task = self.truth.cluster.tasks.get(call.task)
        if task is None or not task.counts:
            return
        name = self.truth.whose.daemon(task)
        if not name:
            words = foreign(self.truth, call, task, now)
            if words:
                self.breach("2 foreign stop", words, now)
            return
        slot = (task.instance.arn, name)
        code = call.reason.removeprefix("daemonctl: ").split(":", 1)[0]
        if code == "DUPLICATE":
            self._survivor(call, slot, now)
        elif code == "DRAINING":
            words = too_soon(self.truth, call, slot, now)
            if words:
                self.breach("drain", words, now)
        elif code in UPDATES:
            wrong = self._rolling.stopping(call, slot, self.writes, now)
            if wrong:
                self.breach("3 rollout", f"{words_of(call)} ({code}): {wrong}", now)
        elif code in {"MISPLACED", "UNHEALTHY"}:
            self._cause(call, slot, code, now)
            self._budget(call, slot, code, now)
        else:
            self._other_stop(call, slot, code, now)

    def marking(self, params: Wire, now: float) -> str:
        """The world is about to do a PutAttributes; which kind of."""
        for row in params["attributes"]:
            self._unless("once", once.marked_wrongly(self.truth, row), now)
            if row["name"] != once.ATTRIBUTE:
                wrong = gates.wrongly_set(self.truth, row, params["attributes"], now)
                self._unless("gate", wrong, now)
        return "once_marked" if row["name"] == once.ATTRIBUTE else "gate_set"

    def host(self, operation: str, params: Wire, now: float) -> None:
        """The world is about to set an instance's state, or to deregister it."""
        self._unless("hosts", idle.judged(self.truth, operation, params, now), now)

    def _other_stop(self, call: Call, slot: Slot, code: str, now: float) -> None:
        wrong = unasked(self.truth, call, slot, code, now)
        if wrong:
            self.breach("3 stop", f"{words_of(call)}: {wrong}", now)
        elif code == "RESTART":
            self._budget(call, slot, code, now)

    def ended(self, call: Call, outcome: str, now: float) -> None:
        """A write is over, as its sender knows it."""
        call.outcome = outcome
        life = call.life
        del life.under_way[call.number]
        if outcome == "throttled":
            life.throttled_at = now
        for slot in call.slots:
            if life.flight.get(slot) is call:
                del life.flight[slot]
            if outcome == "ambiguous":
                life.unsure[slot] = call
            if outcome != "ok":
                self._duplicates.hindered(slot, call, now)

    def look(self, now: float) -> None:
        """Time went by: what must be over by now."""
        self.truth.passed(now)
        late = self._duplicates.overdue(self.lives, now)
        if late:
            self.breach("1 duplicates", late, now)

    def changed(self, arn: str, now: float) -> None:
        """The world changed."""
        self.truth.changed(arn, now)
        self._duplicates.changed(arn, now)

    def _call(self, life: Life, operation: str, params: Wire, now: float) -> Call:
        number = len(self.writes) + 1
        if operation == "StopTask":
            task = self.truth.cluster.tasks.get(params["task"])
            slots: tuple[Slot, ...] = ()
            if task is not None:
                slots = ((task.instance.arn, self.truth.whose.daemon(task) or task.group),)
            reason = str(params.get("reason", ""))
            return Call(
                number, life, operation, slots, now, params, task=params["task"], reason=reason
            )
        daemon = params["group"].removeprefix(GROUP)
        slots = tuple((arn, daemon) for arn in params["containerInstances"])
        return Call(number, life, operation, slots, now, params)

    def _view(self, call: Call, now: float) -> None:
        """Invariant 5: nothing before all was listed once, nothing on what is too old."""
        life, truth = call.life, self.truth
        wanted = ["instances", "own tasks"]
        for name in [one.task_definition for one in truth.daemons.values()]:
            wanted += [f"{name} RUNNING", f"{name} STOPPED"]
        missing = [what for what in wanted if what not in life.first_read]
        if missing:
            self.breach("5 partial view", f"{words_of(call)} before {missing} was listed", now)
            return
        age = now - life.read["instances"]
        if age > truth.scenario.stale_after:
            self.breach("5 stale view", f"{words_of(call)} on a view {age:.1f} s old", now)

    def _pace(self, life: Life, call: Call, slot: Slot, now: float) -> None:
        """Invariants 9 and 10: one write at a time to a slot, and not too often."""
        other = life.flight.get(slot)
        if other is not None:
            self.breach(
                "9 in flight", f"{words_of(call)} while {words_of(other)} is in flight", now
            )
        life.flight[slot] = call
        unsure = life.unsure.get(slot)
        if (
            unsure is not None
            and now < unsure.sent_at + EXPECTED_SECONDS
            and not self._met(call, unsure, slot)
        ):
            words = f"{words_of(call)} {now - unsure.sent_at:.1f} s after {words_of(unsure)}"
            self.breach("9 expectation", f"{words} got no answer", now)
        sent = life.sent.setdefault(slot, deque())
        while sent and sent[0] <= now - 60.0:
            sent.popleft()
        sent.append(now)
        if len(sent) > WRITES_A_MINUTE:
            self.breach("10 write rate", f"{words_of(call)} is write {len(sent)} in a minute", now)

    def _met(self, call: Call, unsure: Call, slot: Slot) -> bool:
        """The effect was seen since: of a start a task, of a stop that there is none."""
        life, records = call.life, self.truth.slots.get(slot, ())
        if unsure.operation == "StartTask":
            return any(life.told.get(one.task.arn, NEVER) >= unsure.sent_at for one in records)
        began_since = any(one.at > unsure.sent_at for one in records)
        return began_since or (call.operation == "StartTask" and not self.truth.live(slot))

    def _start(self, call: Call, new: Record, now: float) -> None:
        truth, slot = self.truth, new.slot
        for other in truth.on_host(slot):
            if other.arn != new.task.arn and not self._excused(call, truth.records[other.arn]):
                words = f"{words_of(call)}: {new.task.arn} beside {other.arn} ({other.last_status})"
                self.breach("1 double start", words, now)
        self._unless("once", once.run_again(truth, new, now), now)
        blind = truth.scenario.blind
        for need in truth.daemons[slot[1]].depends_on:
            if not truth.ready(slot, need, now, blind):
                words = f"{words_of(call)}: {need.daemon} is not {need.condition} on {slot[0]}"
                self.breach("4 dependency", words, now)
            elif self.consul is not None and need.daemon == truth.scenario.agent:
                words = self.consul.too_early(call, slot, need.condition)
                if words:
                    self.breach("4 consul", f"{words_of(call)}: {need.daemon}: {words}", now)
        fresh = now - blind
        status = truth.cluster.instances[slot[0]].status
        if status != "ACTIVE" and truth.status_since.get(slot[0], 0.0) < fresh:
            self.breach("start on wrong host", f"{words_of(call)}: {slot[0]} is {status}", now)
        flipped = truth.flipped_at.get(slot[0], 0.0)
        if not truth.belongs(slot) and flipped < fresh:
            self.breach("start on wrong host", f"{words_of(call)}: constraints of {slot}", now)

    def _excused(self, call: Call, other: Record) -> bool:
        """A second task needs an ambiguous call, a crash, or a second leader at that slot."""
        life, first = call.life, other.call
        if first.life is life:
            return first.outcome in {"ambiguous", "in flight"} and first is not call
        if first.life.ended is None or first.life.ended > life.born:
            return True
        switches, faults = self.truth.scenario.switches, self.truth.scenario.faults
        stale = max((10.0 for fault in faults if fault.kind == "stale_list"), default=0.0)
        return other.at > life.born - switches.listing_lag_seconds[1] - stale

    def _survivor(self, call: Call, slot: Slot, now: float) -> None:
        wrong = lone(self.truth, call, slot, now)
        self._unless("3 repair", wrong and f"{words_of(call)} {wrong}", now)

    def _cause(self, call: Call, slot: Slot, code: str, now: float) -> None:
        """A voluntary stop has the cause that it names, or had it until lately."""
        truth, fresh = self.truth, now - self.truth.scenario.blind
        if code == "UNHEALTHY":
            sick_at = truth.records[call.task].sick_at
            if sick_at is None and (truth.records[call.task].healthy_at or 0.0) < fresh:
                words = "it is healthy"
                if self.consul is not None and slot[1] == truth.scenario.agent:
                    words = self.consul.unfair(call, slot)
                if words:
                    self.breach("3 unhealthy", f"{words_of(call)}: {words}", now)
        elif truth.belongs(slot) and truth.flipped_at.get(slot[0], 0.0) < fresh:
            self.breach("3 misplaced", f"{words_of(call)} of a task that belongs there", now)

    def _budget(self, call: Call, slot: Slot, code: str, now: float) -> None:
        """Invariant 3: after a first look, and at most maxUnavailable at a time."""
        truth = self.truth
        first_look = call.life.first_read.get("instances", now) + truth.scenario.interval
        if now < first_look:
            self.breach("3 first look", f"{words_of(call)} {first_look - now:.1f} s early", now)
        words = over_budget(truth, self.writes, call, slot, code, now=now)
        if words:
            self.breach("3 budget", f"{words_of(call)}: {words}", now)
