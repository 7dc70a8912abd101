"""ports.nodes.Nodes in memory, over the ``Registry`` that the watchers see."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from daemonctl.model.discovery import Serf
from daemonctl.model.ghosts import Entry
from daemonctl.model.rights import OPERATE, WRITE_NODES, Right
from daemonctl.ports.consul import CatalogError
from tests.stand_ins.consul_catalog import Registry

SERVER = "server"


class MemoryNodes:
    """A client of a registry.

    Attributes:
        denied: rights that its token does not have.
        stuck: names that force-leave leaves in the catalog, as where the leader is not told.
        reads: how many entries were read.
        removing: called with the call and the name before a node is removed.
    """

    def __init__(
        self, registry: Registry, removing: Callable[[str, str], None] | None = None
    ) -> None:
        self.denied: tuple[Right, ...] = ()
        self.stuck: tuple[str, ...] = ()
        self.reads = 0
        self.removing = removing
        self._registry = registry

    async def servers(self) -> frozenset[str]:
        self._reachable()
        return frozenset(name for name in self._registry.nodes if name.startswith(SERVER))

    async def entry(self, name: str) -> Entry | None:
        self._reachable()
        self.reads += 1
        node = self._registry.nodes.get(name)
        if node is None:
            return None
        return Entry(node, "", self._registry.indices[name], name.startswith(SERVER))

    async def force_leave(self, name: str) -> bool:
        self._reachable()
        self._may(OPERATE)
        node = self._registry.nodes.get(name)
        if node is None or node.serf is Serf.NONE:
            return False
        self._tell("force_leave", name)
        if name not in self.stuck:
            self._registry.remove(name)
        return True

    async def deregister(self, name: str, index: int) -> bool:
        self._reachable()
        self._may(WRITE_NODES)
        if self._registry.indices.get(name) != index or name not in self._registry.nodes:
            return False
        self._tell("deregister", name)
        self._registry.remove(name)
        return True

    async def missing(self, rights: Sequence[Right]) -> tuple[Right, ...]:
        self._reachable()
        return tuple(right for right in rights if right in self.denied)

    def _tell(self, call: str, name: str) -> None:
        if self.removing is not None:
            self.removing(call, name)

    def _may(self, right: Right) -> None:
        if right in self.denied:
            raise CatalogError("Unauthorised", f"its policy has no {right.rule}")

    def _reachable(self) -> None:
        if self._registry.down:
            raise CatalogError("Unreachable", "Consul cannot be reached")
