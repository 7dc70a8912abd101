"""While the lock store is down: which gaps are left to whoever made them.

A replica that cannot tell whether another one leads fills what died. What a ``daemonctl:`` stop
took away may be about to be replaced by another replica: that is left alone for a while.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from daemonctl.model.cluster import Task
from daemonctl.model.ids import ContainerInstanceArn, family_of
from daemonctl.model.lease import REPAIR_GAP_SECONDS, RepairOnly
from daemonctl.model.reason import Notice
from daemonctl.planning.assessment import WantStart
from daemonctl.planning.backoff import OURS
from daemonctl.planning.rules import Rule
from daemonctl.planning.spending import Counter

Wanted = tuple[ContainerInstanceArn, WantStart]


def fillable(
    counter: Counter, rule: Rule, repair: RepairOnly, wants: Iterable[Wanted]
) -> list[Wanted]:
    """Those of the starts that fill no gap of another replica's; when more may be is noted."""
    found: list[Wanted] = []
    for arn, want in wants:
        until = _left_until(_ended(counter, rule, arn), repair)
        if until is not None and counter.now < until:
            counter.out.wait(until)
        else:
            found.append((arn, want))
    return found


def tell(counter: Counter, repair: RepairOnly) -> None:
    """The condition that holds meanwhile."""
    counter.tell(Notice.REPAIR_ONLY, repair.words)


def _ended(counter: Counter, rule: Rule, arn: ContainerInstanceArn) -> Iterator[Task]:
    for task in counter.observed.hosts[arn].tasks:
        if task.stopped and (task.group == rule.group or family_of(task.definition) == rule.family):
            yield task


def _left_until(ended: Iterable[Task], repair: RepairOnly) -> float | None:
    """Until when the gap is left alone; None where the last one ended by itself, or by us."""
    last = max(ended, key=lambda task: (task.stopped_at or 0.0, task.arn), default=None)
    if last is None or last.stopped_at is None or not last.stopped_reason.startswith(OURS):
        return None
    return last.stopped_at + REPAIR_GAP_SECONDS if last.stopped_at >= repair.gaps_since else None
