"""What is told of a cluster: changes of verdicts and conditions, and how each action ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from daemonctl.check import Violation
from daemonctl.model.desired import Desired
from daemonctl.model.ids import ContainerInstanceArn, Slot, short
from daemonctl.model.observed import Host
from daemonctl.model.plan import Action, StartTask
from daemonctl.model.reason import Condition, Verdict
from daemonctl.ports import Sink
from daemonctl.runtime.facts import NOT_SENT, CallError, Outcome, PutEnded, StartEnded, StopEnded
from daemonctl.runtime.measures import Measures, VerdictOf


class Teller:
    """Tells the sink of one cluster, each change once."""

    def __init__(self, alias: str, sink: Sink) -> None:
        self._alias = alias
        self._sink = sink
        self._measures = Measures(alias, sink)
        self.held: dict[Slot, Verdict] = {}
        self._conditions: dict[tuple[str, str], Condition] = {}

    def verdicts(
        self,
        changed: Mapping[Slot, Verdict | None],
        hosts: Mapping[ContainerInstanceArn, Host],
        desired: Desired,
        verdict_of: VerdictOf,
        now: float,
    ) -> None:
        """Verdicts as a plan gave them; those that are as before are passed over."""
        for slot, new in changed.items():
            old = self.held.get(slot)
            if old == new:
                continue
            if new is None:
                del self.held[slot]
            else:
                self.held[slot] = new
            self._measures.verdict(slot, old, new, hosts.get(slot[0]), now)
            self._sink.verdict(self._alias, short(slot[0]), slot[1], old, new)
        arns = dict.fromkeys(arn for arn, _ in changed)
        self._measures.instances(arns, hosts, desired, verdict_of, now)

    def forget(self, desired: Desired) -> None:
        """The config changed: verdicts of daemons that are not in it any more end."""
        names = [spec.name for spec in (*(d.spec for d in desired.daemons), *desired.removed)]
        for slot in [slot for slot in self.held if slot[1] not in names]:
            old = self.held.pop(slot)
            self._sink.verdict(self._alias, short(slot[0]), slot[1], old, None)

    def conditions(self, conditions: Iterable[Condition]) -> None:
        """The conditions that hold now; new ones and ended ones are told."""
        held = {(one.notice.value, one.daemon): one for one in conditions}
        for key, condition in held.items():
            if key not in self._conditions:
                self._sink.condition(self._alias, condition, on=True)
        for key, condition in self._conditions.items():
            if key not in held:
                self._sink.condition(self._alias, condition, on=False)
        self._conditions = held

    def violations(self, violations: Iterable[Violation]) -> None:
        """What the check dropped."""
        for violation in violations:
            self._sink.violation(self._alias, violation.invariant, violation.words)

    def action(self, action: Action, outcome: str, words: str) -> None:
        """An action that ended without a call of its own."""
        self._sink.action(self._alias, action, outcome, words)

    def left(self, unsent: Iterable[Action], unanswered: Iterable[Action]) -> None:
        """Actions of a process that ends: not sent any more, or without an answer by then."""
        for action in unsent:
            self.action(action, "dropped", "not sent: daemonctl is told to end")
        for action in unanswered:
            words = "no answer before daemonctl ended; the next start looks it up"
            self.action(action, "ambiguous", words)

    def bug(self, event: str, error: Exception, **fields: object) -> None:
        """Something went wrong that nobody foresaw; the loop goes on."""
        self._sink.log(
            "error",
            event,
            cluster=self._alias,
            error=f"{type(error).__name__}: {error}",
            next_step="this is a bug in daemonctl: report it with this line",
            **fields,
        )

    def outcome(self, fact: Outcome) -> None:
        """How a call ended: one line for what worked, one for each instance that refused."""
        match fact:
            case StartEnded(action=action, error=CallError() as error):
                self.action(action, _became(error), _said(error))
            case StartEnded():
                self._start(fact)
            case PutEnded(action=action, error=CallError() as error):
                self.action(action, _became(error), _said(error))
            case PutEnded(action=action):
                self.action(action, "ok", action.words)
            case StopEnded(action=action, error=CallError() as error):
                self.action(action, _became(error), _said(error))
            case StopEnded(action=action, task=task):
                words = action.words if task is not None else "ECS does not know the task any more"
                self.action(action, "ok", words)
            case _:
                pass

    def _start(self, fact: StartEnded) -> None:
        action, answer = fact.action, fact.answer
        if answer is None:
            return
        if answer.started:
            started = tuple(task.instance for task in answer.started)
            self.action(_only(action, started), "ok", action.words)
        for refusal in answer.refused:
            words = f"{refusal.reason}: {refusal.detail}" if refusal.detail else refusal.reason
            self.action(_only(action, (refusal.instance,)), "refused", words)
        if answer.unanswered:
            words = "ECS's answer names neither a task nor a failure for these"
            self.action(_only(action, answer.unanswered), "ambiguous", words)


def _only(action: StartTask, instances: tuple[ContainerInstanceArn, ...]) -> StartTask:
    return replace(action, instances=instances)


def _said(error: CallError) -> str:
    return error.words if error.code == NOT_SENT else f"{error.code}: {error.words}"


def _became(error: CallError) -> str:
    if error.code == NOT_SENT:
        return "dropped"
    return "ambiguous" if error.ambiguous else "error"
