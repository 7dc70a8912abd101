"""The plan kept up host by host: what has not changed is not looked at again.

A board is an accumulator with one caller. Given the same views and memories it says what a new one
would say (a property test compares them); it only spends less on it.
"""

from __future__ import annotations

from collections.abc import Iterable

from daemonctl.model.cluster import Task
from daemonctl.model.desired import Desired
from daemonctl.model.ids import (
    GATE,
    ContainerInstanceArn,
    DaemonName,
    Slot,
    family_of,
    once_slot,
)
from daemonctl.model.memory import NOTHING, Memory
from daemonctl.model.observed import Observed
from daemonctl.model.plan import Allowance, Look, Plan
from daemonctl.model.reason import Code, Condition, Verdict
from daemonctl.model.status import Counts
from daemonctl.planning import braking
from daemonctl.planning.alarms import Alarms
from daemonctl.planning.allot import allot
from daemonctl.planning.assess import assess
from daemonctl.planning.assessment import (
    LEAVING,
    MISSCHEDULED,
    Assessment,
    Entry,
)
from daemonctl.planning.gatekeeper import Gatekeeper
from daemonctl.planning.marking import Marker
from daemonctl.planning.queue import Queue
from daemonctl.planning.remember import kind_of, sent, slots_of
from daemonctl.planning.rules import Rule, compile_rules
from daemonctl.planning.spending import Allotted, Counter, Wants
from daemonctl.planning.steering import Steering
from daemonctl.planning.tally import Tally, shift
from daemonctl.planning.turn import Turn

_STOPS = (
    Code.DUPLICATE,
    Code.DRAINING,
    Code.MISPLACED,
    Code.UNUSED,
    Code.UNHEALTHY,
    Code.UNREADY,
    Code.OUTDATED,
    Code.RESTART,
    Code.COVERAGE,
    Code.ORPHAN,
)
"""Why a task may have to go."""

_MOST_STEPS = 8
"""So many steps a rollout may take at once: from one phase to the next, to a rollback, to canaries.
"""


