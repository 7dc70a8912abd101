"""The Consul agents of a view's instances: which nodes of the catalog are whose.

The change of one node costs work for the instances that it has to do with, not for all.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from daemonctl.model.discovery import STALE_SECONDS, AgentState, Catalog, Node
from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.observed import Host
from daemonctl.planning.discovery import Key, agent_of, instance_keys, node_keys
from daemonctl.runtime.facts import CatalogSeen, Fact

Changed = tuple[ContainerInstanceArn, ...]


class Agents:
    """Keeps ``Host.agent`` of the view's hosts true to the catalog.

    None as long as nobody asks (``ask``), and while the catalog is not known.
    """

    def __init__(self, hosts: dict[ContainerInstanceArn, Host]) -> None:
        self._hosts = hosts
        self._template = ""
        self._cluster = ""
        self._nodes: dict[str, Node] = {}
        self._by_key: dict[Key, dict[str, Node]] = {}
        self._keys: dict[ContainerInstanceArn, tuple[Key, ...]] = {}
        self._sought: dict[Key, dict[ContainerInstanceArn, None]] = {}
        self._ambiguous: dict[ContainerInstanceArn, None] = {}
        self._as_of: float | None = None
        self._known = False

    @property
    def catalog(self) -> Catalog | None:
        """What is known of the datacenter as a whole, None where nobody asks."""
        if not self._template:
            return None
        return Catalog(self._known, self._as_of, len(self._ambiguous))

    def ask(self, template: str, cluster: str) -> None:
        """Looks for agents by this template of node names; "" for not at all."""
        if (template, cluster) != (self._template, self._cluster):
            self._template, self._cluster = template, cluster
            self.placed(tuple(self._hosts))

    def placed(self, changed: Changed) -> Changed:
        """These hosts are new, changed or gone. Returns them."""
        for arn in changed:
            self._place(arn)
            self._settle(arn)
        return changed

    def apply(self, fact: Fact) -> Changed:
        """Takes in the news of a catalog. Returns the instances whose agent is another now."""
        if not isinstance(fact, CatalogSeen):
            return ()
        gone = fact.gone
        if fact.whole:
            there = {node.name for node in fact.changed}
            gone = tuple(name for name in self._nodes if name not in there)
        touched: dict[Key, None] = {}
        for name in gone:
            touched.update(dict.fromkeys(self._remove(name)))
        for node in fact.changed:
            touched.update(dict.fromkeys(self._remove(node.name)))
            touched.update(dict.fromkeys(self._add(node)))
        known, self._known, self._as_of = self._known, True, fact.as_of
        if not known:
            return self._settle_all(tuple(self._hosts))
        return self._settle_all(
            dict.fromkeys(arn for key in touched for arn in self._sought.get(key, ()))
        )

    def expire(self, now: float) -> Changed:
        """What Consul has not confirmed for too long is not known any more."""
        if self._as_of is None or not self._known or now <= self._as_of + STALE_SECONDS:
            return ()
        self._known = False
        return self._settle_all(tuple(self._hosts))

    def _remove(self, name: str) -> tuple[Key, ...]:
        node = self._nodes.pop(name, None)
        keys = () if node is None else node_keys(node)
        for key in keys:
            held = self._by_key[key]
            del held[name]
            if not held:
                del self._by_key[key]
        return keys

    def _add(self, node: Node) -> tuple[Key, ...]:
        self._nodes[node.name] = node
        keys = node_keys(node)
        for key in keys:
            self._by_key.setdefault(key, {})[node.name] = node
        return keys

    def _place(self, arn: ContainerInstanceArn) -> None:
        host = self._hosts.get(arn)
        keys: tuple[Key, ...] = ()
        if host is not None and self._template:
            keys = instance_keys(host.instance, self._template, self._cluster)
        before = self._keys.get(arn, ())
        if keys == before:
            return
        for key in before:
            sought = self._sought[key]
            del sought[arn]
            if not sought:
                del self._sought[key]
        for key in keys:
            self._sought.setdefault(key, {})[arn] = None
        if keys:
            self._keys[arn] = keys
        else:
            del self._keys[arn]

    def _settle_all(self, arns: Iterable[ContainerInstanceArn]) -> Changed:
        return tuple(arn for arn in arns if self._settle(arn))

    def _settle(self, arn: ContainerInstanceArn) -> bool:
        """Whether the agent of this host is another now."""
        host = self._hosts.get(arn)
        agent = None
        if host is not None and self._known and self._template:
            agent = agent_of(self._keys.get(arn, ()), self._by_key)
        if agent is not None and agent.state is AgentState.AMBIGUOUS:
            self._ambiguous[arn] = None
        else:
            self._ambiguous.pop(arn, None)
        if host is None or host.agent == agent:
            return False
        self._hosts[arn] = replace(host, agent=agent)
        return True
