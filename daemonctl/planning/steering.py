"""The rollouts of a board: led on by what its hosts say, and back to the hosts as courses.

A rollout changes seldom. When it does, every host is looked at again; else this costs nothing but
a few sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from daemonctl.model.ids import ContainerInstanceArn, Slot
from daemonctl.model.memory import DaemonMemory, Memory, SlotMemory
from daemonctl.model.observed import Observed
from daemonctl.model.reason import Code
from daemonctl.model.rollout import FailedInstance, Phase, Revision, Rollout
from daemonctl.planning.assessment import (
    AVAILABLE,
    BEHIND,
    CURRENT,
    DESIRED,
    DUPLICATED,
    LOST,
    STARTING,
    UNPROVEN,
    UPDATED,
    Assessment,
    Entry,
)
from daemonctl.planning.course import Course
from daemonctl.planning.eligibility import Should, should
from daemonctl.planning.rollout import Standing, advance, next_at, stuck_at
from daemonctl.planning.rollout_found import found
from daemonctl.planning.rules import Rule, Rules
from daemonctl.planning.tally import Tally

_Seen = Mapping[ContainerInstanceArn, Assessment]


class Steering:
    """Every rule's rollout, and what of its hosts bears on it."""

    def __init__(self, rules: Rules, tallies: Sequence[Tally]) -> None:
        self._rules = rules
        self._tallies = tallies
        self._fails: tuple[dict[ContainerInstanceArn, FailedInstance], ...]
        self._fails = tuple({} for _ in tallies)
        self._late: tuple[dict[ContainerInstanceArn, None], ...]
        self._late = tuple({} for _ in tallies)
        self._open: tuple[dict[ContainerInstanceArn, tuple[str, int]], ...]
        self._open = tuple({} for _ in tallies)  # what is not done, with its zone and flags
        self._before: dict[int, Course] = {}  # of rules whose course changed this turn
        self.changed: dict[int, None] = {}

    def take(self, observed: Observed, memory: Memory, now: float) -> bool:
        """Takes the rollouts as they are remembered, or finds out; whether a course changed."""
        self.changed, self._before = {}, {}
        moved = False
        for rule in self._rules.daemons:
            if rule.spec.once:
                continue  # it runs, and replaces nothing: there is no rollout of it
            held = memory.daemons.get(rule.name)
            rollout = None if held is None else held.rollout
            if rollout is None and rule.wanted is not None and observed.complete:
                rollout = rule.course.rollout
                if rollout is None:
                    rollout = found(self._rules, rule, rule.wanted, observed.hosts, now)
                self.changed[rule.index] = None
            moved |= self._steer(rule, rollout)
        return moved

    def advance(self, observed: Observed, seen: _Seen, now: float) -> bool:
        """Leads every rollout one step on; whether a course changed."""
        moved = False
        for rule in self._rules.daemons:
            held = rule.course.rollout
            if held is None or not observed.complete or _unknown(rule, held):
                continue
            standing = self._standing(rule, held, observed, seen, now)
            rollout = advance(rule.spec, rule.wanted, held, standing, now)
            if rollout is not held:
                self.changed[rule.index] = None
                moved |= self._steer(rule, rollout)
        return moved

    def enter(self, index: int, arn: ContainerInstanceArn, zone: str, entry: Entry) -> None:
        """A host's entry comes in."""
        if entry.flags & (BEHIND | LOST):
            self._open[index][arn] = (zone, entry.flags)
        if entry.verdict.code is Code.START_TIMEOUT:
            self._late[index][arn] = None
        if entry.fails is not None:
            self._fails[index][arn] = entry.fails

    def leave(self, index: int, arn: ContainerInstanceArn) -> None:
        """A host's entry goes out."""
        self._open[index].pop(arn, None)
        self._fails[index].pop(arn, None)
        self._late[index].pop(arn, None)

    def late(self, rule: Rule) -> list[ContainerInstanceArn]:
        """Where its task has been starting, or what runs once has been running, for too long."""
        return sorted(self._late[rule.index])

    def zone(self, rule: Rule) -> str | None:
        """The one zone whose turn it is; None where all may be updated together.

        Where the target failed on an instance, its zone does not wait for that one.
        """
        held = rule.course.rollout
        if not rule.spec.per_zone or (held is not None and held.phase is Phase.CANARY):
            return None  # canaries are where they are
        failed = rule.course.failed
        zones = (
            zone
            for arn, (zone, flags) in self._open[rule.index].items()
            if flags & BEHIND or arn not in failed
        )
        return min(zones, default=None)

    def wake(self, now: float) -> float | None:
        """When time alone leads a rollout on."""
        times = [
            at
            for rule in self._rules.daemons
            if rule.course.rollout is not None
            and (at := next_at(rule.spec, rule.course.rollout, now)) is not None
        ]
        return min(times, default=None)

    def remembered(self, rule: Rule, held: DaemonMemory) -> DaemonMemory:
        """The daemon's memory with its rollout; another revision begins without old failures."""
        before, rollout = self._before.get(rule.index), rule.course.rollout
        old = None if before is None else before.rollout
        if old is not None and rollout is not None and old.target != rollout.target:
            held = DaemonMemory()
        return structs.replace(held, rollout=rollout)

    def forgiven(self, slots: Mapping[Slot, SlotMemory | None]) -> dict[Slot, SlotMemory]:
        """Slots whose failures were those of a revision that is no longer started there."""
        found: dict[Slot, SlotMemory] = {}
        for slot, held in slots.items():
            rule = self._rules.by_name.get(slot[1])
            if rule is None or held is None or (held.failure is None and held.probe_at is None):
                continue
            before = self._before.get(rule.index)
            if before is not None and _starts(before, slot[0]) != _starts(rule.course, slot[0]):
                found[slot] = structs.replace(held, failure=None, probe_at=None)
        return found

    def _steer(self, rule: Rule, rollout: Rollout | None) -> bool:
        before = rule.course
        if not rule.steer(rollout):
            return False
        if before.rollout is not None:  # else this board only begins
            self._before.setdefault(rule.index, before)
        return True

    def _standing(
        self, rule: Rule, held: Rollout, observed: Observed, seen: _Seen, now: float
    ) -> Standing:
        tally = self._tallies[rule.index]
        codes = tally.codes
        good = rule.course.good
        canary = held.phase is Phase.CANARY
        there = [arn for arn in held.canaries if canary and _there(observed, arn)]
        canaries = tuple(arn for arn in there if not _in_vain(seen, rule, arn))
        lacking = canary and len(canaries) < rule.spec.canary.instances
        return Standing(
            desired=tally.having(DESIRED),
            available=tally.having(AVAILABLE),
            behind=tally.having(BEHIND),
            untried=tally.having(CURRENT) > 0 and not tally.having(UPDATED),
            lost=tally.having(LOST, without=AVAILABLE),
            moving=tally.having(STARTING) + codes.get(Code.START, 0) + codes.get(Code.STOPPING, 0),
            unproven=tally.having(UNPROVEN),
            fails=tuple(self._fails[rule.index].values()),
            failed_away=sum(
                1
                for one in held.failed
                if now >= stuck_at(one) and not _has(seen, rule, one.instance, AVAILABLE)
            ),
            canaries=canaries,
            baked=all(
                _has(seen, rule, arn, UPDATED | AVAILABLE) and not _has(seen, rule, arn, UNPROVEN)
                for arn in canaries
            ),
            candidates=_candidates(rule, seen) if lacking else (),
            returnable=good is not None and good.revision == held.last_good,
        )


