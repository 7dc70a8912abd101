"""Invariant 2 and the meaning of REPAIR: which task a StopTask may name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.check.scene import Fault, Scene, Write, stops_in
from daemonctl.check.tally import available
from daemonctl.check.terms import live
from daemonctl.model.cluster import Task
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
    """A REPAIR takes nothing away: another live task stays there, a READY one for a READY one."""
    leaving = {action.task for _, action in stops_in(writes)}
    for write, action in stops_in(writes):
        if action.kind is not StopKind.REPAIR:
            continue
        stay = [t for t in scene.own(write.slot) if live(t) and t.arn not in leaving]
        what = f"repair stop of {short(action.task)} ({write.where})"
        if not stay:
            yield write, f"{what}: no other task of the daemon stays there"
        elif _only_ready(scene, action, stay):
            yield write, f"{what}: it is READY, and no other task of the daemon there is"


def _only_ready(scene: Scene, action: StopTask, stay: Sequence[Task]) -> bool:
    daemon = scene.daemon(action.daemon)
    if daemon is None or daemon.spec.once:  # what runs once is not READY, it ends
        return False
    host = scene.observed.hosts[action.instance]
    ready = [task.arn for task in host.tasks if available(scene, host, task, daemon)]
    return action.task in ready and not any(task.arn in ready for task in stay)
