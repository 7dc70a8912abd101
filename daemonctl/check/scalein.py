"""Which instances may be set DRAINING or deregistered: judged apart from planning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daemonctl.model.cluster import ContainerInstance
from daemonctl.model.ids import ContainerInstanceArn, Ec2InstanceId, short
from daemonctl.model.observed import Host, Observed
from daemonctl.model.spec import Limits, ScaleIn


def drain_faults(
    arns: Sequence[ContainerInstanceArn],
    observed: Observed,
    mark: str,
    wish: ScaleIn,
    limits: Limits,
) -> list[str]:
    """Why these must not be drained together, in words; empty where they may."""
    faults = [fault for arn in arns for fault in _busy(arn, observed.hosts.get(arn), mark)]
    stay: dict[str, int] = {}
    zones: dict[str, None] = {}
    draining = len(arns)
    for arn, host in observed.hosts.items():
        draining += host.instance.status == "DRAINING"
        if arn in arns:
            zones[host.instance.zone] = None
        elif _works(host.instance):
            stay[host.instance.zone] = stay.get(host.instance.zone, 0) + 1
    for zone in zones:
        if stay.get(zone, 0) < wish.least_per_zone:
            least = f"minInstancesPerZone is {wish.least_per_zone}"
            faults.append(f"{stay.get(zone, 0)} would stay in {zone or 'no zone'}, {least}")
    most = limits.max_cluster_share.of(len(observed.hosts))
    if draining > most:
        faults.append(f"{draining} would be DRAINING, maxClusterShare allows {most}")
    return faults


def _works(instance: ContainerInstance) -> bool:
    ours = instance.ec2_id.startswith("i-") and not instance.managed
    return ours and instance.status == "ACTIVE" and instance.connected


def _busy(arn: ContainerInstanceArn, host: Host | None, mark: str) -> list[str]:
    if host is None or not _works(host.instance):
        return [f"{short(arn)} is no ACTIVE and connected EC2 instance"]
    daemons = [t for t in host.tasks if t.started_by == mark and t.live]
    others = host.instance.running_tasks + host.instance.pending_tasks - len(daemons)
    return [f"{short(arn)} has {others} other tasks"] if others > 0 else []


def deregister_faults(
    host: Host | None, states: Mapping[Ec2InstanceId, str], after: float, now: float
) -> list[str]:
    """Why an instance must not be deregistered, in words; empty where it may."""
    if host is None or host.instance.status != "ACTIVE" or host.instance.connected:
        return ["it is not an ACTIVE instance whose agent is gone"]
    if host.disconnected_since is None or now < host.disconnected_since + after:
        return ["its agent has not been gone for so long"]
    state = states.get(host.instance.ec2_id, "")
    born = host.instance.registered_at
    if state not in ("terminated", "") or not host.instance.ec2_id.startswith("i-"):
        return [f"EC2 says {state or 'nothing of such an id'}"]
    if not state and (born is None or now < born + 3600.0):
        return ["EC2 does not know it, and it registered less than an hour ago"]
    return []
