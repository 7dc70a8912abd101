"""What runs on an instance, as registrator sees it: containers, and ports that it should register.

Only bridge networks publish ports of the host (docs/coverage.md). What is not known to be so, or
told registrator to look away, may hold a registration and is not missed without one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from daemonctl.model.cluster import Container, Port, Task, TaskDefinition
from daemonctl.model.discovery import Tenant
from daemonctl.model.ids import TaskDefinitionArn, short

EXPLICIT = "-explicit"
"""Registrator's option to register only what has a name of its own."""

INTERNAL = "-internal"
"""Its option to register addresses and ports inside of the bridge: nothing to compare with."""


def tenants(
    tasks: Iterable[Task],
    definitions: Mapping[TaskDefinitionArn, TaskDefinition],
    options: Collection[str] = (),
) -> tuple[Tenant, ...]:
    """The containers of all tasks that have not stopped, in the order of the tasks."""
    return tuple(
        _tenant(task, container, definitions.get(task.definition), options)
        for task in tasks
        if not task.stopped
        for container in task.containers
    )


def _tenant(
    task: Task,
    container: Container,
    definition: TaskDefinition | None,
    options: Collection[str],
) -> Tenant:
    revision = short(task.definition).replace(":", "-")
    prefix = f"ecs-{revision}-{plain(container.name)}-"
    bridged = definition is not None and definition.network_mode == "bridge"
    running = task.last_status == "RUNNING"
    loose = not bridged or INTERNAL in options or not (running or container.ports)
    wanted: tuple[Port, ...] = ()
    if definition is not None and running and task.live and not loose:
        wanted = tuple(_wanted(task, container, definition, explicit=EXPLICIT in options))
    return Tenant(task.arn, prefix, container.ports, wanted, loose, task.running_since)


def plain(name: str) -> str:
    """A container's name as the ECS agent puts it into Docker's (engine: reInvalidChars)."""
    return "".join(char for char in name if (char.isascii() and char.isalnum()) or char == "-")


def _wanted(
    task: Task, container: Container, definition: TaskDefinition, *, explicit: bool
) -> Iterator[Port]:
    if "SERVICE_" in task.overrides:  # the task itself has another word to registrator
        return
    labels = [label for label in definition.labelled if label.container == container.name]
    for port in container.ports:
        told = [label for label in labels if label.port in (None, port.container)]
        if any(label.ignore for label in told):
            continue
        if not explicit or any(label.named for label in told):
            yield port
