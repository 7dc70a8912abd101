"""AWS and Consul as the clusters of a config reach them."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from daemonctl.adapters.consul.consuls import Consuls
from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.adapters.ecs.own import OwnService
from daemonctl.adapters.ecs.readonly import ReadOnly
from daemonctl.adapters.ecs.transport import BotoTransport
from daemonctl.adapters.schedule import ApSchedule
from daemonctl.adapters.sqs import SqsSource
from daemonctl.model.ids import ClusterAlias, Owner
from daemonctl.model.spec import ClusterSpec, ConsulSpec, Election
from daemonctl.planning.leadership import Rules, divided
from daemonctl.ports import Clock, Sink, Transport
from daemonctl.ports.consul import Catalog, Store
from daemonctl.ports.nodes import Nodes
from daemonctl.runtime.candidate import Candidate
from daemonctl.runtime.definitions import interval_of
from daemonctl.runtime.dryrun import OnlyRead, Overlay
from daemonctl.runtime.elsewhere import Elsewhere
from daemonctl.runtime.journal import Journal
from daemonctl.runtime.journal_tail import JournalTail
from daemonctl.runtime.kept import Kept
from daemonctl.runtime.leadership import Replica
from daemonctl.runtime.mandate import UNBOUNDED, Mandate
from daemonctl.runtime.service import ClusterService
from daemonctl.telemetry.collector import BudgetLevel

LOCK_DELAY_SECONDS: Final = 5.0
"""Between the end of a leader's session and the next leader: what it had sent is done by then."""


