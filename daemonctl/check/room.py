"""Invariant 2's one exception: which tasks of others may be stopped to make room. Once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daemonctl.model.cluster import Resources
from daemonctl.model.ids import TaskArn, short
from daemonctl.model.observed import Host
from daemonctl.model.surroundings import Service, Tenant


def room_faults(
    stops: Sequence[TaskArn],
    host: Host,
    needs: Resources,
    tenants: Sequence[Tenant],
    services: Mapping[str, Service],
) -> list[str]:
    """Why these tasks must not stop for a daemon that needs this, in words; empty where they may.

    ``tenants`` are tasks on the host of services that the daemon's ``makeRoom`` names.
    """
    known = {tenant.task.arn: tenant for tenant in tenants}
    faults = [fault for arn in stops for fault in _task(arn, known.get(arn), host, services)]
    if faults:
        return faults
    taken: dict[str, int] = {}
    for arn in stops:
        taken[known[arn].service] = taken.get(known[arn].service, 0) + 1
    for name, count in taken.items():
        service = services[name]
        if (service.running - count) * 100 < service.least_healthy * service.desired:
            least = f"minimumHealthyPercent {service.least_healthy} of {service.desired}"
            faults.append(f"{name} would have {service.running - count} tasks, below {least}")
    return faults or _too_many(stops, host, needs, known)


def _task(
    arn: TaskArn, tenant: Tenant | None, host: Host, services: Mapping[str, Service]
) -> list[str]:
    if tenant is None or tenant.task.instance != host.instance.arn:
        return [f"{short(arn)} is no task there of a service that may give way"]
    task, service = tenant.task, services.get(tenant.service)
    if task.group != f"service:{tenant.service}":
        return [f"{short(arn)} is of group {task.group}"]
    if (task.last_status, task.desired_status) != ("RUNNING", "RUNNING") or tenant.protected:
        return [f"{short(arn)} is protected, or not RUNNING"]
    if service is None or service.strategy != "REPLICA" or service.deploying:
        return [f"{tenant.service} is no REPLICA service at rest"]
    if service.running != service.desired or service.pending:
        return [f"{tenant.service} does not run all its tasks"]
    return []


def _too_many(
    stops: Sequence[TaskArn], host: Host, needs: Resources, known: Mapping[TaskArn, Tenant]
) -> list[str]:
    """Each of them is needed: without any one the daemon would not fit; with all it does."""
    if not _fits(stops, host, needs, known):
        return [f"even without them there is no room on {short(host.instance.arn)}"]
    for spared in stops:
        if _fits([arn for arn in stops if arn != spared], host, needs, known):
            return [f"{short(spared)} need not stop: there is room without it"]
    return []


def _fits(
    stops: Sequence[TaskArn], host: Host, needs: Resources, known: Mapping[TaskArn, Tenant]
) -> bool:
    left, freed = host.instance.remaining, [known[arn].needs for arn in stops]
    ports = left.tcp.difference(*(one.tcp for one in freed))
    datagrams = left.udp.difference(*(one.udp for one in freed))
    return (
        left.cpu + sum(one.cpu for one in freed) >= needs.cpu
        and left.memory + sum(one.memory for one in freed) >= needs.memory
        and not needs.tcp & ports
        and not needs.udp & datagrams
    )
