"""Invariant 5: no action on a partial view, and none on a stale one; and none while frozen.

And while the lock store is down only starts and repairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.check.scene import Fault, Scene, Write
from daemonctl.model.ids import short
from daemonctl.model.lease import REPAIR_DUPLICATE_SECONDS, REPAIR_GAP_SECONDS
from daemonctl.model.plan import StartTask, StopTask


def partial_view(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """A listing did not end: what is absent may only be unknown."""
    if not scene.observed.complete:
        for write in writes:
            yield write, "the view is partial: not every listing of the last resync ended"


def stale_view(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """The last complete listing began too long ago."""
    bound = scene.desired.stale_after_seconds
    if scene.now > scene.observed.as_of + bound:
        age = scene.now - scene.observed.as_of
        for write in writes:
            yield write, f"the view is {age:g} s old, more than {bound:g} s"


def frozen(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """An operator has stopped every write."""
    if scene.memory.freeze is not None:
        for write in writes:
            yield write, f"every write is stopped: frozen by {scene.memory.freeze.by}"


def repair_only(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """The lock store is down: nothing that could wait, and no gap that another replica made."""
    repair = scene.memory.repair
    if repair is None:
        return
    for write in writes:
        if not isinstance(write.action, StartTask):
            if write.voluntary or not isinstance(write.action, StopTask):
                yield write, f"{write.where}: only starts and repairs while the lock store is down"
            elif _young(scene, write):
                yield write, f"{write.where}: the duplicate is for whoever leads to stop"
            continue
        ended = [task for task in scene.own(write.slot) if task.last_status == "STOPPED"]
        last = max((task.stopped_at for task in ended if task.stopped_at is not None), default=0.0)
        if last < max(repair.gaps_since, scene.now - REPAIR_GAP_SECONDS):
            continue
        for task in ended:
            if task.stopped_at == last and task.stopped_reason.startswith("daemonctl:"):
                yield write, f"start of {write.where}: a daemonctl stopped {short(task.arn)} lately"
                break


def _young(scene: Scene, write: Write) -> bool:
    """Whether it has been a duplicate for a short time only."""
    live = [task for task in scene.own(write.slot) if task.live]
    made = sorted(task.first_seen if task.created_at is None else task.created_at for task in live)
    return len(made) > 1 and scene.now - made[1] < REPAIR_DUPLICATE_SECONDS
