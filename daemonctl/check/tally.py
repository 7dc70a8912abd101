"""One look over all hosts for one daemon: what its voluntary stops have already taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from daemonctl.check.scene import Scene
from daemonctl.check.terms import age_key, alive, broken, live, our_code, reached, stopping
from daemonctl.model.cluster import ContainerInstance, Task
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.memory import Kind
from daemonctl.model.observed import Host
from daemonctl.model.reason import Code
from daemonctl.model.spec import DependsOn

NOTHING_TAKEN = ("", Code.DUPLICATE, Code.MISPLACED, Code.DRAINING, Code.UNUSED, Code.ORPHAN)
WAS_BROKEN = (Code.UNHEALTHY, Code.UNREADY)


class Tally(Struct):
    """A daemon in numbers, before the plan."""

    places: int = 0  # instances that may have to run it; constraints are not asked
    live: int = 0  # own live tasks
    lost: dict[ContainerInstanceArn, None] = {}  # unavailable by us
    leaving: dict[ContainerInstanceArn, None] = {}  # a misplaced task is on its way out


def tally(scene: Scene, daemon: DesiredDaemon) -> Tally:
    """Counts one daemon over all hosts of the view."""
    total = Tally()
    for arn, host in scene.observed.hosts.items():
        tasks = scene.own((arn, daemon.spec.name))
        lives = sum(map(live, tasks))
        total.places += _place(host.instance)
        total.live += lives
        if not tasks or host.instance.status == "DRAINING":
            continue  # what leaves is not missed
        going = lives == 1 and _stop_in_flight(scene, arn, daemon)
        if going or _misplaced_leaving(tasks):
            total.leaving[arn] = None
        if going or _lost_by_us(scene, host, tasks, daemon):
            total.lost[arn] = None
    return total


def _place(instance: ContainerInstance) -> bool:
    ours = instance.ec2_id.startswith("i-") and not instance.managed
    return ours and instance.status == "ACTIVE"


def _stop_in_flight(scene: Scene, arn: ContainerInstanceArn, daemon: DesiredDaemon) -> bool:
    # Its kind is not remembered. With one live task it takes that one; a duplicate's does not.
    expected = scene.in_flight((arn, daemon.spec.name))
    return expected is not None and expected.kind is Kind.STOP


def _misplaced_leaving(tasks: Sequence[Task]) -> bool:
    return any(stopping(task) and our_code(task) == Code.MISPLACED for task in tasks)


def _lost_by_us(scene: Scene, host: Host, tasks: Sequence[Task], daemon: DesiredDaemon) -> bool:
    if any(available(scene, host, task, daemon) for task in tasks):
        return False
    rollout = scene.rollout(daemon.spec.name)
    if rollout is not None:
        away = host.disconnected_since
        if away is not None and away < rollout.began:
            return False
        if any(failed.instance == host.instance.arn for failed in rollout.failed):
            return True
    return _taken(tasks, daemon) or _being_replaced(scene, host, tasks, daemon)


def _taken(tasks: Sequence[Task], daemon: DesiredDaemon) -> bool:
    """What worked was stopped, and nothing that lasted came after it."""
    last = _last_stop(tasks, lambda code: code not in (*NOTHING_TAKEN, *WAS_BROKEN))
    return last is not None and not any(
        age_key(task) > last and _lasted(task, daemon) for task in tasks
    )


def _being_replaced(scene: Scene, host: Host, tasks: Sequence[Task], daemon: DesiredDaemon) -> bool:
    """What did not work was stopped, and it is not known yet whether the next one does."""
    last = _last_stop(tasks, lambda code: code in WAS_BROKEN)
    if last is None:
        return False
    lives = [task for task in tasks if live(task)]
    if any(broken(task, daemon, host, scene.now) for task in lives):
        return False
    ended = [task for task in tasks if not live(task) and not our_code(task)]
    return not any(age_key(task) > last for task in ended)


def _last_stop(tasks: Sequence[Task], wanted: Callable[[str], bool]) -> float | None:
    found = [age_key(task) for task in tasks if not live(task) and wanted(our_code(task))]
    return max(found, default=None)


def available(scene: Scene, host: Host, task: Task, daemon: DesiredDaemon) -> bool:
    """Whether a task is READY and its agent connected. What cannot be known is not."""
    known = host.instance.connected and alive(daemon, host)
    return known and live(task) and reached(DependsOn.READY, task, daemon, scene.now)


def _lasted(task: Task, daemon: DesiredDaemon) -> bool:
    # It has ended since, by itself: what is missing now is no longer missing by us.
    if our_code(task) or task.started_at is None or task.stopped_at is None:
        return False
    spec = daemon.spec
    enough = max(spec.min_ready_seconds, spec.restart.reset_after_seconds)
    return task.stopped_at >= task.started_at + enough
