"""Every Consul of a config, each reached once however many clusters ask for it."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.adapters.consul.catalog import ConsulCatalog
from daemonctl.adapters.consul.client import ConsulClient
from daemonctl.adapters.consul.lease import ConsulLease
from daemonctl.adapters.consul.nodes import ConsulNodes
from daemonctl.adapters.consul.query import HELD_SECONDS
from daemonctl.adapters.consul.registrations import ConsulRegistrations
from daemonctl.adapters.consul.store import ConsulStore
from daemonctl.model.spec import ConsulSpec
from daemonctl.ports import Clock, Sink
from daemonctl.runtime.datacenter import Datacenter
from daemonctl.runtime.doorbell import Doorbell

_CALLS = 4  # at once
_WATCHES = 2  # the catalog's two queries


class Consuls:
    """Hands out stores and watches, and ends their calls together."""

    def __init__(self, clock: Clock, sink: Sink) -> None:
        self._clock = clock
        self._sink = sink
        self._callers: dict[ConsulSpec, ConsulClient] = {}
        self._watchers: dict[ConsulSpec, ConsulClient] = {}
        self._own: list[ConsulClient] = []  # of leases
        self._datacenters: dict[ConsulSpec, Datacenter] = {}
        self._doorbells: dict[ConsulSpec, Doorbell] = {}

    def store(self, spec: ConsulSpec) -> ConsulStore:
        """The key-value store of a datacenter."""
        return ConsulStore(self._caller(spec), spec.datacenter)

    def catalog(self, spec: ConsulSpec) -> ConsulCatalog:
        """The catalog of a datacenter, for one who watches it."""
        key = replace(spec, node_name="", namespace="", agent_port=0)
        watcher = self._watchers.get(key)
        if watcher is None:
            watcher = self._watchers[key] = _client(spec, "consul-watch", _WATCHES, HELD_SECONDS)
        caller = self._caller(spec)
        return ConsulCatalog(watcher, caller, self._clock, spec.datacenter, spec.partition)

    def nodes(self, spec: ConsulSpec) -> ConsulNodes:
        """The nodes of a datacenter, one by one."""
        return ConsulNodes(self._caller(spec), spec.datacenter, spec.partition)

    def registrations(self, spec: ConsulSpec) -> ConsulRegistrations:
        """What is registered in a datacenter. Its agents are reached as Consul itself is."""
        watching = _client(spec, "consul-services", 1, HELD_SECONDS)
        calling = _client(spec, "consul-nodes", _CALLS, 0.0)
        self._own += [watching, calling]
        where = {"dc": spec.datacenter, "ns": spec.namespace, "partition": spec.partition}
        return ConsulRegistrations(
            watching,
            calling,
            lambda address: _client(_at(spec, address), "consul-agent", 1, 0.0),
            self._clock,
            {key: value for key, value in where.items() if value},
        )

    def doorbell(self, spec: ConsulSpec) -> Doorbell:
        """The one watch of what is registered in a datacenter."""
        key = replace(spec, node_name="", agent_port=0)
        if key not in self._doorbells:
            self._doorbells[key] = Doorbell(self.registrations(spec), self._clock)
        return self._doorbells[key]

    def lease(self, spec: ConsulSpec) -> ConsulLease:
        """The locks of a datacenter. It has clients of its own: others' calls never hold it up."""
        calling = _client(spec, "consul-lease", _CALLS, 0.0)
        watching = _client(spec, "consul-sessions", 1, HELD_SECONDS)
        self._own += [calling, watching]
        return ConsulLease(calling, watching, self._clock, spec.datacenter)

    def datacenter(self, spec: ConsulSpec) -> Datacenter:
        """The one watch of a datacenter."""
        key = replace(spec, node_name="", namespace="", agent_port=0)
        found = self._datacenters.get(key)
        if found is None:
            where = f"datacenter {spec.datacenter} at" if spec.datacenter else "Consul at"
            found = Datacenter(
                self.catalog(spec), f"{where} {spec.address}", self._clock, self._sink
            )
            self._datacenters[key] = found
        return found

    def close(self) -> None:
        """Ends every wait at once."""
        for client in (*self._callers.values(), *self._watchers.values(), *self._own):
            client.close()

    def _caller(self, spec: ConsulSpec) -> ConsulClient:
        key = replace(spec, node_name="", datacenter="", namespace="", partition="", agent_port=0)
        if key not in self._callers:
            self._callers[key] = _client(spec, "consul", _CALLS, 0.0)
        return self._callers[key]


def _at(spec: ConsulSpec, address: str) -> ConsulSpec:
    """The HTTP API of an instance's own agent, by the scheme that Consul itself has."""
    host = f"[{address}]" if ":" in address else address
    scheme = spec.address.partition("://")[0]
    return replace(spec, address=f"{scheme}://{host}:{spec.agent_port}")


def _client(spec: ConsulSpec, name: str, threads: int, held_seconds: float) -> ConsulClient:
    return ConsulClient(
        spec.address,
        spec.token_file,
        spec.ca_file,
        name=name,
        threads=threads,
        held_seconds=held_seconds,
    )
