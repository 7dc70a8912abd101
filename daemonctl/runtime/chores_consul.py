"""The chores of one cluster that need Consul, and what they share with its service."""

from __future__ import annotations

from daemonctl.model.ghosts import Ghost
from daemonctl.ports.consul import Store
from daemonctl.ports.nodes import Nodes
from daemonctl.runtime.chore_ghosts import GhostChore
from daemonctl.runtime.chore_rights import RightsChore
from daemonctl.runtime.chores import Chore, State, Tools
from daemonctl.runtime.facts import CatalogSeen
from daemonctl.runtime.sightings import Sightings


class ConsulChores:
    """Ghosts, and the token's rights. Without Consul there are no chores in it."""

    def __init__(
        self,
        state: State,
        tools: Tools,
        nodes: Nodes | None,
        store: Store | None,
    ) -> None:
        self.chores: tuple[Chore, ...] = ()
        self._sightings: Sightings | None = None
        self._ghosts: GhostChore | None = None
        if nodes is not None and store is not None:
            spec = state.spec
            self._sightings = Sightings(store, spec.owner, spec.alias, tools.sink)
            self._ghosts = GhostChore(state, tools, nodes, self._sightings)
            self.chores = (self._ghosts, RightsChore(state, nodes))

    def open(self, cluster_arn: str) -> None:
        """Which cluster it is, once that is known."""
        if self._sightings is not None:
            self._sightings.open(cluster_arn)

    def hear(self, fact: CatalogSeen) -> bool:
        """Takes in what is new in the catalog. Whether there is something to look at now."""
        return self._ghosts is not None and self._ghosts.hear(fact)

    @property
    def ghosts(self) -> tuple[Ghost, ...]:
        """Consul nodes whose hosts are gone, as far as they are known now."""
        return () if self._ghosts is None else self._ghosts.found
