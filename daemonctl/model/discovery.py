"""What Consul has: the nodes of a datacenter, and what they say of one instance's agent."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from daemonctl.model.cluster import Port
from daemonctl.model.ids import TaskArn

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


class Service(Struct, frozen=True, gc=False):
    """A service of a node, as Consul's catalog has it."""

    id: str
    name: str
    address: str  # "" where it is its node's
    port: int


class Tenant(Struct, frozen=True, gc=False):
    """A container of a task that has not left its instance, as registrator sees it."""

    task: TaskArn
    prefix: str  # the ECS agent names its Docker container so, and appends what differs
    ports: tuple[Port, ...] = ()  # those that may be registered
    expected: tuple[Port, ...] = ()  # those of them that should be
    loose: bool = False  # it may hold other ports as well: its own network, or not known yet
    since: float = 0.0  # when it began to run, epoch seconds


class Registered(Struct, frozen=True, gc=False):
    """What runs on an instance, and what the node of its agent has in Consul's catalog."""

    node: str
    addresses: tuple[str, ...]  # of the instance and of the node
    tenants: tuple[Tenant, ...]
    services: tuple[Service, ...]  # in order of ids
    as_of: float  # when Consul was asked for them, epoch seconds


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
    node: str = ""  # its name in the catalog, where one is alive
    address: str = ""  # of that node


class Catalog(Struct, frozen=True):
    """What a view knows of a datacenter as a whole."""

    known: bool = False  # False: never read, or too long ago to say
    as_of: float | None = None  # when Consul last confirmed it, epoch seconds
    ambiguous: int = 0  # instances that more than one node may be
