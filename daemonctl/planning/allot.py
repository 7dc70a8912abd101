"""Who gets the budgets: API tokens and voluntary stops, spent from the queues of wants.

Order: duplicates go first (they must be gone within 30 s), then starts by depth of dependency, so
that every call carries ten instances while there are ten, then voluntary stops.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from msgspec import Struct, field

from daemonctl.model.cluster import TaskDefinition
from daemonctl.model.ids import ContainerInstanceArn, Slot, short
from daemonctl.model.memory import DaemonMemory, Failure
from daemonctl.model.observed import Observed
from daemonctl.model.plan import Action, Allowance, StartTask, StopTask
from daemonctl.model.reason import Condition, Notice
from daemonctl.planning.assessment import CURRENT, DESIRED, MISSCHEDULED, WantStart, WantStop
from daemonctl.planning.queue import Queue
from daemonctl.planning.rules import Rule, Rules
from daemonctl.planning.tally import Tally

BATCH = 10
"""Instances in one StartTask (ECS API: containerInstances)."""


class Wants(Struct):
    """Everything that waits for a budget, by rule."""

    starts: tuple[Queue[WantStart], ...]
    repairs: tuple[Queue[WantStop], ...]
    voluntary: tuple[Queue[WantStop], ...]


class Allotted(Struct):
    """What is done now, what is told, and when more may be done."""

    actions: list[Action] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)  # those the actions touch
    conditions: list[Condition] = field(default_factory=list)
    wake: float | None = None

    def wait(self, until: float | None) -> None:
        """Plan again then at the latest."""
        if until is not None and (self.wake is None or until < self.wake):
            self.wake = until


class Counter(Struct):
    """One allotment while it is made."""

    rules: Rules
    wants: Wants
    tallies: tuple[Tally, ...]
    memory: tuple[DaemonMemory, ...]
    cluster: Failure | None
    observed: Observed
    allowance: Allowance
    now: float
    calls: int
    out: Allotted


def allot(counter: Counter) -> Allotted:
    """Spends the allowance."""
    out, wants = counter.out, counter.wants
    if not _trusted(counter):
        return out
    for rule in counter.rules.daemons:
        _repairs(counter, rule)
    for rule in counter.rules.daemons:
        _starts(counter, rule)
    _stops(counter)
    wanted = sum(map(len, wants.starts)) + sum(map(len, wants.repairs))
    wanted += sum(map(len, wants.voluntary))
    if counter.calls <= 0 and wanted > len(out.slots):
        words = "starts or stops wait for API tokens"
        out.conditions.append(Condition(Notice.API_BUDGET, words))
        out.wait(counter.allowance.refill_at)
    return out


def _trusted(counter: Counter) -> bool:
    """No action on a partial or stale view."""
    observed, desired = counter.observed, counter.rules.desired
    if not observed.complete:
        words = "the last listing did not end: nothing is done until one does"
        counter.out.conditions.append(Condition(Notice.VIEW_PARTIAL, words))
        return False
    if counter.now > observed.as_of + desired.stale_after_seconds:
        words = f"the view is older than {desired.stale_after_seconds:g} s: nothing is done"
        counter.out.conditions.append(Condition(Notice.VIEW_STALE, words))
        return False
    return True


def _repairs(counter: Counter, rule: Rule) -> None:
    for arn, want in islice(counter.wants.repairs[rule.index], max(0, counter.calls)):
        _stop(counter, rule, arn, want)


def _starts(counter: Counter, rule: Rule) -> None:
    queue, definition = counter.wants.starts[rule.index], rule.definition
    if not len(queue) or definition is None or _waits(counter, rule):
        return
    room = _slow_start(counter, rule, len(queue))
    for want, arns in batches(islice(queue, room), counter.calls):
        counter.calls -= 1
        counter.out.slots.extend((arn, rule.name) for arn in arns)
        counter.out.actions.append(_start(counter, rule, definition, want, arns))


def batches(
    wants: Iterable[tuple[ContainerInstanceArn, WantStart]], calls: int
) -> list[tuple[WantStart, list[ContainerInstanceArn]]]:
    """Hosts that need the same of a start, ten a call, in at most so many calls."""
    made: list[tuple[WantStart, list[ContainerInstanceArn]]] = []
    open_: dict[str, list[ContainerInstanceArn]] = {}
    for arn, want in wants:
        batch = open_.get(want.overrides)
        if batch is None:
            if len(made) >= calls:
                break
            batch = open_[want.overrides] = []
            made.append((want, batch))
        batch.append(arn)
        if len(batch) == BATCH:
            del open_[want.overrides]
    return made


def _start(
    counter: Counter,
    rule: Rule,
    definition: TaskDefinition,
    want: WantStart,
    arns: Sequence[ContainerInstanceArn],
) -> StartTask:
    return StartTask(
        daemon=rule.name,
        owner=counter.rules.desired.owner,
        definition=definition.arn,
        instances=tuple(arns),
        overrides=want.overrides,
        tags=rule.spec.tags,
        propagate_tags=rule.spec.propagate_tags,
        enable_execute_command=rule.spec.enable_execute_command,
        words=want.words,
    )


def _waits(counter: Counter, rule: Rule) -> bool:
    """Failures that reach further than one instance hold every start they reach."""
    for failure, notice, daemon in (
        (counter.cluster, Notice.CLUSTER_BACKOFF, ""),
        (counter.memory[rule.index].failure, Notice.DAEMON_BACKOFF, rule.name),
    ):
        if failure is not None and counter.now < failure.until:
            words = f"{failure.code}: {failure.words}; tried {failure.streak} times"
            counter.out.conditions.append(Condition(notice, words, daemon))
            counter.out.wait(failure.until)
            return True
    return False


def _slow_start(counter: Counter, rule: Rule, waiting: int) -> int:
    """How many starts the brake leaves, told where it holds some back."""
    slow = counter.memory[rule.index].slow
    if slow.limit is None:
        return waiting
    room = max(0, slow.limit - counter.tallies[rule.index].starting)
    if room < waiting:
        names = ", ".join(short(arn) for arn in slow.failed_on[-3:])
        words = f"the last starts failed on different instances, {slow.limit} at a time now"
        words += f"; last on {names}" if names else ""
        counter.out.conditions.append(Condition(Notice.SLOW_START, words, rule.name))
    return room


def _stop(counter: Counter, rule: Rule, arn: ContainerInstanceArn, want: WantStop) -> None:
    counter.calls -= 1
    counter.out.slots.append((arn, rule.name))
    counter.out.actions.append(
        StopTask(
            daemon=rule.name,
            instance=arn,
            task=want.task,
            kind=want.kind,
            code=want.code,
            words=want.words,
        )
    )


def _stops(counter: Counter) -> None:
    """Misplaced tasks go, a few at a time."""
    waiting = [rule for rule in counter.rules.daemons if len(counter.wants.voluntary[rule.index])]
    if not waiting:
        return
    until = _first_look(counter)
    if until is None or counter.now < until:
        words = "voluntary stops wait until the cluster has been watched for a while"
        counter.out.conditions.append(Condition(Notice.STOPS_HELD, words))
        counter.out.wait(until)
        return
    share = counter.rules.desired.limits.max_cluster_share.of(len(counter.observed.hosts))
    left = min(share, counter.allowance.voluntary_stops)
    for rule in waiting:
        left -= _misplaced(counter, rule, left)


def _first_look(counter: Counter) -> float | None:
    first = counter.observed.first_full_at
    return None if first is None else first + counter.rules.desired.first_look_seconds


def _misplaced(counter: Counter, rule: Rule, left: int) -> int:
    """Stops misplaced tasks of one daemon; tells how many."""
    tally, queue = counter.tallies[rule.index], counter.wants.voluntary[rule.index]
    astray = tally.having(MISSCHEDULED)
    whole = astray + tally.having(CURRENT)
    if astray * 2 > whole:
        words = (
            f"{astray} of {whole} tasks are misplaced, over half: none is stopped; "
            "check the daemon's constraints, or stop the tasks by hand"
        )
        counter.out.conditions.append(Condition(Notice.MISPLACED_HELD, words, rule.name))
        return 0
    cap = rule.spec.max_unavailable.of(tally.having(DESIRED)) - tally.leaving
    count = max(0, min(left, cap, counter.calls, len(queue)))
    for arn, want in islice(queue, count):
        _stop(counter, rule, arn, want)
    if count < len(queue):
        words = f"{len(queue) - count} misplaced tasks wait for their turn"
        counter.out.conditions.append(Condition(Notice.STOPS_HELD, words, rule.name))
    return count
