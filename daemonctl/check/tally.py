"""One look over all hosts for one daemon: what its voluntary stops have already taken."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from daemonctl.check.scene import Scene
from daemonctl.check.terms import age_key, alive, live, our_code, ran_enough, reached, stopping
from daemonctl.model.cluster import ContainerInstance, Task
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.memory import Kind
from daemonctl.model.observed import Host
from daemonctl.model.reason import Code
from daemonctl.model.spec import DependsOn


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
    if any(_available(scene, host, task, daemon) for task in tasks):
        return False
    stops = [task for task in tasks if not live(task) and _voluntary(task)]
    if not stops:
        return False
    last = max(map(age_key, stops))
    return not any(age_key(task) > last and _was_available(task, daemon) for task in tasks)


def _available(scene: Scene, host: Host, task: Task, daemon: DesiredDaemon) -> bool:
    known = host.instance.connected and alive(daemon, host.agent)
    return known and live(task) and reached(DependsOn.READY, task, daemon, scene.now)


def _voluntary(task: Task) -> bool:
    left = (Code.DUPLICATE, Code.MISPLACED, Code.DRAINING, Code.ORPHAN)
    return our_code(task) not in ("", *left)


def _was_available(task: Task, daemon: DesiredDaemon) -> bool:
    # It has ended since, by itself: what is missing now is no longer missing by us.
    if task.started_at is None or task.stopped_at is None:
        return False
    return ran_enough(task, daemon, task.stopped_at)