class Board:
    """Every host's assessment, their sums, and the queues of what they want."""

    def __init__(self, desired: Desired) -> None:
        self.rules = compile_rules(desired)
        size = range(len(self.rules.daemons))
        self.tallies = tuple(Tally() for _ in size)
        self.gates = Gatekeeper()
        self._marker = Marker(self.rules.daemons)
        self.assessments: dict[ContainerInstanceArn, Assessment] = {}
        self.foreign: dict[ContainerInstanceArn, tuple[Task, ...]] = {}
        self.orphans: dict[ContainerInstanceArn, tuple[Task, ...]] = {}
        self.conditions: tuple[Condition, ...] = ()
        self._wants = Wants(
            starts=tuple(Queue() for _ in size),
            stops={code: tuple(Queue() for _ in size) for code in _STOPS},
        )
        self._alarms = Alarms()
        self._acted: dict[ContainerInstanceArn, None] = {}
        self._steering = Steering(self.rules, self.tallies)

    def replan(
        self,
        observed: Observed,
        memory: Memory,
        changed: Iterable[ContainerInstanceArn] | None,
        allowance: Allowance,
        now: float,
    ) -> Plan:
        """The plan after ``changed`` hosts changed (None: look at all of them).

        Hosts that this board acted on, and those whose time has come, are looked at by themselves.
        The caller applies the plan's memory before the next call.
        """
        turn = Turn(memory)
        moved = self._steering.take(observed, memory, now)
        arns = self._everywhere(observed) if changed is None or moved else changed
        for arn in dict.fromkeys((*arns, *self._acted, *self._alarms.due(now))):
            self._look(arn, observed, turn, now)
        steps = iter(range(_MOST_STEPS))
        while next(steps, None) is not None and self._steering.advance(
            observed, self.assessments, now
        ):
            for arn in self._everywhere(observed):
                self._look(arn, observed, turn, now)
        braking.brake(turn, self.rules)
        allotted = self._allot(observed, turn, allowance, now)
        self._acted = {arn: None for arn, _ in allotted.slots}
        self._remember_rollouts(turn, allotted, now)
        allotted.wait(self._alarms.next())
        self.conditions = tuple(allotted.conditions)
        return Plan(
            actions=tuple(allotted.actions),
            looks=tuple(sorted(turn.looks, key=lambda look: (look.instance, look.daemon))),
            verdicts=turn.verdicts,
            conditions=self.conditions,
            slots=turn.slots,
            daemons=turn.daemons,
            wake=allotted.wake,
        )

    def _everywhere(self, observed: Observed) -> list[ContainerInstanceArn]:
        return list(dict.fromkeys((*self.assessments, *observed.hosts)))

    def _remember_rollouts(self, turn: Turn, allotted: Allotted, now: float) -> None:
        """A rollout that changed is remembered, and acted on in the next turn."""
        for index in self._steering.changed:
            rule = self.rules.daemons[index]
            turn.daemons[rule.name] = self._steering.remembered(rule, turn.daemon(rule.name))
        if self._steering.changed:
            known = {**turn.memory.slots, **turn.slots}
            for slot, held in self._steering.forgiven(known).items():
                turn.slots[slot] = None if held == NOTHING else held
                self._acted[slot[0]] = None
            allotted.wait(now)
        allotted.wait(self._steering.wake(now))

    @property
    def counts(self) -> dict[DaemonName, Counts]:
        """Each daemon's numbers."""
        foreign: dict[str, int] = {}
        for tasks in self.foreign.values():
            for task in tasks:
                family = family_of(task.definition)
                foreign[family] = foreign.get(family, 0) + 1
        return {
            rule.name: self.tallies[rule.index].counts(foreign.get(rule.family, 0))
            for rule in self.rules.daemons
        }

    def verdict(self, slot: Slot) -> Verdict | None:
        """The verdict of one slot, None where there is no such host or daemon."""
        seen, rule = self.assessments.get(slot[0]), self.rules.by_name.get(slot[1])
        return None if seen is None or rule is None else seen.entries[rule.index].verdict

    def has_tasks(self, daemon: DaemonName) -> bool:
        """Whether a removed daemon still has tasks that have not stopped."""
        tally = self.tallies[self.rules.by_name[daemon].index]
        return tally.having(MISSCHEDULED) + tally.having(LEAVING) > 0

    def codes(self, daemon: DaemonName) -> dict[Code, int]:
        """How many slots of a daemon are in which verdict."""
        return self.tallies[self.rules.by_name[daemon].index].codes

    def _look(self, arn: ContainerInstanceArn, observed: Observed, turn: Turn, now: float) -> None:
        """Assesses one host and puts the difference to before everywhere it belongs."""
        old = self.assessments.pop(arn, None)
        host = observed.hosts.get(arn)
        if old is not None:
            shift(self.tallies, old.entries, -1)
        if host is None:
            self._forget(arn, old, turn)
            return
        new = assess(self.rules, host, turn.memory.slots, now, observed)
        self.assessments[arn] = new
        shift(self.tallies, new.entries, 1)
        self._alarms.put(arn, new.wake)
        _set(self.foreign, arn, new.foreign)
        _set(self.orphans, arn, new.orphans)
        self.gates.put(new.zone, arn, new.gate)
        self._marker.put(new.zone, arn, new.marks)
        turn.keep((arn, GATE), new.gate_memory)
        for mark in new.marks:
            turn.keep((arn, once_slot(self.rules.daemons[mark.index].name)), mark.memory)
        for index, slot_memory in new.memory:
            turn.slots[arn, self.rules.daemons[index].name] = slot_memory
        turn.broke += [(arn, index) for index in new.failed]
        for rule, entry in zip(self.rules.daemons, new.entries, strict=True):
            before = old.entries[rule.index] if old is not None else None
            if entry is not before:
                self._steering.leave(rule.index, arn)
                self._steering.enter(rule.index, arn, new.zone, entry)
                self._enter(rule, new, before, entry, turn)

    def _enter(
        self, rule: Rule, seen: Assessment, before: Entry | None, entry: Entry, turn: Turn
    ) -> None:
        """Puts one daemon's new entry on a host in the place of the one before."""
        slot = (seen.arn, rule.name)
        if before is None:
            turn.verdicts[slot] = entry.verdict
        else:
            if before.verdict != entry.verdict:
                turn.verdicts[slot] = entry.verdict
            braking.note(turn, rule, seen.arn, before, entry)
        if entry.look:
            turn.looks[Look(*slot)] = None
        if _wants(entry) or (before is not None and _wants(before)):
            self._queue(rule.index, seen, entry)

    def _queue(self, index: int, seen: Assessment, entry: Entry) -> None:
        self._wants.starts[index].put(seen.zone, seen.arn, entry.start)
        for code, queues in self._wants.stops.items():
            want = entry.stop if entry.stop is not None and entry.stop.code is code else None
            queues[index].put(seen.zone, seen.arn, want)

    def _forget(self, arn: ContainerInstanceArn, old: Assessment | None, turn: Turn) -> None:
        _set(self.foreign, arn, ())
        _set(self.orphans, arn, ())
        self._alarms.put(arn, None)
        for rule in self.rules.daemons:
            if old is not None:
                turn.verdicts[arn, rule.name] = None
                self._steering.leave(rule.index, arn)
                self._wants.starts[rule.index].put(old.zone, arn, None)
                for queues in self._wants.stops.values():
                    queues[rule.index].put(old.zone, arn, None)
            for name in (rule.name, once_slot(rule.name)):
                turn.keep((arn, name), NOTHING)
        zone = "" if old is None else old.zone
        self.gates.put(zone, arn, None)
        self._marker.put(zone, arn, ())
        turn.keep((arn, GATE), NOTHING)

    def _allot(self, observed: Observed, turn: Turn, allowance: Allowance, now: float) -> Allotted:
        allotted = allot(
            Counter(
                rules=self.rules,
                wants=self._wants,
                tallies=self.tallies,
                memory=tuple(turn.daemon(rule.name) for rule in self.rules.daemons),
                cluster=turn.memory.cluster,
                observed=observed,
                allowance=allowance,
                now=now,
                calls=allowance.modify_calls,
                steering=self._steering,
                unsaved=turn.memory.unsaved,
                stored=turn.memory.stored,
                out=Allotted(),
                gates=self.gates.allot,
                repair=turn.memory.repair,
                marks=self._marker.allot,
            )
        )
        for action in allotted.actions:
            for slot in slots_of(action):
                turn.slots[slot] = sent(turn.slot(slot), kind_of(action), now)
        return allotted


def _set(
    table: dict[ContainerInstanceArn, tuple[Task, ...]],
    arn: ContainerInstanceArn,
    tasks: tuple[Task, ...],
) -> None:
    if tasks:
        table[arn] = tasks
    else:
        table.pop(arn, None)


def _wants(entry: Entry) -> bool:
    return entry.start is not None or entry.stop is not None
