"""Revisions beside the wanted one: those that a rollout may have to start, and those that run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from daemonctl.model.cluster import TaskDefinition
from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.ids import DaemonName, TaskDefinitionArn, daemon_of, started_by
from daemonctl.model.memory import Memory
from daemonctl.model.observed import Host
from daemonctl.ports import ApiError, Cluster

Needed = Mapping[DaemonName, Sequence[TaskDefinitionArn]]
"""Task definitions by the daemon that needs to know them."""

NOTHING: Final[Needed] = {}


def of_rollouts(desired: Desired, memory: Memory) -> Needed:
    """What the rollouts may have to start: target, last good, asked. Costs O(daemons)."""
    found: dict[DaemonName, tuple[TaskDefinitionArn, ...]] = {}
    for daemon in desired.daemons:
        held = memory.daemons.get(daemon.spec.name)
        if held is not None and held.rollout is not None:
            arns = (revision.definition for revision in held.rollout.revisions)
            found[daemon.spec.name] = tuple(dict.fromkeys(arns))
    return found


def running(desired: Desired, hosts: Iterable[Host]) -> Needed:
    """What the daemons' live tasks are of. One look at every task."""
    mark = started_by(desired.owner)
    found: dict[DaemonName, dict[TaskDefinitionArn, None]] = {}
    for host in hosts:
        for task in host.tasks:
            name = daemon_of(task.group)
            if name is not None and task.live and task.started_by == mark:
                found.setdefault(name, {})[task.definition] = None
    return {name: tuple(arns) for name, arns in found.items()}


def joined(*needed: Needed) -> Needed:
    """All of them, each once."""
    found: dict[DaemonName, dict[TaskDefinitionArn, None]] = {}
    for one in needed:
        for name, arns in one.items():
            found.setdefault(name, {}).update(dict.fromkeys(arns))
    return {name: tuple(arns) for name, arns in found.items()}


def lacking(desired: Desired, needed: Needed) -> Needed:
    """What of it has not been looked up."""
    found: dict[DaemonName, tuple[TaskDefinitionArn, ...]] = {}
    for daemon in desired.daemons:
        have = [one.arn for one in (daemon.definition, *daemon.known) if one is not None]
        arns = tuple(a for a in needed.get(daemon.spec.name, ()) if a not in have)
        if arns:
            found[daemon.spec.name] = arns
    return found


async def known(
    cluster: Cluster,
    found: DesiredDaemon,
    before: DesiredDaemon | None,
    needed: Sequence[TaskDefinitionArn],
) -> tuple[TaskDefinition, ...]:
    """The definitions that are needed beside the wanted one; without those that are not to be had.

    A deregistered one can still be described; it is INACTIVE then, and planning starts it no more.
    """
    wanted = None if found.definition is None else found.definition.arn
    held = {} if before is None else {one.arn: one for one in before.known}
    if before is not None and before.definition is not None:
        held.setdefault(before.definition.arn, before.definition)
    made: list[TaskDefinition] = []
    for arn in sorted(needed):  # whatever order it was asked in, the same answer
        if arn == wanted:
            continue
        if arn in held:
            made.append(held[arn])
            continue
        try:
            made.append(await cluster.describe_task_definition(arn))
        except ApiError:
            continue  # it is asked for again at the next resync; meanwhile nothing starts it
    return tuple(made)


class Watch:
    """Rings once for each new thing that a rollout needs and nobody has looked up."""

    def __init__(self) -> None:
        self.ring: Callable[[], None] = lambda: None
        self._seen: Needed = NOTHING

    def look(self, desired: Desired, memory: Memory) -> None:
        """After every turn; costs O(daemons)."""
        found = lacking(desired, of_rollouts(desired, memory))
        if found and found != self._seen:
            self.ring()
        self._seen = found
