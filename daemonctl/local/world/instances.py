"""Describe, register, deregister container instances and change their state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world.agent_registration import register_agent
from daemonctl.local.world.errors import invalid
from daemonctl.local.world.events import tell_instance
from daemonctl.local.world.fields import (
    Answer,
    Params,
    flag,
    need_text,
    number,
    part,
    parts,
    tags_of,
    text,
    texts,
)
from daemonctl.local.world.registration import deregister, enrol, new_host, standard_attributes
from daemonctl.local.world.render import instance_wire
from daemonctl.local.world.room import RESERVED_TCP, Room

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Instance

MOST_DESCRIBED = 100
MOST_UPDATED = 10
FORCED = "Container instance deregistration forced by user"


def describe(core: Core, params: Params, _now: float) -> Answer:
    """DescribeContainerInstances: at most 100; INACTIVE ones for an hour, then MISSING."""
    include = texts(params, "include")
    tags, health = "TAGS" in include, "CONTAINER_INSTANCE_HEALTH" in include
    found, failures = _named(core, params, MOST_DESCRIBED)
    rows = [instance_wire(instance, tags=tags, health=health) for instance in found]
    return {"containerInstances": rows, "failures": failures}


def update_state(core: Core, params: Params, now: float) -> Answer:
    """UpdateContainerInstancesState: ACTIVE or DRAINING, at most 10."""
    status = need_text(params, "status")
    if status not in {"ACTIVE", "DRAINING"}:
        raise invalid("Container instance status should be one of [ACTIVE,DRAINING]")
    found, failures = _named(core, params, MOST_UPDATED)
    rows: list[Answer] = []
    for instance in found:
        if instance.status == "INACTIVE":
            failures.append({"arn": instance.arn, "reason": "INACTIVE"})
            continue
        if instance.status != status:
            instance.status = status
            if core.switches.state_update_emits:
                tell_instance(core, instance, now)
            core.scheduler.instance_changed(instance, now)
        rows.append(instance_wire(instance))
    return {"containerInstances": rows, "failures": failures}


def deregister_instance(core: Core, params: Params, now: float) -> Answer:
    """DeregisterContainerInstance: "running tasks without force: InvalidParameterException"."""
    cluster = core.cluster_of(params)
    name = need_text(params, "containerInstance", "Container instance can not be blank.")
    instance = core.find_instance(cluster, name)
    if instance is None or instance.status == "INACTIVE":
        raise invalid("The referenced container instance was not found.")
    if instance.tasks and not flag(params, "force"):
        raise invalid("Found running tasks on the instance.")
    kept = {} if core.switches.forced_deregistration_stops_tasks else dict(instance.tasks)
    if kept:
        instance.tasks.clear()
    deregister(core, instance, FORCED, "UserInitiated", now)
    instance.tasks.update(kept)
    return {"containerInstance": instance_wire(instance)}


def register(core: Core, params: Params, now: float) -> Answer:
    """RegisterContainerInstance: a new machine, or an ARN that returns.

    An agent of its own sends an identity document; without one the machine is simulated.
    """
    cluster = core.cluster_of(params)
    given = {text(row, "name") or "": text(row, "value") for row in parts(params, "attributes")}
    room = _room(params)
    if text(params, "instanceIdentityDocument"):
        return register_agent(core, cluster, params, now, room=room, given=given)
    known = text(params, "containerInstanceArn")
    if known is not None:
        instance = core.find_instance(cluster, known)
        if instance is None or instance.status == "INACTIVE" or instance.agent is not None:
            raise invalid("The referenced container instance was not found.")
        return {"containerInstance": instance_wire(instance)}
    zone = given.get("ecs.availability-zone") or f"{core.region}a"
    kind = given.get("ecs.instance-type") or "m5.large"
    host = new_host(core, zone, kind, room, now)
    attributes = standard_attributes(zone, kind) | given
    instance = enrol(core, cluster, host, now, attributes=attributes)
    info = part(params, "versionInfo")
    instance.version_info.update(
        {key: value for key, value in info.items() if isinstance(value, str)}
    )
    instance.tags = tags_of(params)
    return {"containerInstance": instance_wire(instance, tags=True)}


def _room(params: Params) -> Room:
    resources = {text(row, "name"): row for row in parts(params, "totalResources")}
    return Room(
        number(resources.get("CPU", {}), "integerValue") or 0,
        number(resources.get("MEMORY", {}), "integerValue") or 0,
        dict.fromkeys(_ports(resources.get("PORTS")) or RESERVED_TCP),
        dict.fromkeys(_ports(resources.get("PORTS_UDP"))),
    )


def _ports(row: Params | None) -> tuple[int, ...]:
    return tuple(int(port) for port in texts(row or {}, "stringSetValue") if port.isdigit())


def _named(core: Core, params: Params, most: int) -> tuple[list[Instance], list[Answer]]:
    cluster = core.cluster_of(params)
    names = texts(params, "containerInstances")
    if not names:
        raise invalid("Container instances cannot be empty.")
    if len(names) > most:
        raise invalid(f"Container instances can have at most {most} items.")
    found: list[Instance] = []
    failures: list[Answer] = []
    for arn in dict.fromkeys(
        core.names.full("container-instance", cluster.name, name) for name in names
    ):
        instance = cluster.instances.get(arn)
        if instance is None:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(instance)
    return found, failures
