"""What is known of suspect Consul nodes: from the watch, then afresh, Consul before ECS and EC2.

In this order, for a host that joins in between is in what is read last, and its node is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from daemonctl.model.cluster import ContainerInstance
from daemonctl.model.discovery import Node, Serf
from daemonctl.model.ghosts import Entry, Evidence, Ghost, Seen
from daemonctl.model.ids import ContainerInstanceArn, Ec2InstanceId, short
from daemonctl.model.observed import Host
from daemonctl.planning import ghosts
from daemonctl.planning.ghosts import Suspect
from daemonctl.ports import Cluster
from daemonctl.ports.nodes import Nodes
from daemonctl.ports.surroundings import Surroundings
from daemonctl.runtime.facts import CatalogSeen

Hosts = Mapping[Ec2InstanceId, Sequence[Host]]


class Watched:
    """A cluster's own nodes in the catalog, as the watch tells them."""

    def __init__(self) -> None:
        self.down: dict[str, Node] = {}  # those that are not alive
        self.as_of: float | None = None
        self._ids: dict[str, Ec2InstanceId] = {}

    def apply(self, fact: CatalogSeen, cluster: str) -> bool:
        """Whether an agent was lost with this fact. ``cluster``: its name."""
        if fact.whole:
            self._ids.clear()
            self.down.clear()
        for name in fact.gone:
            self._ids.pop(name, None)
            self.down.pop(name, None)
        lost = False
        for node in fact.changed:
            identity = ghosts.identity_of(node, cluster)
            if identity is None or node.serf is Serf.ALIVE:
                self.down.pop(node.name, None)
            else:
                self.down[node.name] = node
                lost = True
            if identity is None:
                self._ids.pop(node.name, None)
            else:
                self._ids[node.name] = identity.ec2_id
        self.as_of = fact.as_of
        return lost

    @property
    def count(self) -> int:
        """How many nodes the cluster has in the catalog."""
        return len(self._ids)

    def has(self, name: str) -> bool:
        """Whether the node is one of them."""
        return name in self._ids

    @property
    def ec2_ids(self) -> Iterable[Ec2InstanceId]:
        """Whose they are."""
        return self._ids.values()


class Known(Struct, frozen=True):
    """What is known of one suspect: a ghost, or why it is none."""

    evidence: Evidence
    ghost: Ghost | None
    words: str


class Reader:
    """Reads what proves that hosts are gone. Every method raises ApiError, CatalogError."""

    def __init__(self, nodes: Nodes, cluster: Cluster, surroundings: Surroundings) -> None:
        self._nodes = nodes
        self._cluster = cluster
        self._surroundings = surroundings

    async def read(
        self,
        suspects: Sequence[Suspect],
        hosts: Hosts,
        drained: Mapping[str, ContainerInstanceArn],
        seen: Seen,
        *,
        cluster: str,
        now: float,
    ) -> tuple[dict[str, Known], frozenset[str]]:
        """What is known now of each that is still there, and Consul's servers.

        ``drained`` are the container instances that were seen drained, by their nodes' names.
        """
        servers = await self._nodes.servers()
        entries: dict[str, Entry] = {}
        for suspect in suspects:
            entry = await self._nodes.entry(suspect.node.name)
            if entry is not None and ghosts.identity_of(entry.node, cluster) == suspect.identity:
                entries[suspect.node.name] = entry
        there = [suspect for suspect in suspects if suspect.node.name in entries]
        arns = dict.fromkeys(arn for one in there for arn in _arns(one, hosts, drained))
        instances = await self._describe(list(arns))
        asked = [one.identity.ec2_id for one in there if one.asks_ec2]
        states = await self._surroundings.machines(asked) if asked else {}
        known = {}
        for suspect in there:
            name, ec2_id = suspect.node.name, suspect.identity.ec2_id
            held = hosts.get(ec2_id, ())
            evidence = Evidence(
                entries[name],
                ec2_id,
                tuple(one for one in instances if one.ec2_id == ec2_id),
                left=name in drained and not held,
                empty=any(ghosts.emptied(host) for host in held),
                machine=states.get(ec2_id, "") if suspect.asks_ec2 else None,
                seen_at=seen.get(ec2_id),
            )
            ghost, words = ghosts.judge(evidence, servers, cluster, now)
            known[name] = Known(evidence, ghost, words)
        return known, servers

    async def _describe(
        self, arns: Sequence[ContainerInstanceArn]
    ) -> tuple[ContainerInstance, ...]:
        if not arns:
            return ()
        described = await self._cluster.describe_container_instances(arns)
        return tuple(one for one in described.found if one.status != "INACTIVE")


def by_ec2(hosts: Iterable[Host]) -> dict[Ec2InstanceId, list[Host]]:
    """The hosts of a view, by machine: one that registered anew may be there twice."""
    found: dict[Ec2InstanceId, list[Host]] = {}
    for host in hosts:
        found.setdefault(host.instance.ec2_id, []).append(host)
    return found


def drained_now(
    suspects: Sequence[Suspect], hosts: Hosts
) -> Iterable[tuple[str, ContainerInstanceArn]]:
    """The container instances that are drained by now, by their nodes' names."""
    for suspect in suspects:
        for host in hosts.get(suspect.identity.ec2_id, ()):
            if short(host.instance.arn) == suspect.identity.instance and ghosts.emptied(host):
                yield suspect.node.name, host.instance.arn


def _arns(
    suspect: Suspect, hosts: Hosts, drained: Mapping[str, ContainerInstanceArn]
) -> Iterable[ContainerInstanceArn]:
    """Which container instances to describe for a suspect."""
    yield from (host.instance.arn for host in hosts.get(suspect.identity.ec2_id, ()))
    if suspect.node.name in drained:
        yield drained[suspect.node.name]
