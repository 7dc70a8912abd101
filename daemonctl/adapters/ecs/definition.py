"""Task definitions, reduced to what placement needs, counted as ECS counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from daemonctl.adapters.ecs.labels import labels, options
from daemonctl.adapters.ecs.shapes import ContainerDefinitionShape, DefinitionShape
from daemonctl.model.cluster import Resources, TaskDefinition
from daemonctl.model.ids import TaskDefinitionArn
from daemonctl.ports import Wire

_UNITS = {"": 1, "vcpu": 1024, "mb": 1, "mib": 1, "gb": 1024, "gib": 1024}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*([A-Za-z]*)\s*")


def definition(wire: Wire) -> TaskDefinition:
    """A ``TaskDefinition`` of the API.

    Raises:
        ValueError: it has no ARN, or a member of another type than ECS documents.
    """
    shape = msgspec.convert(wire, DefinitionShape)
    if not shape.task_definition_arn:
        raise ValueError("a task definition without taskDefinitionArn")
    containers = shape.container_definitions or []
    platform = shape.runtime_platform
    mode = shape.network_mode or "bridge"  # ECS's default on Linux
    return TaskDefinition(
        arn=TaskDefinitionArn(shape.task_definition_arn),
        # An answer without a status is of a revision that was just registered.
        active=(shape.status or "ACTIVE") == "ACTIVE",
        needs=_needs(shape, containers, mode),
        requires=tuple(row.name for row in shape.requires_attributes or () if row.name),
        os_family=(platform.operating_system_family if platform else "") or "",
        cpu_architecture=(platform.cpu_architecture if platform else "") or "",
        has_health_check=_tells_health(containers),
        network_mode=mode,
        labelled=tuple(label for row in containers for label in labels(row)),
        options=tuple(word for row in containers for word in options(row)),
        essential=tuple(row.name for row in containers if row.name and row.essential is not False),
    )


def _needs(
    shape: DefinitionShape, containers: Sequence[ContainerDefinitionShape], mode: str
) -> Resources:
    """Values of the task as a whole win over the sum of its containers'."""
    cpu = sum(row.cpu or 0 for row in containers)
    memory = sum(row.memory_reservation or row.memory or 0 for row in containers)
    ports = list(_static_ports(containers, mode))
    return Resources(
        cpu=_size(shape.cpu) if shape.cpu else cpu,
        memory=_size(shape.memory) if shape.memory else memory,
        tcp=frozenset(port for port, protocol in ports if protocol != "udp"),
        udp=frozenset(port for port, protocol in ports if protocol == "udp"),
    )


def _static_ports(
    containers: Sequence[ContainerDefinitionShape], mode: str
) -> Iterator[tuple[int, str]]:
    """Ports of the host that a copy of this task takes for itself alone.

    In awsvpc mode the task has an address of its own. In host mode an absent or zero host port is
    the container's port; elsewhere it is a dynamic one, which can always be had.
    """
    if mode not in {"host", "bridge", "default", "nat"}:
        return
    for container in containers:
        for row in container.port_mappings or ():
            port = row.host_port or (row.container_port if mode == "host" else 0)
            if port:
                yield port, (row.protocol or "tcp").lower()


def _tells_health(containers: Sequence[ContainerDefinitionShape]) -> bool:
    """Whether ECS can ever call the task HEALTHY.

    API reference, HealthCheck: only essential containers count, and a task is UNKNOWN while one of
    them is; a container without a check of its own is UNKNOWN for good.
    """
    essential = [row for row in containers if row.essential is not False]
    return bool(essential) and all(row.health_check for row in essential)


def _size(text: str) -> int:
    """CPU units or MiB of ``256``, ``.5 vCPU`` or ``1 GB``."""
    found = _SIZE.fullmatch(text)
    unit = _UNITS.get(found.group(2).lower()) if found else None
    if found is None or unit is None:
        raise ValueError("a task's cpu or memory that is no amount")
    return int(float(found.group(1)) * unit)
