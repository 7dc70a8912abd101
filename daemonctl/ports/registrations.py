"""What is registered in a Consul datacenter, read node by node, and taken out by its agent."""

from __future__ import annotations

from typing import Protocol

from daemonctl.model.discovery import Service


class Registrations(Protocol):
    """The services of one datacenter. Every method raises CatalogError."""

    async def rung(self) -> bool:
        """Waits for a service to come, change or go on any node, at most half a minute.

        True where one may have since the call before; the first call tells that at once. Whose it
        was is not told: that is read from the nodes in question.
        """
        ...

    async def of_node(self, node: str) -> tuple[Service, ...]:
        """The services of a node, in order of their ids; none of a node that is not there."""
        ...

    async def of_agent(self, address: str) -> tuple[Service, ...]:
        """What the agent at the address itself keeps registered, in order of ids."""
        ...

    async def deregister(self, address: str, service: str) -> None:
        """The agent at the address takes a service out, by its id; one that is gone is no error.

        Only its agent can: what is taken out of the catalog it would register again.
        """
        ...
