"""What a rollout may stop, and when: only its own turn, and nothing that it has not understood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.check.scene import Fault, Scene, Write, stops_in
from daemonctl.check.terms import age_key, alive, broken, live, reached
from daemonctl.model.cluster import Task
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import ContainerInstanceArn, short
from daemonctl.model.plan import StopTask
from daemonctl.model.reason import Code
from daemonctl.model.rollout import Phase, Rollout
from daemonctl.model.spec import DependsOn, Strategy

_UPDATES = (Code.OUTDATED, Code.UNREADY)
_HELD = (Phase.HALTED, Phase.UNCLEAR)


def rollout_stop(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """An update needs a rollout that is kept, not held, and has come to this instance."""
    for write, action in stops_in(writes):
        if action.code not in _UPDATES:
            continue
        daemon, rollout = scene.daemon(action.daemon), scene.rollout(action.daemon)
        if daemon is None or rollout is None:
            wrong = "no rollout of it is known"
        else:
            wrong = (
                _not_its_turn(scene, daemon, rollout, write.instance)
                or _not_as_told(scene, daemon, rollout, action)
                or _before_its_dependency(scene, daemon, write.instance)
            )
        if wrong:
            yield write, f"update of {write.where}: {wrong}"


def _not_its_turn(
    scene: Scene, daemon: DesiredDaemon, rollout: Rollout, arn: ContainerInstanceArn
) -> str:
    if rollout.pause is not None:
        return "the rollout is paused"
    if rollout.phase in _HELD:
        return f"the rollout is {rollout.phase}"
    if rollout.phase is Phase.CANARY and arn not in rollout.canaries:
        return "it is no canary"
    if daemon.spec.strategy is Strategy.ON_DELETE:
        return "its strategy is ON_DELETE"
    if daemon.spec.name in scene.memory.unsaved:
        return "the state of the rollout is not saved"
    return ""


def _not_as_told(scene: Scene, daemon: DesiredDaemon, rollout: Rollout, action: StopTask) -> str:
    host = scene.host(action.instance)
    task = next((one for one in scene.tasks(action.instance) if one.arn == action.task), None)
    if host is None or task is None:
        return "the view knows no such task there"
    if _runs_target(task, rollout):
        return f"{short(task.arn)} runs the target already"
    there = host.instance.connected and alive(daemon, host)
    ready = there and reached(DependsOn.READY, task, daemon, scene.now)
    if action.code == Code.OUTDATED:
        return "" if ready else f"{short(task.arn)} is not known to be ready"
    known = broken(task, daemon, host, scene.now)
    return "" if known else f"{short(task.arn)} is not known to be broken"


def _runs_target(task: Task, rollout: Rollout) -> bool:
    """As far as it can be told without filling in overrides."""
    target, since = rollout.target, rollout.restarted_at
    if task.definition != target.definition or target.overrides or task.overrides:
        return False
    return since is None or age_key(task) >= since


def _before_its_dependency(scene: Scene, daemon: DesiredDaemon, arn: ContainerInstanceArn) -> str:
    for need in daemon.spec.depends_on:
        other, rollout = scene.daemon(need.daemon), scene.rollout(need.daemon)
        if other is None or rollout is None or rollout.phase in _HELD:
            continue
        if other.spec.strategy is Strategy.ON_DELETE:
            continue
        lives = [task for task in scene.own((arn, need.daemon)) if live(task)]
        if any(task.definition != rollout.target.definition for task in lives):
            return f"{need.daemon} is not updated there yet"
    return ""
