"""A task of a rollout's target that has become ready and has not yet shown that it lasts.

Without minReadySeconds and without a health check a task is READY the moment it runs. A revision
that dies after three seconds would give its part of the budget back at every try, and end its own
rollout between two of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from daemonctl.model.cluster import Task
from daemonctl.planning.assessment import AVAILABLE, LOST, UNPROVEN, UPDATED
from daemonctl.planning.backoff import crashed
from daemonctl.planning.failing import STABLE_SECONDS
from daemonctl.planning.losses import born, lost_by_us
from daemonctl.planning.rules import Rule
from daemonctl.planning.scene import Scene


def unproven(scene: Scene, rule: Rule, own: Sequence[Task], flags: int) -> tuple[int, float | None]:
    """The flags that this adds to a slot's, and when time alone takes them away (epoch seconds).

    Where the task before it was of the target too and crashed, the slot stays lost to us if it was.
    Where nothing has crashed yet minReadySeconds or a health check are proof enough.
    """
    there = AVAILABLE | UPDATED
    if not rule.course.watched or flags & there != there:
        return 0, None
    live = [task for task in own if task.live]
    until = max(task.running_since for task in live) + STABLE_SECONDS
    if scene.now >= until:
        return 0, None
    last = max((t for t in own if not t.live), key=lambda t: (born(t), t.arn), default=None)
    taken = lost_by_us(own, rule.spec, fails=False)
    if last is not None and crashed(last) and scene.updated(rule, last):
        return UNPROVEN | (LOST if taken else 0), until
    asked_for = rule.spec.min_ready_seconds > 0 or rule.checked(live[0])
    if asked_for or not (taken or rule.course.untried):
        return 0, None
    return UNPROVEN, until
