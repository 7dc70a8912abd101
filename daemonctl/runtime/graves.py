"""Consul nodes whose hosts are gone, for a plan of one's own: read once, nothing is removed."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.model.cluster import ContainerInstance
from daemonctl.model.ghosts import Ghost, Seen
from daemonctl.model.ids import ContainerInstanceArn, short
from daemonctl.model.observed import Host
from daemonctl.model.reason import Condition, Notice
from daemonctl.model.spec import ClusterSpec
from daemonctl.model.stored import root
from daemonctl.planning import ghosts
from daemonctl.ports import ApiError, Clock, Cluster
from daemonctl.ports.consul import CatalogError, Store, StoreError
from daemonctl.ports.nodes import Nodes
from daemonctl.ports.surroundings import Surroundings
from daemonctl.runtime.facts import CatalogSeen, TaskSeen
from daemonctl.runtime.ghost_reading import Reader, by_ec2
from daemonctl.runtime.sightings import kept_at
from daemonctl.runtime.view import View


class Graves:
    """One look for a cluster with ``consul.ghosts``."""

    def __init__(
        self,
        nodes: Nodes,
        store: Store,
        cluster: Cluster,
        surroundings: Surroundings,
        clock: Clock,
    ) -> None:
        self._nodes = nodes
        self._store = store
        self._cluster = cluster
        self._surroundings = surroundings
        self._clock = clock

    async def look(
        self, spec: ClusterSpec, cluster_arn: str, view: View, news: CatalogSeen
    ) -> tuple[tuple[Ghost, ...], tuple[Condition, ...]]:
        """The ghosts, and what is told where they cannot be known."""
        name = short(spec.name)
        if spec.ghosts is None:
            return (), ()
        try:
            hosts = by_ec2(await self._listed(view))
            suspects = ghosts.suspects(news.changed, hosts, name)
            seen = await self._seen(root(spec.owner, cluster_arn, spec.alias))
            reader = Reader(self._nodes, self._cluster, self._surroundings)
            now = self._clock.now()
            known, _ = await reader.read(suspects, hosts, {}, seen, cluster=name, now=now)
        except (ApiError, CatalogError) as error:
            words = f"{error.code}: {error.message}"
            return (), (Condition(Notice.GHOSTS_REFUSED, words),)
        return tuple(one.ghost for _, one in sorted(known.items()) if one.ghost is not None), ()

    async def _seen(self, prefix: str) -> Seen:
        """What was seen here before; where that cannot be read, nothing was."""
        try:
            return await kept_at(self._store, prefix)
        except StoreError:
            return {}

    async def _listed(self, view: View) -> list[Host]:
        """The hosts; all tasks are listed of those that drain and look empty.

        A running controller waits until lists show what was started last. A look does not.
        """
        drained: dict[ContainerInstanceArn, float] = {}
        for arn, host in tuple(view.observed().hosts.items()):
            if _looks_empty(host.instance):
                began = drained[arn] = self._clock.now()
                listed = await self._cluster.list_tasks(instance=arn)
                listed += await self._cluster.list_tasks(instance=arn, stopped=True)
                for task in (await self._cluster.describe_tasks(listed)).found:
                    view.apply(TaskSeen(task, began))
        hosts = view.observed().hosts
        return [replace(one, listed_at=drained.get(arn)) for arn, one in hosts.items()]


def _looks_empty(instance: ContainerInstance) -> bool:
    return instance.status == "DRAINING" and instance.running_tasks + instance.pending_tasks == 0
