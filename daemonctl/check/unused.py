"""``onlyWith``: what may be stopped as unused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from daemonctl.check.scene import Fault, Scene, Write, stops_in
from daemonctl.model.cluster import Task
from daemonctl.model.ids import short
from daemonctl.model.plan import StopTask
from daemonctl.model.reason import Code


def unused(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """Nobody needs the daemon where it is stopped as unused, and has not for a while."""
    for write, action in stops_in(writes):
        wrong = _needed(scene, action) if action.code == Code.UNUSED else ""
        if wrong:
            yield write, f"stop of {write.where} as unused: {wrong}"


def _needed(scene: Scene, action: StopTask) -> str:
    daemon = scene.daemon(action.daemon)
    rule = None if daemon is None else daemon.spec.only_with
    if rule is None:
        return "it has no onlyWith"
    unlisted = [name for name in rule.services if name not in scene.observed.services]
    if unlisted:
        return f"the tasks of {unlisted[0]} have not been listed"
    for task in scene.tasks(action.instance):
        if task.last_status != "STOPPED" and any(_of(task, name) for name in rule.services):
            return f"{short(task.arn)} of {task.group} is {task.last_status}"
    since = scene.remembered((action.instance, action.daemon)).unused_since
    if rule.linger_seconds and (since is None or scene.now < since + rule.linger_seconds):
        return "lingerSeconds are not over"
    return ""


def _of(task: Task, name: str) -> bool:
    pattern = re.escape(name).replace(r"\*", ".*")
    return re.fullmatch(f"service:{pattern}", task.group) is not None
