"""ports.Catalog in memory, which fails as it is told. One watcher each, over one ``Registry``."""

from __future__ import annotations

import asyncio

from daemonctl.model.discovery import Node
from daemonctl.ports import Clock
from daemonctl.ports.consul import CatalogError, CatalogNews

WAIT_SECONDS = 20.0


class Registry:
    """What all watchers see. ``down``: nobody gets an answer. ``lag``: so late, in seconds."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.indices: dict[str, int] = {}  # of each node: by name, address and meta
        self.down = False
        self.lag = 0.0
        self._changed = asyncio.Event()
        self._index = 0

    def put(self, node: Node) -> None:
        """Registers a node, or what is new of it."""
        held = self.nodes.get(node.name)
        if held is None or (held.address, held.meta) != (node.address, node.meta):
            self._index += 1
            self.indices[node.name] = self._index
        self.nodes[node.name] = node
        self._tell()

    def remove(self, name: str) -> None:
        """Takes a node out."""
        if self.nodes.pop(name, None) is not None:
            self._tell()

    def fail(self, *, down: bool) -> None:
        """An outage begins or ends."""
        self.down = down
        self._tell()

    def change(self) -> asyncio.Event:
        """Set at the next change after this call."""
        return self._changed

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class MemoryCatalog:
    """A watcher of a registry."""

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self._told: dict[str, Node] | None = None
        self._afresh = True

    async def watch(self) -> CatalogNews:
        change = asyncio.ensure_future(self._registry.change().wait())
        try:
            if not self._afresh and self._told == self._registry.nodes:
                await asyncio.wait({change}, timeout=WAIT_SECONDS)
        finally:
            change.cancel()
        if self._registry.lag:
            await self._clock.sleep(self._registry.lag)
        self._reachable()
        self._afresh = False
        before, now = self._told or {}, dict(self._registry.nodes)
        self._told = now
        return CatalogNews(
            tuple(now[name] for name in sorted(now) if now[name] != before.get(name)),
            tuple(name for name in sorted(before) if name not in now),
            self._clock.now(),
        )

    def _reachable(self) -> None:
        if self._registry.down:
            self._afresh = True
            raise CatalogError("Unreachable", "Consul cannot be reached")
