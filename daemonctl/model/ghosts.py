"""Nodes of Consul's catalog whose hosts are gone: what is known of one, and why it may go."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from daemonctl.model.cluster import ContainerInstance
from daemonctl.model.discovery import Node
from daemonctl.model.ids import Ec2InstanceId

CLUSTER_META = "ecs-cluster"
INSTANCE_META = "ecs-container-instance"
EC2_META = "ec2-instance-id"


class Entry(Struct, frozen=True):
    """A node as the catalog's leader has it now.

    ``index`` changes with the node's name, address and meta; ``id`` is its agent's own.
    """

    node: Node
    id: str
    index: int
    server: bool = False  # a Consul server


class GhostKind(StrEnum):
    """What proves that the host is gone for good."""

    DRAINED = "drained"  # it was drained to its end
    TERMINATED = "terminated"  # EC2 says so
    FORGOTTEN = "forgotten"  # EC2 knows nothing of an instance that was seen here long ago


class Ghost(Struct, frozen=True):
    """A node that may be removed, and why."""

    node: str
    ec2_id: Ec2InstanceId
    kind: GhostKind
    words: str


class Evidence(Struct, frozen=True):
    """What was read afresh about one node: first Consul, then ECS and EC2.

    ``machine`` is EC2's state, "" where EC2 knows no such instance, None where nobody asked.
    """

    entry: Entry
    ec2_id: Ec2InstanceId  # whose instances and machine these are
    instances: tuple[ContainerInstance, ...] = ()  # of this EC2 instance, as ECS describes them now
    left: bool = False  # ECS does not know the container instance, which was drained, any more
    empty: bool = False  # its tasks were all listed since the drain began, and none is left
    machine: str | None = None
    seen_at: float | None = None  # this installation saw it registered since, epoch seconds


Seen = Mapping[Ec2InstanceId, float]
"""The EC2 instances that this installation saw in a cluster, and when they registered."""
