"""Daemons that run once: never where they have run, and never marked where they have not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.check.scene import NOWHERE, Fault, Scene, Write, marks_in, starts_in
from daemonctl.check.terms import ended_well
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.once import attribute_of, mark_of

MOST_ATTRIBUTES = 10
"""ECS API: PutAttributes takes up to 10 attributes."""


def once_start(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """What has run on an instance does not run there again."""
    for write, action in starts_in(writes):
        daemon = scene.daemon(action.daemon)
        if daemon is None or not daemon.spec.once:
            continue
        mark = mark_of(action.definition, action.overrides)
        if has_run(scene, write.instance, daemon) == mark:
            yield write, f"start of {write.where}: {mark} has run there"


def once_mark(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """An instance is marked with what has run there last, if it is not marked so already."""
    named: dict[int, dict[ContainerInstanceArn, None]] = {}
    for write, action in marks_in(writes):
        before = named.setdefault(write.index, {})
        wrong = "named twice by one call" if write.instance in before else ""
        if len(before) >= MOST_ATTRIBUTES:
            wrong = f"more than {MOST_ATTRIBUTES} attributes"
        elif not wrong:
            wrong = _wrong(scene, write.instance, scene.daemon(action.once), dict(action.marks))
        if wrong:
            yield write, f"mark of {action.once} on {write.instance.rsplit('/', 1)[-1]}: {wrong}"
        before[write.instance] = None


def _wrong(
    scene: Scene,
    arn: ContainerInstanceArn,
    daemon: DesiredDaemon | None,
    marks: dict[ContainerInstanceArn, str],
) -> str:
    host = scene.host(arn)
    if daemon is None or not daemon.spec.once:
        return "the config has no such daemon that runs once"
    if host is None:
        return "names no instance" if arn == NOWHERE else "the instance is unknown"
    if host.instance.status != "ACTIVE":
        return f"the instance is {host.instance.status}"
    if host.instance.attributes.values.get(attribute_of(daemon.spec.name)) == marks[arn]:
        return "it is marked so already"
    ran = has_run(scene, arn, daemon)
    return "" if ran == marks[arn] else f"{marks[arn]} is not what ran there last ({ran or 'none'})"


def has_run(scene: Scene, arn: ContainerInstanceArn, daemon: DesiredDaemon) -> str:
    """The mark of what ran there last to a good end, "" where nothing did.

    The stopped tasks tell it, then what is remembered of them, then the instance's attribute.
    """
    name, best, found = daemon.spec.name, -1.0, ""
    for task in scene.own((arn, name)):
        at = task.stopped_at if task.stopped_at is not None else task.first_seen
        if ended_well(task, daemon) and at >= best:
            best, found = at, mark_of(task.definition, task.overrides)
    host = scene.host(arn)
    marked = "" if host is None else host.instance.attributes.values.get(attribute_of(name), "")
    return found or scene.remembered((arn, name)).done or marked
