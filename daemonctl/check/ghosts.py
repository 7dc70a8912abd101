"""Which Consul nodes may be removed: judged apart from planning, by docs/terms.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from daemonctl.model.discovery import Serf
from daemonctl.model.ghosts import (
    CLUSTER_META,
    EC2_META,
    INSTANCE_META,
    Entry,
    Evidence,
    Ghost,
    GhostKind,
)
from daemonctl.model.ids import short
from daemonctl.model.spec import GhostsSpec

_FORGETS: Final = 3600.0  # seconds for which EC2 still tells of what it has terminated
_MINUTE: Final = 60.0


def ghost_faults(
    ghost: Ghost, evidence: Evidence, servers: frozenset[str], cluster: str, now: float
) -> list[str]:
    """Why this node must not be removed, in words; empty where it may."""
    entry = evidence.entry
    meta = entry.node.meta
    faults = []
    if entry.node.name != ghost.node or meta.get(EC2_META) != ghost.ec2_id:
        faults.append("what was read is of another node")
    if evidence.ec2_id != ghost.ec2_id:
        faults.append("what was read is of another host")
    if short(meta.get(CLUSTER_META, "")) != cluster or not meta.get(INSTANCE_META):
        faults.append("it does not carry the meta of a container instance of this cluster")
    if not ghost.ec2_id.startswith("i-"):
        faults.append(f"{ghost.ec2_id} is no EC2 instance")
    if entry.server or ghost.node in servers:
        faults.append("it is a Consul server")
    if entry.node.serf is Serf.ALIVE:
        faults.append("its agent is alive")
    proven = _PROOFS[ghost.kind](evidence, short(meta.get(INSTANCE_META, "")), now)
    if not proven:
        faults.append(f"that it is {ghost.kind.value} is not proven")
    return [f"{ghost.node}: {fault}" for fault in faults]


def _drained(evidence: Evidence, instance: str, _: float) -> bool:
    if not evidence.instances:
        return evidence.left
    states = [
        (short(one.arn), one.status, one.running_tasks + one.pending_tasks)
        for one in evidence.instances
    ]
    return evidence.empty and states == [(instance, "DRAINING", 0)]


def _terminated(evidence: Evidence, _: str, __: float) -> bool:
    return evidence.machine == "terminated"


def _forgotten(evidence: Evidence, _: str, now: float) -> bool:
    unknown = evidence.machine is not None and not evidence.machine
    away = [one for one in evidence.instances if one.connected] == []
    return unknown and away and evidence.seen_at is not None and now >= evidence.seen_at + _FORGETS


_PROOFS = {
    GhostKind.DRAINED: _drained,
    GhostKind.TERMINATED: _terminated,
    GhostKind.FORGOTTEN: _forgotten,
}


def changed_faults(before: Entry, after: Entry | None) -> list[str]:
    """Why a node that was judged must not be removed as it is just before that."""
    if after is None:
        return ["it is gone already"]
    if after.node.serf is Serf.ALIVE:
        return ["its agent is alive again"]
    if (after.id, after.index, after.server) != (before.id, before.index, before.server):
        return ["it is another node by now"]
    if (after.node.address, after.node.meta) != (before.node.address, before.node.meta):
        return ["its address or meta is another by now"]
    return []


def pace_faults(removed_at: Sequence[float], nodes: int, spec: GhostsSpec, now: float) -> list[str]:
    """Why none more may be removed now."""
    lately = [at for at in removed_at if now < at + _MINUTE]
    if len(lately) >= spec.per_minute:
        return [f"{len(lately)} were removed in the last minute, perMinute is {spec.per_minute}"]
    if len(lately) >= spec.max_share.of(nodes + len(lately)):
        return [f"{len(lately)} were removed in the last minute, maxShare is {spec.max_share}"]
    return []
