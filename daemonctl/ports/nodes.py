"""What it takes to remove a node from Consul: to read it afresh, and two ways of removing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from daemonctl.model.ghosts import Entry
from daemonctl.model.rights import Right


class Nodes(Protocol):
    """The nodes of one datacenter, one by one. Every method raises CatalogError."""

    async def servers(self) -> frozenset[str]:
        """The names of Consul's servers, failed ones included; there is at least one."""
        ...

    async def entry(self, name: str) -> Entry | None:
        """The node as the leader has it now, None where there is no such node."""
        ...

    async def force_leave(self, name: str) -> bool:
        """The agent of a failed node is declared to have left, and pruned (``operator:write``).

        Consul's leader then takes its node out of the catalog. False where the gossip knows no such
        agent, or is another datacenter's.
        """
        ...

    async def deregister(self, name: str, index: int) -> bool:
        """Takes a node out of the catalog, with its services, if it still is at ``index``.

        False where it is not (any more): nothing is changed. Needs ``node:write``. An agent that
        lives registers again.
        """
        ...

    async def missing(self, rights: Sequence[Right]) -> tuple[Right, ...]:
        """Those of the rights that the token does not have."""
        ...
