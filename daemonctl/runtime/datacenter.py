"""The watch of one Consul datacenter, shared by the clusters whose daemons ask for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from daemonctl.model.discovery import Node
from daemonctl.ports import Clock, Sink
from daemonctl.ports.consul import Catalog, CatalogNews
from daemonctl.runtime.crew import Crew, tell_dead
from daemonctl.runtime.facts import CatalogSeen
from daemonctl.runtime.liveness import LoopTurn
from daemonctl.runtime.report_source import CatalogState
from daemonctl.runtime.stepping import step_for_ever

_BOUND: Final = 120.0  # seconds: a blocking query with its time-out, and a wait after a failure

Hear = Callable[[CatalogSeen], None]


class Datacenter:
    """Watches while there is a listener; every listener hears the same facts.

    ``trouble`` says why the catalog cannot be read, "" while it can; ``as_of`` is when Consul last
    confirmed it (epoch seconds), None before that.
    """

    def __init__(self, catalog: Catalog, name: str, clock: Clock, sink: Sink) -> None:
        self.name = name
        self.trouble = ""
        self.as_of: float | None = None
        self._last_turn = clock.now()
        self._catalog = catalog
        self._clock = clock
        self._sink = sink
        self._crew = Crew(self._died)
        self._nodes: dict[str, Node] = {}
        self._listeners: dict[Hear, None] = {}

    def listen(self, hear: Hear) -> None:
        """``hear`` gets what is known now, and from now on what is new."""
        if not self._listeners:
            self._last_turn = self._clock.now()
            watch = step_for_ever(self._watch, self._told, self._clock, longest=15.0)
            self._crew.spawn(watch, f"consul {self.name}")
        self._listeners[hear] = None
        if self.as_of is not None:
            hear(CatalogSeen(self._sorted(), (), self.as_of, whole=True))

    async def leave(self, hear: Hear) -> None:
        """``hear`` gets nothing any more. The last one to leave ends the watch."""
        self._listeners.pop(hear, None)
        if not self._listeners:
            await self._crew.cancel()

    @property
    def state(self) -> CatalogState:
        """How the catalog is read, for the report."""
        return CatalogState(self.name, self.as_of, self.trouble)

    @property
    def turn(self) -> LoopTurn:
        """When the watch last came round."""
        return LoopTurn(f"consul {self.name}", self._last_turn, _BOUND)

    def _sorted(self) -> tuple[Node, ...]:
        return tuple(self._nodes[name] for name in sorted(self._nodes))

    async def _watch(self) -> None:
        self._last_turn = self._clock.now()
        self._take(await self._catalog.watch())

    def _take(self, news: CatalogNews) -> None:
        self.as_of = news.as_of
        self._nodes.update((node.name, node) for node in news.changed)
        for name in news.gone:
            self._nodes.pop(name, None)
        fact = CatalogSeen(news.changed, news.gone, news.as_of)
        for hear in tuple(self._listeners):
            hear(fact)

    def _told(self, trouble: str) -> None:
        if self.trouble and not trouble:
            self._sink.log("info", "Consul's catalog is read again", datacenter=self.name)
        elif trouble and not self.trouble:
            self._sink.log(
                "warning",
                "Consul's catalog cannot be read",
                datacenter=self.name,
                error=trouble,
                next_step="starts go by what ECS tells meanwhile; updates wait",
            )
        self.trouble = trouble

    def _died(self, name: str, error: BaseException) -> None:
        tell_dead(self._sink, name, error)