class Outside:
    """AWS and Consul as clusters reach them: a transport and a set of buckets a role and region."""

    def __init__(self, clock: Clock, sink: Sink, *, read_only: bool) -> None:
        self._clock = clock
        self._sink = sink
        self._read_only = read_only
        self._transports: dict[tuple[str, str], BotoTransport] = {}
        self._buckets: dict[tuple[str, str], tuple[float, Buckets]] = {}
        self._consuls = Consuls(clock, sink)
        self._own = OwnService(self._own_cluster, sink)
        self._replicas: dict[tuple[Owner, ConsulSpec, Election], Replica] = {}
        self._places: dict[ClusterAlias, tuple[str, str]] = {}
        self.journal: Journal | None = None  # that of this process
        self.advertise = ""  # the URL of this process's API, "" until it listens
        self.looked: Callable[[], None] = lambda: None  # who leads what was looked at

    def cluster(self, spec: ClusterSpec, budget: float) -> EcsCluster:
        """The cluster of a spec, with a share of the API quota."""
        key = (spec.role_arn, spec.region)
        made_for, buckets = self._buckets.get(key, (None, None))
        if buckets is None or made_for != budget:
            buckets = Buckets(self._clock, budget=budget, jitter=random.random)
            self._buckets[key] = (budget, buckets)
        transport: Transport = self._transport(spec)
        return EcsCluster(
            ReadOnly(transport) if self._read_only else transport,
            buckets,
            spec.name,
            self._sink,
            self._clock,
            private_ips=spec.wants_private_ips,
        )

    def kept(self, spec: ClusterSpec, budget: float) -> Kept:
        """A cluster of the config, not started yet: led, or with an election stood for."""
        if spec.election is None or spec.consul is None or self._read_only:
            return self.service(spec, budget)
        self._places[spec.alias] = (spec.role_arn, spec.region)
        return Candidate(
            spec,
            make=lambda spec, mandate: self.service(spec, budget, mandate),
            cluster=self.cluster(spec, budget),
            replica=self._replica(spec.owner, spec.consul, spec.election),
            elsewhere=Elsewhere(
                self._consuls.store(spec.consul),
                spec.owner,
                spec.alias,
                self._clock,
                behind=2 * interval_of(spec),
            ),
            clock=self._clock,
            sink=self._sink,
        )

    def _replica(self, owner: Owner, consul: ConsulSpec, election: Election) -> Replica:
        """This process among those that share a lock store."""
        key = (owner, replace(consul, node_name=""), election)
        if key not in self._replicas:
            made = self._replicas[key] = Replica(
                self._consuls.lease(consul),
                Rules(election.ttl_seconds, LOCK_DELAY_SECONDS, repair=election.repair),
                owner=owner,
                clock=self._clock,
                sink=self._sink,
                own=self._own,
                address=lambda: self.advertise,
                host=socket.gethostname(),
            )
            made.shared = self._divide
        return self._replicas[key]

    def _divide(self) -> None:
        """The API budget is divided among the replicas that lead in an account and region."""
        leaders: dict[tuple[str, str], dict[str, None]] = {}
        for replica in self._replicas.values():
            for seat in replica.seats:
                if seat.holder.session and seat.alias in self._places:
                    leaders.setdefault(self._places[seat.alias], {})[seat.holder.session] = None
        for key, (budget, buckets) in self._buckets.items():
            buckets.resize(divided(budget, len(leaders.get(key, ()))))
        self.looked()

    def _own_cluster(self, region: str, cluster: str) -> EcsCluster:
        """The cluster that daemonctl itself runs on, with its own task's role."""
        key = ("", region)
        if key not in self._buckets:
            self._buckets[key] = (0.1, Buckets(self._clock, budget=0.1, jitter=random.random))
        if key not in self._transports:
            self._transports[key] = BotoTransport(region, "")
        transport, buckets = self._transports[key], self._buckets[key][1]
        return EcsCluster(transport, buckets, cluster, self._sink, self._clock)

    async def leave(self) -> None:
        """Ends the sessions of this process: the other replicas need not wait for their end."""
        await asyncio.gather(*(replica.leave() for replica in self._replicas.values()))

    def service(
        self, spec: ClusterSpec, budget: float, mandate: Mandate = UNBOUNDED
    ) -> ClusterService:
        """The service of a cluster, not started yet."""
        events = None
        if spec.queue_url:
            events = SqsSource(self._transport(spec), spec.queue_url, self._sink)
        cluster = self.cluster(spec, budget)
        return ClusterService(
            spec,
            cluster=cluster,
            surroundings=cluster.surroundings,
            events=events,
            clock=self._clock,
            schedule=ApSchedule(),
            sink=self._sink,
            datacenter=self._consuls.datacenter(spec.consul)
            if spec.consul is not None and spec.watches_catalog
            else None,
            nodes=self.nodes(spec),
            doorbell=self._consuls.doorbell(spec.consul)
            if spec.consul is not None and spec.wants_registrations
            else None,
            dry_run=self._read_only,
            store=self.store(spec),
            mandate=mandate,
            tail=self._tail(spec),
        )

    def _tail(self, spec: ClusterSpec) -> JournalTail | None:
        """What keeps the newest rows of the journal, None without a journal or a store."""
        store = self.store(spec)
        if store is None or self.journal is None:
            return None
        of = (store, self.journal, spec.owner, spec.alias)
        return JournalTail(*of, clock=self._clock, sink=self._sink)

    def store(self, spec: ClusterSpec) -> Store | None:
        """The key-value store of Consul, None without one."""
        if spec.consul is None:
            return None
        store = self._consuls.store(spec.consul)
        return Overlay(store) if self._read_only else store

    def catalog(self, spec: ClusterSpec) -> Catalog | None:
        """Consul's catalog for one look, None where nobody asks for it."""
        if spec.consul is None or not spec.watches_catalog:
            return None
        return self._consuls.catalog(spec.consul)

    def nodes(self, spec: ClusterSpec) -> Nodes | None:
        """The nodes of Consul's catalog one by one, None without Consul."""
        if spec.consul is None:
            return None
        nodes = self._consuls.nodes(spec.consul)
        return OnlyRead(nodes) if self._read_only else nodes

    def levels(self) -> Sequence[BudgetLevel]:
        """What every bucket holds."""
        return [
            BudgetLevel(f"{role}/{region}" if role else region, name, tokens)
            for (role, region), (_, buckets) in self._buckets.items()
            for name, tokens in buckets.levels().items()
        ]

    def close(self) -> None:
        """Ends every wait at once."""
        self._consuls.close()
        for transport in self._transports.values():
            transport.close()

    def _transport(self, spec: ClusterSpec) -> BotoTransport:
        key = (spec.role_arn, spec.region)
        if key not in self._transports:
            self._transports[key] = BotoTransport(spec.region, spec.role_arn)
        return self._transports[key]
