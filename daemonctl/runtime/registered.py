"""What runs on the instances of a view beside what Consul has of them.

The change of one host, or of one node's services, costs work for that one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from daemonctl.model.cluster import Task, TaskDefinition
from daemonctl.model.discovery import AgentState, Registered, Service
from daemonctl.model.ids import ContainerInstanceArn, TaskArn, TaskDefinitionArn
from daemonctl.model.observed import Host
from daemonctl.planning.coverage import GRACE_SECONDS, coverage
from daemonctl.planning.tenants import tenants
from daemonctl.runtime.facts import DefinitionsSeen, Fact, ServicesSeen, TasksListed

AGAIN_SECONDS = 60.0
"""So long after a look at a node that lacks something, or has too much, it is looked at again."""

Changed = tuple[ContainerInstanceArn, ...]


class RegisteredHosts:
    """Keeps ``Host.registered`` of the view's hosts true.

    None as long as nobody asks (``ask``), before all tasks were listed, and where the instance's
    agent is not alive or was not read.

    Attributes:
        due: The instances to be looked at, each with when: what is new, young, missing or stale.
        unknown: Task definitions to be looked up.
    """

    def __init__(
        self, hosts: dict[ContainerInstanceArn, Host], doubt: Callable[[TaskArn, float], None]
    ) -> None:
        """``doubt``: a task that is missed is described again, for events may have been lost."""
        self.due: dict[ContainerInstanceArn, float] = {}
        self.unknown: dict[TaskDefinitionArn, None] = {}
        self._hosts = hosts
        self._doubt = doubt
        self._options: tuple[str, ...] | None = None
        self._listed = False
        self._definitions: dict[TaskDefinitionArn, TaskDefinition] = {}
        self._users: dict[TaskDefinitionArn, dict[ContainerInstanceArn, None]] = {}
        self._nodes: dict[ContainerInstanceArn, str] = {}
        self._instances: dict[str, ContainerInstanceArn] = {}
        self._seen: dict[str, tuple[tuple[Service, ...], float]] = {}

    def ask(self, options: tuple[str, ...] | None) -> None:
        """Looks, by these options of registrator; None for not at all."""
        if options != self._options:
            self._listed &= options is not None
            self._options = options
            self.placed(tuple(self._hosts))

    @property
    def asked(self) -> bool:
        """Whether anybody asks."""
        return self._options is not None

    def now_there(
        self, host: Host, tasks: Sequence[Task], services: Sequence[Service], at: float
    ) -> Registered | None:
        """The host with tasks and services read afresh; None where a definition is not known."""
        held = host.registered
        known = all(task.stopped or task.definition in self._definitions for task in tasks)
        if held is None or self._options is None or not known:
            return None
        there = tenants(tasks, self._definitions, self._options)
        return replace(held, tenants=there, services=tuple(services), as_of=at)

    def node_of(self, arn: ContainerInstanceArn) -> str:
        """The node of an instance whose agent is alive, "" where there is none."""
        return self._nodes.get(arn, "")

    @property
    def nodes(self) -> Mapping[ContainerInstanceArn, str]:
        """Every such node."""
        return self._nodes

    def seen_at(self, node: str) -> float:
        """When the node was last read, 0 for never."""
        return self._seen.get(node, ((), 0.0))[1]

    def placed(self, changed: Changed) -> Changed:
        """These hosts are new, changed or gone. Returns them."""
        if self._options is not None or self._nodes:
            for arn in changed:
                self._place(arn)
        return changed

    def apply(self, fact: Fact) -> Changed:
        """Takes in what concerns registrations. Returns the instances that changed."""
        match fact:
            case ServicesSeen():
                return self._read(fact)
            case DefinitionsSeen():
                return self._defined(fact)
            case TasksListed() if not self._listed and self.asked:
                self._listed = True
                return self.placed(tuple(self._hosts))
            case _:
                return ()

    def _read(self, fact: ServicesSeen) -> Changed:
        arn = self._instances.get(fact.node)
        if arn is None:
            return ()
        before = self._seen.get(fact.node)
        self._seen[fact.node] = (fact.services, fact.as_of)
        if before is not None and before[0] == fact.services and arn not in self.due:
            return ()  # as it was, and as it should be
        self._place(arn)
        return (arn,)

    def _defined(self, fact: DefinitionsSeen) -> Changed:
        changed: dict[ContainerInstanceArn, None] = {}
        for found in fact.definitions:
            self.unknown.pop(found.arn, None)
            self._definitions[found.arn] = found
            changed.update(self._users.pop(found.arn, {}))
        return self.placed(tuple(changed))

    def _place(self, arn: ContainerInstanceArn) -> None:
        host = self._hosts.get(arn)
        node, address = "", ""
        agent = None if host is None or self._options is None else host.agent
        if agent is not None and agent.state is AgentState.ALIVE:
            node, address = agent.node, agent.address
        self._home(arn, node)
        self.due.pop(arn, None)
        if host is None:
            return
        seen = self._seen.get(node)
        found: Registered | None = None
        if node and self._listed and self._options is not None:
            self._look_up(host)
            if seen is None:
                self.due[arn] = 0.0
            else:
                where = dict.fromkeys(each for each in (host.instance.private_ip, address) if each)
                there = tenants(host.tasks, self._definitions, self._options)
                found = Registered(node, tuple(where), there, *seen)
                self._put_off(arn, found)
        if found != host.registered:
            self._hosts[arn] = replace(host, registered=found)

    def _put_off(self, arn: ContainerInstanceArn, found: Registered) -> None:
        """When it is to be looked at again; not at all where all is as it should be."""
        cover = coverage(found)
        if cover.missing or cover.stale:
            self.due[arn] = found.as_of + AGAIN_SECONDS
            for gap in cover.missing:
                self._doubt(gap.task, found.as_of + AGAIN_SECONDS)
        elif cover.young:
            ripe = min(gap.since for gap in cover.young) + GRACE_SECONDS
            self.due[arn] = max(ripe, found.as_of)

    def _look_up(self, host: Host) -> None:
        for task in host.tasks:
            if not task.stopped and task.definition not in self._definitions:
                self.unknown[task.definition] = None
                self._users.setdefault(task.definition, {})[host.instance.arn] = None

    def _home(self, arn: ContainerInstanceArn, node: str) -> None:
        before = self._nodes.get(arn, "")
        if node == before:
            return
        if before:
            self._seen.pop(before, None)
            if self._instances.get(before) == arn:
                del self._instances[before]
        if node:
            self._nodes[arn] = node
            self._instances[node] = arn
        else:
            self._nodes.pop(arn, None)
