"""What is remembered, and what may be spent: outcomes in, changed instances out. No clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from daemonctl.model.desired import Desired
from daemonctl.model.ids import ContainerInstanceArn, DaemonName, Slot
from daemonctl.model.memory import NOTHING, DaemonMemory, Failure, Hold, Memory, Scope, SlotMemory
from daemonctl.model.plan import Action, Allowance, Plan, StopKind, StopTask
from daemonctl.model.reason import Condition
from daemonctl.model.spec import Limits, Restart
from daemonctl.planning import outcomes
from daemonctl.planning.gate_outcome import Ended, after
from daemonctl.ports import Refusal, Tokens
from daemonctl.runtime.facts import (
    NOT_SENT,
    CallError,
    LookEnded,
    Outcome,
    PutEnded,
    StartEnded,
    StopEnded,
)

_WINDOW: Final = 60.0  # seconds that a voluntary stop counts against its limit

_HOLD: Final = 5.0
"""Seconds that a slot is left alone after a call that failed in passing (nobody answered)."""

_HOLD_NOTHING: Final = (
    "ThrottlingException",
    "Throttling",
    "TooManyRequestsException",
    NOT_SENT,
)
"""Throttles hold through the API tokens: the bucket is empty now. What was not sent did nothing."""

Changed = tuple[ContainerInstanceArn, ...] | None
"""The instances whose slots changed; None for all of them."""


class Ledger:
    """One cluster's memory and its allowance. Only the cluster's one writer changes it."""

    def __init__(self) -> None:
        self.memory = Memory()
        self._voluntary: deque[float] = deque()

    def remember(self, plan: Plan) -> None:
        """Takes a plan's memory in; comes before acting on it."""
        for slot, memory in plan.slots.items():
            self._put(slot, memory)
        self.memory.daemons.update(plan.daemons)

    def spend(self, actions: Iterable[Action], now: float) -> None:
        """Counts the voluntary stops that are about to be made."""
        for action in actions:
            if isinstance(action, StopTask) and action.kind is StopKind.VOLUNTARY:
                self._voluntary.append(now)

    def allowance(
        self,
        tokens: Tokens,
        unsent: int,
        limits: Limits,
        now: float,
        barred: Condition | None = None,
    ) -> Allowance:
        """What may be done now; ``unsent`` actions have yet to take their token."""
        while self._voluntary and self._voluntary[0] <= now - _WINDOW:
            self._voluntary.popleft()
        return Allowance(
            modify_calls=max(0, tokens.calls - unsent),
            voluntary_stops=max(0, limits.voluntary_stops_per_minute - len(self._voluntary)),
            refill_at=tokens.refill_at,
            barred=barred,
        )

    def stops_at(self, limits: Limits) -> float | None:
        """When a voluntary stop may be made again; None where one may now."""
        full = len(self._voluntary) >= limits.voluntary_stops_per_minute
        return self._voluntary[0] + _WINDOW if full and self._voluntary else None

    def renew(self, old: Desired, new: Desired) -> None:
        """The config changed: daemons that run something else now start without old failures.

        What was counted stays counted; memory of daemons that went is dropped.
        """
        before = {one.spec.name: one.definition for one in old.daemons}
        after = {one.spec.name: one.definition for one in new.daemons}
        kept = [*after, *(spec.name for spec in new.removed)]  # their stops are under way
        for slot in [slot for slot in self.memory.slots if slot[1] not in kept]:
            del self.memory.slots[slot]
        fresh = [
            name
            for name, definition in after.items()
            if definition is not None and before.get(name) != definition
        ]
        for name in (*(name for name in before if name not in after), *fresh):
            held = self.memory.daemons.pop(name, None)
            # Where it is on its way stays known: the new revision is the next step of it.
            # So does what an operator said of its misplaced tasks.
            if name in after and held is not None:
                on = DaemonMemory(misplaced_until=held.misplaced_until, rollout=held.rollout)
                if on != DaemonMemory():
                    self.memory.daemons[name] = on
        for slot in [slot for slot in self.memory.slots if slot[1] in fresh]:
            self._put(slot, replace(self._get(slot), failure=None, probe_at=None))

    def outcome(
        self,
        fact: Outcome,
        desired: Desired,
        now: float,
    ) -> Changed:
        """Takes in how a call ended."""
        match fact:
            case StartEnded():
                return self._start(fact, desired, now)
            case StopEnded():
                slot = (fact.action.instance, fact.action.daemon)
                if fact.error is not None and not fact.error.ambiguous:
                    return self._failed([slot], fact.error, desired, now)
                ended = outcomes.unanswered if fact.task is None else outcomes.accepted
                self._put(slot, ended(self._get(slot)))
                return (fact.action.instance,)
            case PutEnded():
                return self._put_attributes(fact, now)
            case LookEnded():
                slot = (fact.look.instance, fact.look.daemon)
                if fact.answered:
                    self._put(slot, outcomes.looked(self._get(slot)))
                return (fact.look.instance,)

    def _put_attributes(self, fact: PutEnded, now: float) -> Changed:
        arns, error = fact.action.instances, fact.error
        code, words = ("", "") if error is None else (error.code, error.words)
        how = _how(error, len(arns))
        for arn in arns:
            slot = (arn, fact.action.daemon)
            self._put(slot, after(self._get(slot), how, now, code, words))
        return arns

    def _start(
        self,
        fact: StartEnded,
        desired: Desired,
        now: float,
    ) -> Changed:
        daemon = fact.action.daemon
        slots = [(arn, daemon) for arn in fact.action.instances]
        if fact.error is not None and not fact.error.ambiguous:
            return self._failed(slots, fact.error, desired, now)
        if fact.answer is None:
            for slot in slots:
                self._put(slot, outcomes.unanswered(self._get(slot)))
            return fact.action.instances
        refused = {refusal.instance: refusal for refusal in fact.answer.refused}
        for slot in slots:  # by what was asked: an answer may spell an ARN in the old short form
            held, arn = self._get(slot), slot[0]
            if arn in refused:
                self._put(slot, _refused(held, _restart(desired, daemon), refused[arn], now))
            elif arn in fact.answer.unanswered:
                self._put(slot, outcomes.unanswered(held))
            else:
                self._put(slot, outcomes.accepted(held))
        if fact.answer.started and self._recovered(daemon):
            return None
        return fact.action.instances

    def _failed(
        self, slots: Iterable[Slot], error: CallError, desired: Desired, now: float
    ) -> Changed:
        """ECS said no to the call as a whole: what follows reaches as far as the error's code."""
        touched = list(slots)
        scope = outcomes.api_error(error.code)
        for slot in touched:
            free = replace(self._get(slot), expectation=None)
            if scope not in (Scope.CLUSTER, Scope.DAEMON) and error.code not in _HOLD_NOTHING:
                free = replace(free, hold=Hold(now + _HOLD, error.code, error.words))
            self._put(slot, free)
        daemon = touched[0][1]
        restart = _restart(desired, daemon)
        if scope is Scope.CLUSTER:
            self.memory.cluster = _next(self.memory.cluster, restart, error, now)
            return None
        if scope is Scope.DAEMON:
            held = self.memory.daemons.get(daemon, DaemonMemory())
            failure = _next(held.failure, restart, error, now)
            self.memory.daemons[daemon] = replace(held, failure=failure)
            return None
        return tuple(arn for arn, _ in touched)

    def _recovered(self, daemon: DaemonName) -> bool:
        """A start was accepted, so what held the daemon or the cluster is over."""
        held = self.memory.daemons.get(daemon)
        was_held = self.memory.cluster is not None
        self.memory.cluster = None
        if held is not None and held.failure is not None:
            self.memory.daemons[daemon] = replace(held, failure=None)
            was_held = True
        return was_held

    def _get(self, slot: Slot) -> SlotMemory:
        return self.memory.slots.get(slot, NOTHING)

    def _put(self, slot: Slot, memory: SlotMemory | None) -> None:
        if memory is None or memory.empty:
            self.memory.slots.pop(slot, None)
        else:
            self.memory.slots[slot] = memory


def _next(previous: Failure | None, restart: Restart, error: CallError, now: float) -> Failure:
    return outcomes.scope_failure(previous, restart, error.code, error.words, now)


def _refused(held: SlotMemory, restart: Restart, refusal: Refusal, now: float) -> SlotMemory:
    return outcomes.refused(held, restart, refusal.reason, refusal.detail, now)


def _restart(desired: Desired, daemon: DaemonName) -> Restart:
    specs = (one.spec for one in desired.daemons if one.spec.name == daemon)
    return next((spec.restart for spec in specs), Restart())


def _how(error: CallError | None, instances: int) -> Ended:
    if error is None:
        return Ended.TAKEN
    if error.ambiguous or error.code in _HOLD_NOTHING:
        return Ended.PASSING
    return Ended.REFUSED if instances == 1 else Ended.REFUSED_IN_COMPANY
