"""Instances that ECS lists and that are gone: ACTIVE, disconnected, and EC2 says terminated.

ECS deregisters a terminated instance by itself only where its agent was connected (fact of the ECS
Developer Guide, "Deregistering a container instance").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from daemonctl.model.ids import ContainerInstanceArn, Ec2InstanceId
from daemonctl.model.observed import Host, Observed
from daemonctl.model.spec import Limits

FORGOTTEN_SECONDS: Final = 3600.0
"""EC2 tells of a terminated instance for about an hour; a younger one that it does not know may be
one that it does not know yet."""


def suspects(observed: Observed, after: float, now: float) -> tuple[Host, ...]:
    """The hosts that EC2 should be asked about: disconnected for ``after`` seconds."""
    return tuple(
        host
        for _, host in sorted(observed.hosts.items())
        if host.instance.status == "ACTIVE"
        and host.instance.ec2_id.startswith("i-")
        and host.disconnected_since is not None
        and now >= host.disconnected_since + after
    )


def dead(
    hosts: tuple[Host, ...], states: Mapping[Ec2InstanceId, str], now: float
) -> tuple[ContainerInstanceArn, ...]:
    """Those of which EC2 says terminated, or nothing although they are old enough to be known."""
    found = []
    for host in hosts:
        state, born = states.get(host.instance.ec2_id), host.instance.registered_at
        old = born is not None and now >= born + FORGOTTEN_SECONDS
        if state == "terminated" or (state is None and old):
            found.append(host.instance.arn)
    return tuple(found)


def capped(
    arns: tuple[ContainerInstanceArn, ...], observed: Observed, limits: Limits
) -> tuple[ContainerInstanceArn, ...]:
    """None where they are more of the cluster than one decision may touch: a person must look."""
    return arns if len(arns) <= limits.max_cluster_share.of(len(observed.hosts)) else ()
