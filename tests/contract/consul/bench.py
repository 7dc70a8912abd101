"""What the contract of Store and Catalog is played on: a Consul, in memory or a real one."""

from __future__ import annotations

from typing import Protocol

from daemonctl.model.discovery import Node
from daemonctl.ports.consul import Catalog, Store
from daemonctl.ports.nodes import Nodes


class Bench(Protocol):
    """One Consul. Keys and nodes of one test do not meet those of another."""

    def store(self) -> Store:
        """A client of the store."""
        ...

    def catalog(self) -> Catalog:
        """A watcher of the catalog that has not begun."""
        ...

    def nodes(self) -> Nodes:
        """A client that reads and removes single nodes."""
        ...

    async def register(self, node: Node) -> None:
        """Puts a node into the catalog, behind daemonctl's back."""
        ...
