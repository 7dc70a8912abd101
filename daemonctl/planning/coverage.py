"""Whether what runs on an instance is in Consul, and what is in Consul does run there.

Everything is as of the moment when Consul was asked, so nothing changes by time alone: who asks
again says what is new.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from daemonctl.model.cluster import Port, Task
from daemonctl.model.discovery import Registered, Service, Tenant
from daemonctl.model.ids import TaskArn, short
from daemonctl.planning.readiness import Readiness, Ready

GRACE_SECONDS = 30.0
"""So long registrator may take, from when the task runs and from when registrator itself does."""

_ID = re.compile(r".+?:(ecs-[a-zA-Z0-9_.-]+):[0-9]+(:udp)?")
"""Registrator's id of a container that the ECS agent made: host:container:port, and :udp."""

_NAMED = 3
"""So many are named in words."""


class Gap(Struct, frozen=True, gc=False):
    """A published port that should be in Consul."""

    task: TaskArn
    what: str  # family, revision and container
    port: Port
    since: float  # when its task began to run, epoch seconds

    @property
    def key(self) -> str:
        """Tells it from every other."""
        return f"{self.task}:{self.port.host}{'/udp' if self.port.udp else ''}"

    @property
    def words(self) -> str:
        """For people."""
        return f"{self.what} port {self.port.host} (task {short(self.task)})"


class Coverage(Struct, frozen=True):
    """What there is on one instance, both ways."""

    expected: int = 0  # ports past the grace
    missing: tuple[Gap, ...] = ()  # those of them that Consul does not have
    young: tuple[Gap, ...] = ()  # not past the grace, and not in Consul
    stale: tuple[Service, ...] = ()  # in Consul, and of no container that is there


def coverage(seen: Registered, since: float = 0.0) -> Coverage:
    """What is missing and what is stale.

    Args:
        seen: The instance.
        since: When registrator began to run there; the grace counts from then, too.
    """
    expected = 0
    missing: list[Gap] = []
    young: list[Gap] = []
    for tenant in seen.tenants:
        ripe = seen.as_of >= max(tenant.since, since) + GRACE_SECONDS
        for port in tenant.expected:
            expected += ripe
            if not any(_registers(each, tenant, port, seen) for each in seen.services):
                what = tenant.prefix.removeprefix("ecs-").removesuffix("-")
                gap = Gap(tenant.task, what, port, tenant.since)
                (missing if ripe else young).append(gap)
    stale = tuple(each for each in seen.services if _stale(each, seen.tenants))
    return Coverage(expected, tuple(missing), tuple(young), stale)


def container_of(service: Service) -> tuple[str, bool]:
    """The ECS container that registrator registered, and whether its port is UDP; "" for others."""
    found = _ID.fullmatch(service.id)
    return (found[1], found[2] is not None) if found else ("", False)


def _registers(service: Service, tenant: Tenant, port: Port, seen: Registered) -> bool:
    """Whether the service is this port, at an address of the instance."""
    if service.port != port.host or (service.address and service.address not in seen.addresses):
        return False
    name, udp = container_of(service)
    return not name or (name.startswith(tenant.prefix) and udp is port.udp)


def _stale(service: Service, tenants: Sequence[Tenant]) -> bool:
    name, udp = container_of(service)
    return bool(name) and not any(_holds(tenant, name, service.port, udp) for tenant in tenants)


def _holds(tenant: Tenant, name: str, port: int, udp: bool) -> bool:  # noqa: FBT001  as it is told
    if not name.startswith(tenant.prefix):
        return False
    return tenant.loose or any(one.host == port and one.udp is udp for one in tenant.ports)


def by_coverage(
    state: Readiness, task: Task, seen: Registered | None, *, start_timeout: float, now: float
) -> Readiness:
    """The readiness of a registrator's task. None: what Consul has is not known.

    Only what is ready by all else is asked about. It fails where everything past the grace is
    missing: one gap may be the service's own fault.
    """
    if state.value is not Ready.READY:
        return state
    if seen is None:
        words = "ready by what ECS tells; what is registered in Consul is not known now"
        return Readiness(Ready.UNKNOWN, words, running=True, by_ecs=True)
    found = coverage(seen)
    if len(found.missing) < max(1, found.expected):
        return state
    words = f"none of the {found.expected} ports that are published here is in Consul"
    until = task.running_since + start_timeout
    if now < until:
        return Readiness(Ready.SETTLING, f"RUNNING, but {words}", until, running=True)
    return Readiness(Ready.NOT_READY, f"{words}: {named(found.missing)}", running=True)


def named(gaps: Sequence[Gap]) -> str:
    """The first few in words."""
    names = ", ".join(gap.words for gap in gaps[:_NAMED])
    return names if len(gaps) <= _NAMED else f"{names} and {len(gaps) - _NAMED} more"
