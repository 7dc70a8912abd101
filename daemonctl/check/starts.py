"""Invariants 1 and 4 and what makes a start senseless: where a StartTask must not go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.check.once import has_run
from daemonctl.check.scene import NOWHERE, Fault, Scene, Write, starts_in
from daemonctl.check.terms import dead, live, reached, stopping
from daemonctl.model.cluster import ContainerInstance
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import ContainerInstanceArn, TaskDefinitionArn, short
from daemonctl.model.memory import Kind
from daemonctl.model.plan import StartTask
from daemonctl.model.spec import Dependency, DependsOn

MOST_INSTANCES = 10
"""ECS API: StartTask takes up to 10 container instances."""


def start_on_wrong_host(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """Only what is wanted, and only on an instance that can take it."""
    named: dict[int, list[ContainerInstanceArn]] = {}
    for write, action in starts_in(writes):
        before = named.setdefault(write.index, [])
        wrong = (
            _wrong_request(scene, action)
            or _wrong_instance(scene, write.instance)
            or _wrong_number(write.instance, before)
        )
        if wrong:
            yield write, f"start of {write.where}: {wrong}"
        else:
            before.append(write.instance)


def _wrong_request(scene: Scene, action: StartTask) -> str:
    if action.owner != scene.desired.owner:
        return f"for owner {action.owner}, this is {scene.desired.owner}"
    daemon = scene.daemon(action.daemon)
    if daemon is None:
        return "the config has no such daemon"
    wanted = _startable(scene, daemon)
    if not wanted:
        return "its task definition is not resolved"
    if action.definition not in wanted:
        return f"{short(action.definition)} instead of {' or '.join(map(short, wanted))}"
    return ""


def _startable(scene: Scene, daemon: DesiredDaemon) -> list[TaskDefinitionArn]:
    """What the config wants, and what the rollout may have to go back to.

    A first plan finds out which that is: then it is any of those that were found running.
    """
    wanted = [daemon.definition.arn] if daemon.definition is not None else []
    rollout = scene.rollout(daemon.spec.name)
    if rollout is None:
        return [*wanted, *(known.arn for known in daemon.known)] if wanted else []
    named = [revision.definition for revision in rollout.revisions]
    return [*wanted, *(arn for arn in named if arn not in wanted)]


def _wrong_instance(scene: Scene, arn: ContainerInstanceArn) -> str:
    host = scene.host(arn)
    if host is None:
        return "names no instance" if arn == NOWHERE else "the instance is unknown"
    return _unfit(host.instance)


def _unfit(instance: ContainerInstance) -> str:
    if instance.status != "ACTIVE":
        return f"the instance is {instance.status}"
    if not instance.connected:
        return "the instance's agent is disconnected"
    if not instance.ec2_id.startswith("i-"):
        return f"the instance is EXTERNAL ({instance.ec2_id or 'no EC2 instance id'})"
    return "the instance is one of ECS Managed Instances" if instance.managed else ""


def _wrong_number(arn: ContainerInstanceArn, before: Sequence[ContainerInstanceArn]) -> str:
    if arn in before:
        return "named twice by one StartTask"
    return f"more than {MOST_INSTANCES} instances" if len(before) >= MOST_INSTANCES else ""


def start_over_live(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """One task per daemon and instance: none is seen, and none is on its way."""
    for write, _ in starts_in(writes):
        lives = next(filter(live, scene.own(write.slot)), None)
        expected = scene.in_flight(write.slot)
        if lives is not None:
            yield write, f"start of {write.where}: {short(lives.arn)} is live there"
        elif expected is not None and expected.kind is Kind.START:
            left = expected.expires - scene.now
            yield write, f"start of {write.where}: one is in flight for {left:g} s more"


def start_over_stopping(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """The old task must have left the host: two would run side by side until it has."""
    for write, _ in starts_in(writes):
        leaving = next(filter(stopping, scene.own(write.slot)), None)
        if leaving is not None:
            yield write, f"start of {write.where}: {short(leaving.arn)} has not stopped yet"


def dependency(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """What the daemon depends on has come far enough on that very instance."""
    for write, action in starts_in(writes):
        daemon = scene.daemon(action.daemon)
        for need in daemon.spec.depends_on if daemon is not None else ():
            if not _met(scene, write.instance, need):
                condition = f"{need.daemon} is not {need.condition} there"
                yield write, f"start of {write.where}: {condition}"
                break


def _met(scene: Scene, arn: ContainerInstanceArn, need: Dependency) -> bool:
    daemon, host = scene.daemon(need.daemon), scene.host(arn)
    if daemon is None or host is None:
        return False
    if need.condition is DependsOn.SUCCESS:
        return bool(has_run(scene, arn, daemon))
    if need.condition is DependsOn.READY and dead(daemon, host):
        return False
    return any(
        live(task) and reached(need.condition, task, daemon, scene.now)
        for task in scene.own((arn, need.daemon))
    )
