"""Consul nodes whose hosts are gone: which may be, which are, and how many may go now.

A node that does not say whose it is, a Consul server, and an agent that is alive are nobody's
business here. What counts is what was read afresh; where that does not prove it, nothing is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from daemonctl.model.cluster import ContainerInstance
from daemonctl.model.discovery import Node, Serf
from daemonctl.model.ghosts import (
    CLUSTER_META,
    EC2_META,
    INSTANCE_META,
    Entry,
    Evidence,
    Ghost,
    GhostKind,
)
from daemonctl.model.ids import Ec2InstanceId, short
from daemonctl.model.observed import Host
from daemonctl.model.spec import GhostsSpec
from daemonctl.planning.zombies import FORGOTTEN_SECONDS

WINDOW_SECONDS: Final = 60.0
"""Both caps are for any so long time."""


class Identity(Struct, frozen=True):
    """Whose a node is, by its own word."""

    ec2_id: Ec2InstanceId
    instance: str  # the last part of its container instance's ARN


class Suspect(Struct, frozen=True):
    """A node that is looked at more closely."""

    node: Node
    identity: Identity
    asks_ec2: bool  # else ECS alone can tell


def identity_of(node: Node, cluster: str) -> Identity | None:
    """None where the node is not one of this cluster's, or does not say all of it."""
    ec2 = node.meta.get(EC2_META, "")
    instance = short(node.meta.get(INSTANCE_META, ""))
    if short(node.meta.get(CLUSTER_META, "")) != cluster or not instance or "{" in instance:
        return None
    return Identity(Ec2InstanceId(ec2), instance) if ec2.startswith("i-") else None


def emptied(host: Host) -> bool:
    """Whether the host was drained to its end, by the view: all tasks are known, and gone."""
    drains = host.instance.status == "DRAINING" and host.draining_since is not None
    return drains and host.listed_at is not None and all(task.stopped for task in host.tasks)


def suspects(
    nodes: Iterable[Node], hosts: Mapping[Ec2InstanceId, Sequence[Host]], cluster: str
) -> tuple[Suspect, ...]:
    """Nodes whose agents are not alive.

    That ECS still calls a host connected proves nothing: it notices late that a machine is gone.
    """
    found = []
    for node in nodes:
        identity = identity_of(node, cluster)
        if identity is None or node.serf is Serf.ALIVE:
            continue
        drained = any(emptied(host) for host in hosts.get(identity.ec2_id, ()))
        found.append(Suspect(node, identity, not drained))
    return tuple(found)


def judge(
    evidence: Evidence, servers: frozenset[str], cluster: str, now: float
) -> tuple[Ghost | None, str]:
    """The node as a ghost; else None, and why it is none."""
    node = evidence.entry.node
    identity = identity_of(node, cluster)
    if identity is None:
        return None, "it does not say that it is of this cluster"
    if identity.ec2_id != evidence.ec2_id:
        return None, "it is another host's by now"
    words = _left_alone(evidence.entry, servers)
    if words:
        return None, words
    kind, words = _proof(evidence, identity, now)
    if kind is None:
        return None, words
    return Ghost(node.name, identity.ec2_id, kind, f"{identity.ec2_id}: {words}"), ""


def _left_alone(entry: Entry, servers: frozenset[str]) -> str:
    """Why the node stays whatever became of its host, "" where nothing speaks for it."""
    if entry.server or entry.node.name in servers:
        return "it is a Consul server"
    return "its agent is alive" if entry.node.serf is Serf.ALIVE else ""


def _proof(evidence: Evidence, identity: Identity, now: float) -> tuple[GhostKind | None, str]:
    instances = evidence.instances
    if evidence.left and not instances:
        return GhostKind.DRAINED, "it was drained to its end, and has left the cluster"
    if evidence.empty and len(instances) == 1 and _drained(instances[0], identity):
        return GhostKind.DRAINED, "its container instance is drained, no task is left on it"
    if evidence.machine == "terminated":
        return GhostKind.TERMINATED, "EC2 says that it is terminated"
    if any(instance.connected for instance in instances):
        return None, "its container instance is connected to ECS"
    if evidence.machine != "":
        state = evidence.machine
        return None, f"EC2 says that it is {state}" if state else "EC2 was not asked about it"
    doubt, words = _unsure(evidence.seen_at, now), "EC2 knows nothing of it"
    kind = None if doubt else GhostKind.FORGOTTEN
    return kind, f"{words}, and {doubt or 'it was seen in this cluster'}"


def _unsure(seen_at: float | None, now: float) -> str:
    """Why an instance that EC2 does not know may still be one; "" where it may not."""
    if seen_at is None:
        return "it was never seen in this cluster"
    if now < seen_at + FORGOTTEN_SECONDS:
        return "it registered less than an hour ago"
    return ""


def _drained(instance: ContainerInstance, identity: Identity) -> bool:
    none = instance.running_tasks == 0 and instance.pending_tasks == 0
    return instance.status == "DRAINING" and none and short(instance.arn) == identity.instance


def room(removed_at: Sequence[float], nodes: int, spec: GhostsSpec, now: float) -> int:
    """How many more nodes may go now. ``nodes`` is how many the cluster has in the catalog."""
    lately = sum(now < at + WINDOW_SECONDS for at in removed_at)
    most = min(spec.per_minute, spec.max_share.of(nodes + lately))
    return max(0, most - lately)