def _unknown(rule: Rule, held: Rollout) -> bool:
    """The target is not looked up yet, as after an undo: nothing says who is behind it."""
    return rule.course.target is None and rule.wanted in (None, held.asked)


def _starts(course: Course, arn: ContainerInstanceArn) -> Revision | None:
    """The revision that is started on an instance."""
    fill = course.fill(arn)
    return None if fill is None else fill.revision


def _there(observed: Observed, arn: ContainerInstanceArn) -> bool:
    host = observed.hosts.get(arn)
    return host is not None and should(host.instance) is Should.RUN


def _in_vain(seen: _Seen, rule: Rule, arn: ContainerInstanceArn) -> bool:
    """Whether a canary still has its old task, and cannot be updated: a dependency is broken there.

    Another one takes its place: else the rollout would wait for it for ever.
    """
    flags = seen[arn].entries[rule.index].flags if arn in seen else 0
    return bool(flags & CURRENT) and not flags & (BEHIND | UPDATED | DUPLICATED)


def _has(seen: _Seen, rule: Rule, arn: ContainerInstanceArn, flags: int) -> bool:
    found = seen.get(arn)
    return found is not None and found.entries[rule.index].flags & flags == flags


def _candidates(rule: Rule, seen: _Seen) -> list[ContainerInstanceArn]:
    """Instances for a canary, by (zone, id): ready ones; others only where none is ready."""
    behind = [one for one in seen.values() if one.entries[rule.index].flags & BEHIND]
    ready = [one for one in behind if one.entries[rule.index].flags & AVAILABLE]
    sick = [one for one in behind if not one.entries[rule.index].flags & (STARTING | AVAILABLE)]
    chosen = ready or sick
    return [one.arn for one in sorted(chosen, key=lambda one: (one.zone, one.arn))]
