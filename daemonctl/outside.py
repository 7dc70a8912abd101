"""AWS and Consul as the clusters of a config reach them."""

from __future__ import annotations

import random
from collections.abc import Sequence

from daemonctl.adapters.consul.consuls import Consuls
from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.adapters.ecs.readonly import ReadOnly
from daemonctl.adapters.ecs.transport import BotoTransport
from daemonctl.adapters.schedule import ApSchedule
from daemonctl.adapters.sqs import SqsSource
from daemonctl.model.spec import ClusterSpec
from daemonctl.ports import Clock, Sink, Transport
from daemonctl.ports.consul import Catalog, Store
from daemonctl.ports.nodes import Nodes
from daemonctl.runtime.dryrun import OnlyRead, Overlay
from daemonctl.runtime.service import ClusterService
from daemonctl.telemetry.collector import BudgetLevel


class Outside:
    """AWS and Consul as clusters reach them: a transport and a set of buckets a role and region."""

    def __init__(self, clock: Clock, sink: Sink, *, read_only: bool) -> None:
        self._clock = clock
        self._sink = sink
        self._read_only = read_only
        self._transports: dict[tuple[str, str], BotoTransport] = {}
        self._buckets: dict[tuple[str, str], tuple[float, Buckets]] = {}
        self._consuls = Consuls(clock, sink)

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

    def service(self, spec: ClusterSpec, budget: float) -> ClusterService:
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
        )

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
