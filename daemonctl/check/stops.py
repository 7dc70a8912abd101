"""Invariant 2 and the meaning of REPAIR: which task a StopTask may name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.check.scene import Fault, Scene, Write, stops_in
from daemonctl.check.terms import live
from daemonctl.model.ids import short
from daemonctl.model.plan import StopKind, StopTask


def foreign_stop(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """Only a live task of ours, of that daemon, on that instance."""
    for write, action in stops_in(writes):
        wrong = _not_ours(scene, action)
        if wrong:
            yield write, f"stop of {short(action.task)} ({write.where}): {wrong}"


def _not_ours(scene: Scene, action: StopTask) -> str:
    for task in scene.tasks(action.instance):
        if task.arn != action.task:
            continue
        if task.instance != action.instance:
            return f"it runs on {short(task.instance)}"
        if not scene.is_own(task, action.daemon):
            if task.started_by != scene.mark:
                return f"somebody else started it ({task.started_by or 'no startedBy'})"
            return f"its group is {task.group}"
        return "" if live(task) else f"it is {task.last_status}, to be {task.desired_status}"
    return "the view knows no such task there"


def repair_without_survivor(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """A REPAIR takes nothing away: another live task of the daemon stays on the instance."""
    leaving = {action.task for _, action in stops_in(writes)}
    for write, action in stops_in(writes):
        if action.kind is StopKind.REPAIR and not any(
            live(task) and task.arn not in leaving for task in scene.own(write.slot)
        ):
            lone = "no other task of the daemon stays there"
            yield write, f"repair stop of {short(action.task)} ({write.where}): {lone}"
