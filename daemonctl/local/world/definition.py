"""A task definition: what one revision of a family is, and what its tasks need."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from daemonctl.local.world.fields import Params, flag, number, part, parts, text
from daemonctl.local.world.room import Needs

LEAST_MEMORY = 6
"""MiB that Docker wants for a container at least ("container minimum 6 MiB")."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """When a container's health is asked for; defaults and words are the API reference's.

    Attributes:
        interval: seconds between two checks, and from the container's start to the first.
        retries: failed checks in a row after which it is UNHEALTHY.
        start_period: failures do not count so many seconds after its start.
    """

    interval: float = 30.0
    retries: int = 3
    start_period: float = 0.0

    @property
    def unhealthy_after(self) -> float:
        """Seconds to UNHEALTHY of a container whose checks fail from its start."""
        uncounted = max(0, ceil(self.start_period / self.interval) - 1)
        return (uncounted + self.retries) * self.interval


@dataclass(frozen=True, slots=True)
class ContainerDefinition:
    """One container of a task definition; memory is MiB, cpu is units, times are seconds."""

    name: str
    image: str
    cpu: int
    memory: int | None
    reservation: int | None
    essential: bool
    health_check: HealthCheck | None
    stop_timeout: int | None
    restart_period: int | None
    """Seconds a run must last to be restarted in place; None: no restart policy."""
    ignored_exit_codes: tuple[int, ...]
    tcp: tuple[int, ...]
    udp: tuple[int, ...]
    dynamic: tuple[int, ...]
    """Container ports that get a host port only when the container runs."""


@dataclass(slots=True, eq=False)
class Definition:
    """One revision; ``wire`` is what was registered, in the wire's shape."""

    arn: str
    family: str
    revision: int
    network_mode: str
    containers: tuple[ContainerDefinition, ...]
    task_cpu: int | None
    task_memory: int | None
    needs: Needs
    requires: tuple[tuple[str, str | None], ...]
    os_type: str | None
    architecture: str | None
    wire: dict[str, object]
    registered_at: float
    status: str = "ACTIVE"
    deregistered_at: float | None = None
    tags: dict[str, str] = field(default_factory=dict)


def container_of(row: Params, network_mode: str) -> ContainerDefinition:
    """Read one entry of ``containerDefinitions``."""
    policy = part(row, "restartPolicy")
    ignored = policy.get("ignoredExitCodes")
    period = number(policy, "restartAttemptPeriod") or 300
    tcp, udp, dynamic = _ports(row, network_mode)
    return ContainerDefinition(
        name=text(row, "name") or "",
        image=text(row, "image") or "",
        cpu=number(row, "cpu") or 0,
        memory=number(row, "memory"),
        reservation=number(row, "memoryReservation"),
        essential=row.get("essential") is not False,
        health_check=_check_of(part(row, "healthCheck")),
        stop_timeout=number(row, "stopTimeout"),
        restart_period=period if flag(policy, "enabled") else None,
        ignored_exit_codes=tuple(ignored) if isinstance(ignored, (list, tuple)) else (),
        tcp=tcp,
        udp=udp,
        dynamic=dynamic,
    )


def needs_of(
    containers: tuple[ContainerDefinition, ...],
    task_cpu: int | None,
    task_memory: int | None,
    overrides: Params,
) -> Needs:
    """What a task takes; "memory subtracted = memoryReservation if set, else memory".

    Values of the task as a whole win over the sum of its containers'.
    """
    changed = {text(row, "name"): row for row in parts(overrides, "containerOverrides")}
    cpu = memory = 0
    for container in containers:
        row = changed.get(container.name, {})
        own = number(row, "cpu")
        cpu += container.cpu if own is None else own
        reserved = number(row, "memoryReservation") or container.reservation
        memory += reserved or number(row, "memory") or container.memory or 0
    whole_cpu = _whole(overrides, "cpu") or task_cpu
    whole_memory = _whole(overrides, "memory") or task_memory
    return Needs(
        cpu=cpu if whole_cpu is None else whole_cpu,
        memory=memory if whole_memory is None else whole_memory,
        tcp=tuple(port for container in containers for port in container.tcp),
        udp=tuple(port for container in containers for port in container.udp),
    )


def _check_of(row: Params) -> HealthCheck | None:
    if not row:
        return None
    interval = number(row, "interval")
    retries = number(row, "retries")
    return HealthCheck(
        interval=30.0 if interval is None else float(interval),
        retries=3 if retries is None else retries,
        start_period=float(number(row, "startPeriod") or 0),
    )


def _whole(overrides: Params, key: str) -> int | None:
    found = text(overrides, key)
    return int(found) if found is not None and found.isdigit() else None


def _ports(
    row: Params, network_mode: str
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Static TCP ports, static UDP ports, and container ports with a dynamic host port.

    In awsvpc mode a task has its own network interface and takes no port of the host.
    """
    tcp: list[int] = []
    udp: list[int] = []
    dynamic: list[int] = []
    for mapping in parts(row, "portMappings") if network_mode in {"host", "bridge"} else []:
        inside = number(mapping, "containerPort") or 0
        outside = number(mapping, "hostPort") or (inside if network_mode == "host" else 0)
        if not outside:
            dynamic.append(inside)
        elif text(mapping, "protocol") == "udp":
            udp.append(outside)
        else:
            tcp.append(outside)
    return tuple(tcp), tuple(udp), tuple(dynamic)
