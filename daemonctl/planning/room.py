"""Room for a daemon: the fewest tasks of the services that may give way, or why there is none.

Everything it is given was read just now; what it says holds for that moment only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

from msgspec import Struct, structs

from daemonctl.model.cluster import ContainerInstance, Resources
from daemonctl.model.ids import TaskArn
from daemonctl.model.surroundings import Service, Tenant
from daemonctl.planning.fit import shortages

AGAIN_SECONDS: Final = 900.0
"""Room is made once for a daemon on an instance and a reason in so long: a race that is lost, a
service that takes the room again, must not stop tasks for ever."""

_MOST: Final = 4
"""So many tasks at most give way to one daemon: more is a question of the instance's size."""


class Way(Struct, frozen=True):
    """The tasks that give way; none, and why."""

    tasks: tuple[TaskArn, ...]
    words: str


def make(
    needs: Resources,
    instance: ContainerInstance,
    tenants: Sequence[Tenant],
    services: Mapping[str, Service],
) -> Way:
    """Which tenants of an instance stop so that ``needs`` fit there."""
    if not shortages(needs, instance, Resources()):
        return Way((), "it fits by now")
    kept: list[str] = []
    free: list[Tenant] = []
    for tenant in sorted(tenants, key=lambda one: one.task.arn):
        why = _stays(tenant, services.get(tenant.service))
        if why:
            kept.append(why)
        else:
            free.append(tenant)
    for count in range(1, min(len(free), _MOST) + 1):
        for some in combinations(free, count):
            if _spared(some, services) and not shortages(needs, without(instance, some), _NOTHING):
                names = ", ".join(dict.fromkeys(one.service for one in some))
                return Way(tuple(one.task.arn for one in some), f"room made by {names}")
    reasons = "; ".join(dict.fromkeys(kept)) or "what may give way is too small"
    return Way((), f"no room can be made: {reasons}" if tenants else "nothing here may give way")


def without(instance: ContainerInstance, tenants: Sequence[Tenant]) -> ContainerInstance:
    """The instance once these have left it."""
    left = instance.remaining
    for tenant in tenants:
        left = Resources(
            cpu=left.cpu + tenant.needs.cpu,
            memory=left.memory + tenant.needs.memory,
            tcp=left.tcp - tenant.needs.tcp,
            udp=left.udp - tenant.needs.udp,
        )
    return structs.replace(instance, remaining=left)


_NOTHING = Resources()


def _stays(tenant: Tenant, service: Service | None) -> str:
    """Why a tenant may not stop now, "" where it may."""
    if service is None or service.status != "ACTIVE" or service.strategy != "REPLICA":
        return f"{tenant.service} is no active REPLICA service"
    if service.deploying:
        return f"a deployment of {service.name} is in progress"
    if service.running != service.desired or service.pending:
        return f"{service.name} runs {service.running} of {service.desired} tasks"
    if tenant.protected:
        return f"a task of {service.name} is protected from scale-in"
    if tenant.task.last_status != "RUNNING" or not tenant.task.live:
        return f"a task of {service.name} is not RUNNING"
    return ""


def _spared(some: Sequence[Tenant], services: Mapping[str, Service]) -> bool:
    """Whether each service stays above its minimumHealthyPercent without these."""
    for name in dict.fromkeys(one.service for one in some):
        service = services[name]
        left = service.running - sum(one.service == name for one in some)
        if left * 100 < service.desired * service.least_healthy:
            return False
    return True
