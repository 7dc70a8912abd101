"""What may be stopped on a DRAINING instance: nothing while what it is there for still runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.check.scene import Fault, Scene, Write, stops_in
from daemonctl.model.cluster import Task
from daemonctl.model.ids import DaemonName, short
from daemonctl.model.observed import Host
from daemonctl.model.plan import StopTask
from daemonctl.model.reason import Code

SPOT_LEFT_SECONDS = 20.0
"""EC2 gives spot hosts 120 s; the last of them are for the daemons' own end."""


def drain_order(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """Daemons leave last, and those that others depend on last of all."""
    for write, action in stops_in(writes):
        host = scene.host(action.instance)
        drains = host is not None and host.instance.status == "DRAINING"
        if not write.voluntary or not (drains or action.code == Code.DRAINING):
            continue
        wrong = _too_soon(scene, host, action) if host is not None else "unknown"
        if wrong:
            yield write, f"stop of {write.where} on a DRAINING instance: {wrong}"


def _too_soon(scene: Scene, host: Host, action: StopTask) -> str:
    if host.instance.status != "DRAINING":
        return f"the instance is {host.instance.status}"
    if action.code != Code.DRAINING:
        return f"{action.code} is no reason there"
    held = _held(scene, host, action.daemon)
    spot = host.leaves_at is not None and scene.now >= host.leaves_at - SPOT_LEFT_SECONDS
    if held and not spot:
        return held
    for name, daemon in scene.wanted.items():
        needs = [need.daemon for need in daemon.spec.depends_on]
        if action.daemon in needs and any(
            task.last_status != "STOPPED" for task in scene.own((action.instance, name))
        ):
            return f"{name} depends on it and is still there"
    return ""


def _held(scene: Scene, host: Host, name: DaemonName) -> str:
    if host.listed_at is None or host.draining_since is None:
        return "not all of its tasks are known"
    others = [task for task in host.tasks if not _waits_for_nobody(scene, task)]
    for task in others:
        if task.group.startswith("service:"):
            return f"{short(task.arn)} of {task.group} is {task.last_status}"
    daemon = scene.daemon(name)
    if others and daemon is not None:
        left = host.draining_since + daemon.spec.drain_timeout_seconds - scene.now
        if left > 0:
            return f"standalone task {short(others[0].arn)} has {left:g} s more"
    return ""


def _waits_for_nobody(scene: Scene, task: Task) -> bool:
    """Gone, or a daemon itself: of ECS's own kind, of any daemonctl, or adopted."""
    return (
        task.last_status == "STOPPED"
        or task.group in scene.observed.daemon_services
        or task.started_by.startswith("daemonctl/")
        or any(scene.is_own(task, name) for name in scene.wanted)
    )
