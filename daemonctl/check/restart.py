"""``dependsOn: restart``: what may be restarted because of its dependency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.check.scene import Fault, Scene, Write, stops_in
from daemonctl.check.terms import live, reached
from daemonctl.model.plan import StopTask
from daemonctl.model.reason import Code
from daemonctl.model.spec import DependsOn


def restart(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """A daemon that the config says is restarted, beside a younger dependency that is READY."""
    for write, action in stops_in(writes):
        if action.code == Code.RESTART and not _due(scene, action):
            yield write, f"restart of {write.where}: no younger dependency of it is READY there"


def _due(scene: Scene, action: StopTask) -> bool:
    daemon = scene.daemon(action.daemon)
    task = next((one for one in scene.tasks(action.instance) if one.arn == action.task), None)
    born = None if task is None else task.created_at
    if daemon is None or born is None:
        return False
    for need in daemon.spec.depends_on:
        other = scene.daemon(need.daemon)
        if not need.restart or other is None:
            continue
        for one in scene.own((action.instance, need.daemon)):
            younger = one.created_at is not None and one.created_at > born
            if younger and live(one) and reached(DependsOn.READY, one, other, scene.now):
                return True
    return False
