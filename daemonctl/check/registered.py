"""What Consul has of the ports that an instance publishes, written apart from planning's."""

from __future__ import annotations

from daemonctl.model.cluster import Port
from daemonctl.model.discovery import Registered, Service, Tenant

GRACE_SECONDS = 30.0
"""A container that has run for less is not missed yet."""


def unregistered(seen: Registered) -> list[tuple[Tenant, Port]]:
    """Every port that should be in Consul, has had its time, and is not there."""
    return [row for row in _due(seen) if not _there(*row, seen)]


def nothing_of(seen: Registered) -> bool:
    """Whether there is something to register, and none of it is registered."""
    due = _due(seen)
    return bool(due) and len(unregistered(seen)) == len(due)


def _due(seen: Registered) -> list[tuple[Tenant, Port]]:
    old = [each for each in seen.tenants if seen.as_of - each.since >= GRACE_SECONDS]
    return [(tenant, port) for tenant in old for port in tenant.expected]


def _there(tenant: Tenant, port: Port, seen: Registered) -> bool:
    return any(_is(service, tenant, port, seen.addresses) for service in seen.services)


def _is(service: Service, tenant: Tenant, port: Port, addresses: tuple[str, ...]) -> bool:
    """At its address and port. An id like registrator's has to name the container, too."""
    if service.port != port.host or service.address not in ("", *addresses):
        return False
    parts = service.id.removesuffix(":udp").rsplit(":", 2)
    if len(parts) != len(("host", "container", "port")) or not parts[1].startswith("ecs-"):
        return True
    if not parts[2].isdecimal() or not parts[0]:
        return True
    return parts[1].startswith(tenant.prefix) and service.id.endswith(":udp") == port.udp
