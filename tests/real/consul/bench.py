"""The contract's stage on a real Consul, with the policy that daemonctl ships."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from daemonctl.adapters.clock import SystemClock
from daemonctl.adapters.consul.consuls import Consuls
from daemonctl.model.discovery import Node, Serf, Service
from daemonctl.model.spec import ConsulSpec
from daemonctl.ports.consul import Catalog, Store
from daemonctl.ports.nodes import Nodes
from daemonctl.ports.registrations import Registrations
from tests.real.consul.server import Server
from tests.stand_ins.sink import Silent

POLICIES = Path(__file__).resolve().parents[3] / "deploy" / "consul"


def shipped(*names: str) -> list[str]:
    """The policies of these names, as they ship."""
    return [(POLICIES / f"{name}.hcl").read_text() for name in names]


PLAIN = shipped("daemonctl")
ALL = shipped("daemonctl", "daemonctl-ghosts", "daemonctl-force-leave", "daemonctl-services")


class RealBench:
    """See tests.contract.consul.bench.Bench."""

    def __init__(self, server: Server, token_file: Path, rules: Sequence[str]) -> None:
        self.server = server
        self.token_file = token_file
        self.spec = ConsulSpec(server.url, str(token_file))
        self.consuls = Consuls(SystemClock(), Silent())
        self.allow(*rules)

    def allow(self, *rules: str) -> None:
        """Puts a token with policies of these rules into the file."""
        self.token_file.write_text(self.server.token(*rules) + "\n")

    def store(self) -> Store:
        return self.consuls.store(self.spec)

    def catalog(self) -> Catalog:
        return self.consuls.catalog(self.spec)

    def nodes(self) -> Nodes:
        return self.consuls.nodes(self.spec)

    def registrations(self) -> Registrations:
        port = replace(self.spec, agent_port=self.server.http)
        return self.consuls.registrations(port)

    def agent(self) -> tuple[str, str]:
        return self.server.name, "127.0.0.1"

    async def serve(self, node: str, service: Service) -> None:
        said = {
            "ID": service.id,
            "Service": service.name,
            "Address": service.address,
            "Port": service.port,
        }
        body = {"Node": node, "SkipNodeUpdate": True, "Service": said}
        await asyncio.to_thread(self.server.ask, "PUT", "catalog/register", body)

    async def keep(self, service: Service) -> None:
        body = {
            "ID": service.id,
            "Name": service.name,
            "Address": service.address,
            "Port": service.port,
        }
        await asyncio.to_thread(self.server.ask, "PUT", "agent/service/register", body)

    async def register(self, node: Node) -> None:
        check = {
            "CheckID": "serfHealth",
            "Name": "Serf Health Status",
            "Status": "passing" if node.serf is Serf.ALIVE else "critical",
        }
        body = {
            "Node": node.name,
            "Address": node.address,
            "NodeMeta": dict(node.meta),
            **({} if node.serf is Serf.NONE else {"Check": check}),
        }
        await asyncio.to_thread(self.server.ask, "PUT", "catalog/register", body)
