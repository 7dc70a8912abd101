"""Which waiting tasks the host has room for: first in, first out.

As the ECS agent's host resource manager (1.73 and later) does: a task waits in PENDING, silently,
until the CPU, memory and static host ports that tasks of this agent hold are really free; the
first that has to wait holds up all behind it. What others hold is not known to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from daemonctl.local.agent.payload import RUNNING, TaskPayload, docker_parts, overrides_of
from daemonctl.local.agent.record import STOPPED, Task

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Needs:
    """CPU in units of 1/1024 core, memory in MiB, ports with their protocols."""

    cpu: int = 0
    memory: int = 0
    ports: frozenset[tuple[int, str]] = frozenset()


def needs(payload: TaskPayload) -> Needs:
    """What a task holds on the host: the task's own figures, else the sum over its containers."""
    cpu = memory = 0
    ports: set[tuple[int, str]] = set()
    for container in payload.containers:
        over = overrides_of(container)
        _, host_config = docker_parts(container)
        reserved = host_config.get("MemoryReservation")
        in_config = reserved // MIB if isinstance(reserved, int) else 0
        cpu += over.cpu or container.cpu
        hard = over.memory or container.memory
        memory += over.memory_reservation or in_config or hard
        ports |= {(row.host_port, row.protocol) for row in container.port_mappings if row.host_port}
    return Needs(
        cpu=round(payload.cpu * 1024) if payload.cpu else cpu,
        memory=payload.memory or memory,
        ports=frozenset(ports),
    )


def admit(tasks: Iterable[Task], cpu: int, memory: int) -> list[Task]:
    """Give room to those at the head of the queue.

    Args:
        tasks: All of the host, in order of arrival.
        cpu: The host's, in units of 1/1024 core.
        memory: The host's, in MiB.

    Returns:
        Those admitted now; their records say so.
    """
    living = [task for task in tasks if task.status != STOPPED]
    taken: set[tuple[int, str]] = set()
    for task in living:
        if task.record.admitted:
            held = needs(task.payload)
            cpu, memory = cpu - held.cpu, memory - held.memory
            taken |= held.ports
    admitted: list[Task] = []
    for task in living:
        if task.record.admitted or task.record.desired != RUNNING:
            continue
        wanted = needs(task.payload)
        if wanted.cpu > cpu or wanted.memory > memory or wanted.ports & taken:
            break
        cpu, memory = cpu - wanted.cpu, memory - wanted.memory
        taken |= wanted.ports
        task.record.admitted = True
        admitted.append(task)
    return admitted
