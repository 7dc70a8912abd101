"""The rollouts' part of the check's oracle: by brute force, and sharing no code with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.model.cluster import Task
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import DaemonName, TaskDefinitionArn
from daemonctl.model.observed import Host
from daemonctl.model.plan import StopTask
from daemonctl.model.rollout import Rollout
from tests.property.strategies import MARK, Scene

_FREE = ("DUPLICATE", "MISPLACED", "DRAINING", "UNUSED", "ORPHAN")
_SICK = ("UNHEALTHY", "UNREADY")


def asked_for_health(known: DesiredDaemon, task: Task) -> bool:
    revisions = [one for one in (known.definition, *known.known) if one is not None]
    says = [one.has_health_check for one in revisions if one.arn == task.definition]
    return says[0] if says else task.health != "UNKNOWN"


def startable(scene: Scene, wanted: DesiredDaemon) -> list[TaskDefinitionArn]:
    found = [] if wanted.definition is None else [wanted.definition.arn]
    held = _rollout(scene, wanted.spec.name)
    if held is None:
        return found + [one.arn for one in wanted.known] if found else []
    good = [] if held.last_good is None else [held.last_good.definition]
    return [*found, held.target.definition, held.asked.definition, *good]


def lost(scene: Scene, host: Host, tasks: Sequence[Task], known: DesiredDaemon) -> bool:
    """Nothing there is available; whether that is our doing."""
    held = _rollout(scene, known.spec.name)
    if held is not None:
        if host.disconnected_since is not None and host.disconnected_since < held.began:
            return False
        if host.instance.arn in [one.instance for one in held.failed]:
            return True
    over = [t for t in tasks if t.desired_status == "STOPPED" or t.last_status == "STOPPED"]
    by_itself = [t for t in over if not t.stopped_reason.startswith("daemonctl: ")]
    enough = max(known.spec.restart.reset_after_seconds, known.spec.min_ready_seconds)
    stable = [
        t
        for t in by_itself
        if t.started_at is not None
        and t.stopped_at is not None
        and t.stopped_at - t.started_at >= enough
    ]
    ours = [t for t in over if t not in by_itself]
    sick = [t for t in ours if _code(t) in _SICK]
    well = [t for t in ours if _code(t) not in (*_SICK, *_FREE)]
    if well and not [t for t in stable if all(_made(t) > _made(w) for w in well)]:
        return True
    return (
        bool(sick)
        and not [t for t in by_itself if all(_made(t) > _made(s) for s in sick)]
        and not [t for t in tasks if t not in over and _bad(scene, known, t)]
    )


def update_faults(scene: Scene, stop: StopTask) -> Iterator[str]:
    """What is wrong with a stop that an update makes."""
    if stop.code not in ("OUTDATED", "UNREADY"):
        return
    held = _rollout(scene, stop.daemon)
    known = next((d for d in scene.desired.daemons if d.spec.name == stop.daemon), None)
    if held is None or known is None:
        yield "no rollout"
        return
    if held.pause or held.phase in ("HALTED", "UNCLEAR") or known.spec.strategy == "ON_DELETE":
        yield "held"
    if held.phase == "CANARY" and stop.instance not in held.canaries:
        yield "no canary"
    if stop.daemon in scene.memory.unsaved:
        yield "unsaved"
    yield from _as_told(scene, stop, held, known)
    for need in known.spec.depends_on:
        yield from _order(scene, stop, need.daemon)


def _as_told(scene: Scene, stop: StopTask, held: Rollout, known: DesiredDaemon) -> Iterator[str]:
    host = scene.observed.hosts.get(stop.instance)
    task = next((t for t in (host.tasks if host else ()) if t.arn == stop.task), None)
    if host is None or task is None:
        yield "no such task"
        return
    plain = not held.target.overrides and not task.overrides
    old = held.restarted_at is not None and _made(task) < held.restarted_at
    if task.definition == held.target.definition and plain and not old:
        yield "up to date"
    since = task.first_seen if task.started_at is None else task.started_at
    well = task.connected and (not asked_for_health(known, task) or task.health == "HEALTHY")
    running = host.instance.connected and task.last_status == "RUNNING"
    ready = running and well and scene.now - since >= known.spec.min_ready_seconds
    if stop.code == "OUTDATED" and not ready:
        yield "not ready"
    if stop.code == "UNREADY" and (ready or not _bad(scene, known, task)):
        yield "not broken"


def _order(scene: Scene, stop: StopTask, name: DaemonName) -> Iterator[str]:
    held = _rollout(scene, name)
    known = next((d for d in scene.desired.daemons if d.spec.name == name), None)
    if held is None or known is None or held.phase in ("HALTED", "UNCLEAR"):
        return
    host = scene.observed.hosts.get(stop.instance)
    mine = [t for t in (host.tasks if host else ()) if t.group == f"daemonctl-{name}"]
    lives = [t for t in mine if t.desired_status == "RUNNING" and t.last_status != "STOPPED"]
    old = [t for t in lives if t.started_by == MARK and t.definition != held.target.definition]
    if old and known.spec.strategy != "ON_DELETE":
        yield "before its dependency"


def _bad(scene: Scene, known: DesiredDaemon, task: Task) -> bool:
    if task.last_status == "RUNNING":
        return task.health == "UNHEALTHY"
    return scene.now - _made(task) >= known.spec.start_timeout_seconds


def _code(task: Task) -> str:
    return task.stopped_reason.split(": ")[1]


def _made(task: Task) -> float:
    return task.first_seen if task.created_at is None else task.created_at


def _rollout(scene: Scene, name: DaemonName) -> Rollout | None:
    held = scene.memory.daemons.get(name)
    return None if held is None else held.rollout
