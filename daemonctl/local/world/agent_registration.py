"""RegisterContainerInstance as an agent of its own calls it: with its identity document.

EC2 knows the machine from that document; the same machine gets the same ARN again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from daemonctl.local.world.agent_link import AgentLink
from daemonctl.local.world.connection import heard
from daemonctl.local.world.errors import client, invalid
from daemonctl.local.world.fields import Answer, Params, tags_of, text
from daemonctl.local.world.hosts import instance_of
from daemonctl.local.world.outbox import post_again
from daemonctl.local.world.registration import IMAGE, enrol, is_custom, new_host, subnet_of
from daemonctl.local.world.render import instance_wire

if TYPE_CHECKING:
    from daemonctl.local.world.cluster import Cluster
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Host, Instance
    from daemonctl.local.world.room import Room

NOT_FOUND = "The referenced container instance was not found."


def register_agent(
    core: Core,
    cluster: Cluster,
    params: Params,
    now: float,
    *,
    room: Room,
    given: dict[str, str | None],
) -> Answer:
    """A machine whose agent comes for the first time, or again.

    ``agentConnected`` turns true only when the agent opens its websocket.

    Raises:
        WorldError: the document is not to be read, EC2 has terminated the machine, the named ARN
            is another machine's, or the machine changed its type.
    """
    document = _document(params)
    host = _host(core, document, room, now)
    instance = _known(core, cluster, host, text(params, "containerInstanceArn"))
    _learn(host, document)
    attributes = _from_document(core, host, document) | given
    if instance is None:
        instance = enrol(
            core, cluster, host, now, attributes=attributes, registered=room, agent=AgentLink()
        )
    else:
        _renew(core, instance, attributes, text(params, "containerInstanceArn"), now)
    instance.version_info.update(_texts(params.get("versionInfo")))
    instance.tags.update(tags_of(params))
    return {"containerInstance": instance_wire(instance, tags=True)}


def _document(params: Params) -> dict[str, str]:
    try:
        found = json.loads(text(params, "instanceIdentityDocument") or "")
    except ValueError:
        found = None
    document = _texts(found)
    if not document.get("instanceId"):
        raise invalid("The instance identity document is not valid.")
    return document


def _host(core: Core, document: dict[str, str], room: Room, now: float) -> Host:
    """The machine that the document names, made known to EC2 where it is new.

    Raises:
        WorldError: it is gone, or one of the simulated ones.
    """
    name = document["instanceId"]
    host = core.hosts.get(name)
    if host is None:
        zone = document.get("availabilityZone") or f"{core.region}a"
        kind = document.get("instanceType") or "m5.large"
        host = new_host(core, zone, kind, room.copy(), now, name=name)
        host.is_real = True
    elif not host.is_real:
        raise invalid(f"{name} is a simulated machine; its agent is simulated too.")
    if host.state != "running":
        raise invalid(f"EC2 instance {name} is {host.state}.")
    return host


def _known(core: Core, cluster: Cluster, host: Host, arn: str | None) -> Instance | None:
    """The container instance that this machine is already, in this cluster.

    Raises:
        WorldError: there is no such ARN, or it is another machine's.
    """
    if arn is not None:
        named = core.find_instance(cluster, arn)
        if named is None or named.status == "INACTIVE" or named.host is not host:
            raise invalid(NOT_FOUND)
        return named
    found = instance_of(core, host)
    if found is None or found.status == "INACTIVE" or found.cluster != cluster.name:
        return None
    return None if core.switches.ec2_start_registers_anew else found


def _learn(host: Host, document: dict[str, str]) -> None:
    """EC2 takes over what the machine says of itself; its type never changes.

    Raises:
        WorldError: ClientException, in ECS's words, for another type.
    """
    kind = document.get("instanceType")
    if host.instance_arn is not None and kind and kind != host.instance_type:
        raise client(
            "Container instance type changes are not supported. Container instance "
            f"{host.instance_arn} was previously registered as {host.instance_type}."
        )
    host.instance_type = kind or host.instance_type
    host.private_ip = document.get("privateIp") or host.private_ip
    host.image_id = document.get("imageId") or host.image_id
    if document.get("availabilityZone"):
        host.zone = document["availabilityZone"]
        host.subnet_id = subnet_of(host.zone)


def _from_document(core: Core, host: Host, document: dict[str, str]) -> dict[str, str | None]:
    """The attributes that ECS itself takes from the document.

    "The CPU arch is reported via instance identity document" (agent source).
    """
    return {
        "ecs.ami-id": host.image_id or IMAGE,
        "ecs.availability-zone": host.zone or f"{core.region}a",
        "ecs.cpu-architecture": document.get("architecture") or "x86_64",
        "ecs.instance-type": host.instance_type,
    }


def _renew(
    core: Core,
    instance: Instance,
    attributes: dict[str, str | None],
    arn: str | None,
    now: float,
) -> None:
    """The agent is back, maybe a newer one: its own attributes are those that it has now.

    One that does not know its ARN any more has lost its tasks as well.
    """
    link = instance.agent
    if link is None:
        raise invalid(NOT_FOUND)
    heard(instance)
    kept = {name: value for name, value in instance.attributes.items() if is_custom(name)}
    instance.attributes = attributes | kept
    instance.custom = {name: None for name in instance.attributes if is_custom(name)}
    instance.attribute_rows = None
    if arn is None:
        post_again(core, instance, link, now)


def _texts(found: object) -> dict[str, str]:
    rows = found if isinstance(found, dict) else {}
    return {key: value for key, value in rows.items() if isinstance(value, str)}
