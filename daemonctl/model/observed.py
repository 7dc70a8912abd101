"""What is known of a cluster at one moment, a host at a time."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from daemonctl.model.cluster import ContainerInstance, Task
from daemonctl.model.discovery import Agent, Catalog, Registered
from daemonctl.model.ids import ContainerInstanceArn


class Host(Struct, frozen=True, gc=False):
    """A container instance with the tasks on it that concern daemonctl.

    Those are tasks that this installation started and tasks of the families and services that its
    daemons name, live, stopping and (for an hour) stopped, in order of their ARN. Once an instance
    is DRAINING every task on it concerns daemonctl: from ``listed_at`` on all of them are held.
    """

    instance: ContainerInstance
    tasks: tuple[Task, ...] = ()
    disconnected_since: float | None = None  # when the agent was first seen disconnected
    draining_since: float | None = None  # when it was first seen DRAINING
    listed_at: float | None = None  # when all its tasks were last listed since then
    leaves_at: float | None = None  # when EC2 takes it, by a spot interruption warning
    agent: Agent | None = None  # Consul's, None where the catalog is not asked or not known
    registered: Registered | None = None  # None where nobody asks, or that is not known


class Observed(Struct, frozen=True):
    """A cluster's view. The view replaces hosts in ``hosts``, it never edits one."""

    hosts: Mapping[ContainerInstanceArn, Host]
    complete: bool  # every listing of the last resync ended; a partial view makes no action
    as_of: float  # when the last complete listing began, epoch seconds
    first_full_at: float | None  # when this process first held a complete view
    services: frozenset[str] = frozenset()  # names and patterns whose tasks that listing held
    daemon_services: frozenset[str] = frozenset()  # groups of ECS services of strategy DAEMON
    gated_daemons: tuple[str, ...] = ()  # names of those that have the gate as a constraint
    catalog: Catalog | None = None  # Consul's; None where nothing is asked of it
