"""Container instances come and go: registering, deregistering, adding whole machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world import ledger
from daemonctl.local.world.capabilities import OFFERED
from daemonctl.local.world.connection import flap_for_ever
from daemonctl.local.world.events import tell_instance
from daemonctl.local.world.instance import Host, Instance
from daemonctl.local.world.room import Room
from daemonctl.local.world.task import ENDED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daemonctl.local.world.agent_link import AgentLink
    from daemonctl.local.world.cluster import Cluster
    from daemonctl.local.world.core import Core

IMAGE = "ami-0local0000000000"
AWS_ATTRIBUTES = ("ecs.", "com.amazonaws.ecs.")
ARM_FAMILIES = ("a1.", "m6g", "m7g", "m8g", "c6g", "c7g", "c8g", "r6g", "r7g", "r8g", "t4g")


def new_host(
    core: Core, zone: str, instance_type: str, room: Room, now: float, *, name: str | None = None
) -> Host:
    """A machine that has just booted; ``name`` is its ``i-…`` id where it has one already."""
    place = len(core.hosts) + 1
    host = Host(
        id=name or f"i-{core.names.fresh(17)}",
        zone=zone,
        instance_type=instance_type,
        image_id=IMAGE,
        private_ip=f"10.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}",
        vpc_id="vpc-0local0000000000",
        subnet_id=subnet_of(zone),
        launched_at=now,
        free=room,
    )
    core.hosts[host.id] = host
    return host


def subnet_of(zone: str) -> str:
    """Each zone has one subnet."""
    return f"subnet-{zone}"


def add_instances(
    core: Core,
    cluster: Cluster,
    count: int,
    now: float,
    *,
    zones: Sequence[str],
    instance_type: str,
    cpu: int,
    memory: int,
    attributes: Mapping[str, str] | None = None,
    capacity_provider: str | None = None,
) -> list[Instance]:
    """Boot machines that register at once, the zones in turn."""
    first = len(core.hosts)
    return [
        enrol(
            core,
            cluster,
            new_host(
                core, zones[(first + place) % len(zones)], instance_type, Room(cpu, memory), now
            ),
            now,
            attributes=standard_attributes(zones[(first + place) % len(zones)], instance_type)
            | dict(attributes or {}),
            capacity_provider=capacity_provider,
        )
        for place in range(count)
    ]


def standard_attributes(zone: str, instance_type: str) -> dict[str, str | None]:
    """The attributes that a Linux agent registers by itself."""
    arm = instance_type.startswith(ARM_FAMILIES)
    return dict(OFFERED) | {
        "ecs.ami-id": IMAGE,
        "ecs.availability-zone": zone,
        "ecs.cpu-architecture": "arm64" if arm else "x86_64",
        "ecs.instance-type": instance_type,
        "ecs.os-family": "LINUX",
        "ecs.os-type": "linux",
        "ecs.subnet-id": subnet_of(zone),
        "ecs.vpc-id": "vpc-0local0000000000",
    }


def enrol(
    core: Core,
    cluster: Cluster,
    host: Host,
    now: float,
    *,
    attributes: Mapping[str, str | None],
    registered: Room | None = None,
    capacity_provider: str | None = None,
    agent: AgentLink | None = None,
) -> Instance:
    """Register a host: ACTIVE, version 1 with its first event.

    A simulated agent is connected at once; one of its own when it opens its websocket.
    """
    name = core.names.fresh()
    empty = registered or host.free
    instance = Instance(
        arn=core.names.arn("container-instance", cluster.name, name),
        id=name,
        cluster=cluster.name,
        cluster_arn=cluster.arn,
        host=host,
        registered=empty.copy(),
        remaining=empty.copy(),
        registered_at=now,
        number=core.count(),
        attributes=dict(attributes),
        custom={key: None for key in attributes if is_custom(key)},
        version_info=dict(core.switches.version_info),
        capacity_provider=capacity_provider,
        connected=agent is None,
        connection_changed_at=now,
        agent=agent,
    )
    host.instance_arn = instance.arn
    cluster.instances[instance.arn] = instance
    cluster.listed.put(instance.arn, instance.number, instance)
    cluster.registered += 1
    tell_instance(core, instance, now)
    core.scheduler.instance_changed(instance, now)
    if core.switches.agent_flap_seconds is not None and agent is None:
        due = now + core.draw(core.switches.agent_flap_seconds)
        core.agenda.at(due, flap_for_ever, core, instance)
    return instance


def is_custom(name: str) -> bool:
    """An attribute that counts against the limit of ten, as it is none of ECS's own."""
    return not name.startswith(AWS_ATTRIBUTES)


def deregister(core: Core, instance: Instance, words: str, code: str, now: float) -> None:
    """ACTIVE or DRAINING → INACTIVE: unlisted, and describable for an hour more.

    Its tasks are marked STOPPED for the given reason; whether they still run is the host's affair.
    """
    if instance.status == "INACTIVE":
        return
    cluster = core.clusters[instance.cluster]
    instance.status, instance.connected = "INACTIVE", False
    instance.deregistered_at = instance.connection_changed_at = now
    if instance.agent is not None:
        instance.agent.outbox.clear()
    cluster.listed.drop(instance.arn)
    cluster.registered -= 1
    expiry = now + core.switches.inactive_visible_seconds
    cluster.gone_instances.append((expiry, instance))
    tell_instance(core, instance, now)
    for task in list(instance.tasks.values()):
        if instance.host.state != "running":
            task.on_host = ENDED
        ledger.mark_stopped(core, task, code, words, now, now)
    core.scheduler.instance_changed(instance, now)
