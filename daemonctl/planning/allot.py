"""Who gets the budgets: API tokens and voluntary stops, spent from the queues of wants.

Order: duplicates go first (they must be gone within 30 s), then starts by depth of dependency, so
that every call carries ten instances while there are ten, then voluntary stops.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import islice
from typing import TypeGuard

from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.memory import Failure
from daemonctl.model.plan import StartTask
from daemonctl.model.reason import Code, Notice
from daemonctl.planning import repair_only, rollout_notices
from daemonctl.planning.assessment import BEHIND, CURRENT, DESIRED, WantStart
from daemonctl.planning.catalog import tell_catalog
from daemonctl.planning.rules import Rule
from daemonctl.planning.spending import Allotted, Counter
from daemonctl.planning.voluntary import stops

BATCH = 10
"""Instances in one StartTask (ECS API: containerInstances)."""


def allot(counter: Counter) -> Allotted:
    """Spends the allowance."""
    out = counter.out
    tell_catalog(counter)
    if not _trusted(counter):
        return out
    _backoffs(counter)
    for rule in counter.rules.daemons:
        rollout_notices.tell(counter, rule)
    if counter.allowance.barred is not None:
        out.conditions.append(counter.allowance.barred)
        return out
    for rule in counter.rules.daemons:
        _repairs(counter, rule)
    for rule in counter.rules.daemons:
        _starts(counter, rule)
    if counter.repair is None:
        counter.gates(counter)
        counter.marks(counter)
        stops(counter)
    else:
        repair_only.tell(counter, counter.repair)
    if counter.calls <= 0 and counter.wants.waiting > len(out.slots):
        words = "starts or stops wait for API tokens"
        counter.tell(Notice.API_BUDGET, words)
        out.wait(counter.allowance.refill_at)
    return out


def _trusted(counter: Counter) -> bool:
    """No action on a partial or stale view."""
    observed, desired = counter.observed, counter.rules.desired
    if not observed.complete:
        words = "the last listing did not end: nothing is done until one does"
        counter.tell(Notice.VIEW_PARTIAL, words)
        return False
    if counter.now > observed.as_of + desired.stale_after_seconds:
        words = f"the view is older than {desired.stale_after_seconds:g} s: nothing is done"
        counter.tell(Notice.VIEW_STALE, words)
        return False
    return True


def _repairs(counter: Counter, rule: Rule) -> None:
    queue = counter.wants.stops[Code.DUPLICATE][rule.index]
    left = repair_only.mendable(counter, rule, queue) if counter.repair else queue
    for arn, want in islice(left, max(0, counter.calls)):
        counter.stop(rule, arn, want)


def _starts(counter: Counter, rule: Rule) -> None:
    queue = counter.wants.starts[rule.index]
    if not len(queue):
        return
    backoff = counter.memory[rule.index].failure
    if _holds(counter.cluster, counter.now) or _holds(backoff, counter.now):
        return
    # All of them only where some have to be left out: a long queue is not walked for nothing.
    left = list(_once_more(counter, rule)) if rule.spec.once else queue
    left = repair_only.fillable(counter, rule, counter.repair, left) if counter.repair else left
    room = _slow_start(counter, rule, len(left))
    # Under the brake nobody is tried again before the others: else the first keeps it for ever.
    first = left if room >= len(left) else nsmallest(room, left, key=_failed_at)
    for want, arns in batches(first, counter.calls):
        counter.calls -= 1
        if want.probe:
            counter.probed.update(dict.fromkeys(arns))
        counter.out.slots.extend((arn, rule.name) for arn in arns)
        counter.out.actions.append(_start(counter, rule, want, arns))


def _failed_at(one: tuple[ContainerInstanceArn, WantStart]) -> float:
    return one[1].failed_at


def _once_more(counter: Counter, rule: Rule) -> Iterator[tuple[ContainerInstanceArn, WantStart]]:
    """What runs once, where it may run now: again, for another revision, few at a time."""
    tally = counter.tallies[rule.index]
    room = rule.spec.max_unavailable.of(tally.having(DESIRED)) - tally.having(BEHIND)
    if counter.repair is not None:
        room = 0  # that can wait until somebody leads
    for arn, want in counter.wants.starts[rule.index]:
        room -= want.again
        if not want.again or room >= 0:
            yield arn, want


def batches(
    wants: Iterable[tuple[ContainerInstanceArn, WantStart]], calls: int
) -> list[tuple[WantStart, list[ContainerInstanceArn]]]:
    """Hosts that need the same of a start, ten a call, in at most so many calls; probes apart."""
    made: list[tuple[WantStart, list[ContainerInstanceArn]]] = []
    open_: dict[tuple[str, str, bool], list[ContainerInstanceArn]] = {}
    for arn, want in wants:
        same = (want.definition, want.overrides, want.probe)
        batch = open_.get(same)
        if batch is None:
            if len(made) >= calls:
                break
            batch = open_[same] = []
            made.append((want, batch))
        batch.append(arn)
        if len(batch) == BATCH:
            del open_[same]
    return made


def _start(
    counter: Counter,
    rule: Rule,
    want: WantStart,
    arns: Sequence[ContainerInstanceArn],
) -> StartTask:
    return StartTask(
        daemon=rule.name,
        owner=counter.rules.desired.owner,
        definition=want.definition,
        instances=tuple(arns),
        overrides=want.overrides,
        tags=rule.spec.tags,
        propagate_tags=rule.spec.propagate_tags,
        enable_execute_command=rule.spec.enable_execute_command,
        words=want.words,
        rollback_of=want.rollback_of,
    )


def _backoffs(counter: Counter) -> None:
    """Failures that reach further than one instance are told while anything is missing for them."""
    short_of = [rule for rule in counter.rules.daemons if _missing(counter, rule)]
    if short_of and _holds(counter.cluster, counter.now):
        _tell(counter, counter.cluster, Notice.CLUSTER_BACKOFF, "")
    for rule in short_of:
        failure = counter.memory[rule.index].failure
        if _holds(failure, counter.now):
            _tell(counter, failure, Notice.DAEMON_BACKOFF, rule.name)


def _tell(counter: Counter, failure: Failure, notice: Notice, daemon: str) -> None:
    words = f"{failure.code}: {failure.words}; tried {failure.streak} times"
    counter.tell(notice, words, daemon)
    counter.out.wait(failure.until)


def _missing(counter: Counter, rule: Rule) -> bool:
    tally = counter.tallies[rule.index]
    return tally.having(CURRENT) < tally.having(DESIRED)


def _holds(failure: Failure | None, now: float) -> TypeGuard[Failure]:
    return failure is not None and now < failure.until


def _slow_start(counter: Counter, rule: Rule, waiting: int) -> int:
    """How many starts the brake leaves, told where it holds some back."""
    slow = counter.memory[rule.index].slow
    if slow.limit is None:
        return waiting
    room = max(0, slow.limit - counter.tallies[rule.index].starting)
    if room < waiting:
        names = ", ".join(counter.name(ContainerInstanceArn(arn)) for arn in slow.failed_on[-3:])
        words = f"the last starts failed on different instances, {slow.limit} at a time now"
        words += f"; last on {names}" if names else ""
        counter.tell(Notice.SLOW_START, words, rule.name)
    return room
