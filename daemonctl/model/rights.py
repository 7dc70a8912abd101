"""What a Consul token may do, as Consul's policies say it (Consul docs, "ACL Rules")."""

from __future__ import annotations

from msgspec import Struct

_WITHOUT_NAME = ("operator", "keyring")
"""Resources that have one rule for all."""


class Right(Struct, frozen=True):
    """One permission: to ``read`` or ``write`` a resource wherever ``segment`` begins its name."""

    resource: str  # node, service, key, session, agent, operator
    segment: str = ""
    access: str = "read"
    why: str = ""  # what daemonctl needs it for

    @property
    def rule(self) -> str:
        """As it stands in a policy."""
        if self.resource in _WITHOUT_NAME:
            return f'{self.resource} = "{self.access}"'
        return f'{self.resource}_prefix "{self.segment}" {{ policy = "{self.access}" }}'


READ_NODES = Right("node", why="to see which agents are alive")
READ_SERVICES = Right("service", why="to see which nodes are Consul servers")
SEE_SERVICES = Right("service", why="to see what is registered")
WRITE_SERVICES = Right("service", access="write", why="to take stale services out by their agents")
HOLD_SESSIONS = Right("session", access="write", why="to agree with other replicas on who leads")
WRITE_NODES = Right("node", access="write", why="to take nodes out of the catalog")
OPERATE = Right("operator", access="write", why="to make the gossip forget a failed agent")
