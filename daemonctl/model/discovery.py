"""What Consul has: the nodes of a datacenter, and what they say of one instance's agent."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

STALE_SECONDS = 60.0
"""A catalog that Consul has not confirmed for longer is not known any more."""


class Serf(StrEnum):
    """A node's ``serfHealth`` check: what the other agents say of its agent."""

    ALIVE = "ALIVE"  # passing
    FAILED = "FAILED"  # critical
    NONE = "NONE"  # no such check: nobody's agent, or registered a moment ago


class Node(Struct, frozen=True, gc=False):
    """A node of Consul's catalog."""

    name: str
    address: str
    serf: Serf
    meta: Mapping[str, str] = {}


class AgentState(StrEnum):
    """What a fresh catalog says of the agent on an instance."""

    ALIVE = "ALIVE"
    FAILED = "FAILED"
    ABSENT = "ABSENT"  # no node is the instance's
    AMBIGUOUS = "AMBIGUOUS"  # more than one node may be


class Agent(Struct, frozen=True, gc=False):
    """The Consul agent of an instance, with the evidence."""

    state: AgentState
    words: str


class Catalog(Struct, frozen=True):
    """What a view knows of a datacenter as a whole."""

    known: bool = False  # False: never read, or too long ago to say
    as_of: float | None = None  # when Consul last confirmed it, epoch seconds
    ambiguous: int = 0  # instances that more than one node may be
