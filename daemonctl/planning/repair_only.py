"""While the lock store is down: which gaps are left to whoever made them.

A replica that cannot tell whether another one leads fills what died. What a ``daemonctl:`` stop
took away may be about to be replaced by another replica: that is left alone for a while. So is a
duplicate: another replica may be about to stop one, and not the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from daemonctl.model.cluster import Task
from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.lease import REPAIR_DUPLICATE_SECONDS, REPAIR_GAP_SECONDS, RepairOnly
from daemonctl.model.reason import Notice
from daemonctl.planning.assessment import WantStart, WantStop
from daemonctl.planning.backoff import OURS
from daemonctl.planning.losses import born
from daemonctl.planning.rules import Rule
from daemonctl.planning.slots import sort_tasks
from daemonctl.planning.spending import Counter

Wanted = tuple[ContainerInstanceArn, WantStart]


def fillable(
    counter: Counter, rule: Rule, repair: RepairOnly, wants: Iterable[Wanted]
) -> list[Wanted]:
    """Those of the starts that fill no gap of another replica's; when more may be is noted."""
    found: list[Wanted] = []
    for arn, want in wants:
        own = sort_tasks(counter.rules, counter.observed.hosts[arn]).own.get(rule.group, ())
        until = _left_until(own, repair)
        if until is not None and counter.now < until:
            counter.out.wait(until)
        else:
            found.append((arn, want))
    return found


def mendable(
    counter: Counter, rule: Rule, wants: Iterable[tuple[ContainerInstanceArn, WantStop]]
) -> list[tuple[ContainerInstanceArn, WantStop]]:
    """Those of the duplicates that whoever leads would have stopped by now."""
    found: list[tuple[ContainerInstanceArn, WantStop]] = []
    for arn, want in wants:
        own = sort_tasks(counter.rules, counter.observed.hosts[arn]).own[rule.group]
        _, second, *_ = sorted(born(task) for task in own if task.live)
        until = second + REPAIR_DUPLICATE_SECONDS
        if counter.now < until:
            counter.out.wait(until)
        else:
            found.append((arn, want))
    return found


def tell(counter: Counter, repair: RepairOnly) -> None:
    """The condition that holds meanwhile."""
    counter.tell(Notice.REPAIR_ONLY, repair.words)


def _left_until(own: Sequence[Task], repair: RepairOnly) -> float | None:
    """Until when the gap is left alone; None where the last one ended by itself, or by us."""
    ends = [(task.stopped_at, task.stopped_reason.startswith(OURS)) for task in own if task.stopped]
    told = [(at, ours) for at, ours in ends if at is not None]
    at, ours = max(told, default=(0.0, False))
    return at + REPAIR_GAP_SECONDS if ours and at >= repair.gaps_since else None
