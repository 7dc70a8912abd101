"""What a state file may speak of: these classes, these functions, these parts of the world.

Nothing outside this list is ever made or called when a file is read, whatever stands in it.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from daemonctl.local.world.agent_link import AgentLink, Payload
from daemonctl.local.world.behaviour import Behaviour, Manners
from daemonctl.local.world.cluster import Cluster
from daemonctl.local.world.definition import ContainerDefinition, Definition, HealthCheck
from daemonctl.local.world.faults import Fault
from daemonctl.local.world.instance import Host, Instance, Leaving
from daemonctl.local.world.room import Needs, Room
from daemonctl.local.world.service import Deployment, Service
from daemonctl.local.world.shelf import Shelf
from daemonctl.local.world.sqs_queue import Message, Queue
from daemonctl.local.world.task import Container, Task

if TYPE_CHECKING:
    from daemonctl.local.world import World

DATACLASSES: tuple[type, ...] = (
    AgentLink, Behaviour, Cluster, Container, ContainerDefinition, Definition, Deployment, Fault,
    HealthCheck, Host, Instance, Leaving, Manners, Message, Needs, Payload, Queue, Room, Service,
    Task,
)  # fmt: skip
CLASSES: dict[str, type] = {kind.__name__: kind for kind in (*DATACLASSES, Shelf)}

# rendered rows, made anew when they are asked for
NOT_KEPT: dict[str, tuple[str, ...]] = {"Instance": ("attribute_rows", "registered_rows")}

MEMBERS: dict[str, tuple[str, ...]] = {
    kind.__name__: tuple(
        field.name for field in fields(kind) if field.name not in NOT_KEPT.get(kind.__name__, ())
    )
    for kind in DATACLASSES
} | {"Shelf": Shelf.__slots__}

PARTS: dict[str, tuple[str, ...]] = {
    "world": ("now",),
    "core": ("manners", "clusters", "hosts", "families", "definitions", "providers", "leaving",
             "hooks", "_count"),
    "names": ("_salt", "_count"),
    "agenda": ("_heap", "_count"),
    "faults": ("_set", "hits"),
    "buckets": ("_levels", "spent", "throttled"),
    "sqs": ("_queues", "_subscribed", "_deliveries", "_numbers", "published"),
}  # fmt: skip
"""The attributes that are kept of the objects that a world has one of."""


def parts_of(world: World) -> dict[str, object]:
    """Tell the objects of `PARTS`, and those that others point to but which keep nothing."""
    core = world.core
    return {
        "world": world,
        "core": core,
        "names": core.names,
        "agenda": core.agenda,
        "faults": world.faults,
        "buckets": world.buckets,
        "sqs": world.sqs,
    }
