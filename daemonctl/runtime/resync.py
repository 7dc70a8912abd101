"""A full resync: all is listed, what is new or live described, and only then it is called whole.

Lists add; what the view holds and a complete listing lacks is described explicitly, and goes only
by what that says. ListTasks shows a task that is still stopping under STOPPED alone, so both lists
are asked for.
"""

from __future__ import annotations

from daemonctl.model.desired import Desired
from daemonctl.model.ids import TaskArn, started_by
from daemonctl.planning.groups import named, services_asked
from daemonctl.ports import Clock, Cluster
from daemonctl.runtime.definitions import families
from daemonctl.runtime.describe import Describer, Emit
from daemonctl.runtime.facts import DaemonServices, ListingEnded
from daemonctl.runtime.view import View


class Resync:
    """Reads one cluster whole."""

    def __init__(self, cluster: Cluster, clock: Clock, view: View, emit: Emit) -> None:
        self._cluster = cluster
        self._clock = clock
        self._view = view
        self._emit = emit
        self._describe = Describer(cluster, clock, emit)

    async def run(self, desired: Desired) -> None:
        """One resync. ``ListingEnded`` is emitted only where every part succeeded.

        Raises:
            ApiError: a part failed. What was learned before it stays learned.
        """
        began = self._clock.now()
        instances = await self._cluster.list_container_instances()
        await self._describe.instances(instances)
        tasks = await self._list_tasks(desired)
        if desired.gate is not None:
            await self._daemon_services(desired.gate.attribute)
        unlisted, unlisted_tasks = self._view.unlisted(instances, tasks)
        await self._describe.instances(unlisted)
        await self._describe.tasks(
            [
                *(arn for arn in tasks if not self._view.knows_stopped(arn)),
                *unlisted_tasks,
            ]
        )
        self._emit((ListingEnded(began, self._clock.now(), services_asked(desired)),))

    async def _list_tasks(self, desired: Desired) -> tuple[TaskArn, ...]:
        ours = await self._cluster.list_tasks(started_by=started_by(desired.owner))
        found = dict.fromkeys(ours)
        for family in families(desired):
            for stopped in (False, True):
                listed = await self._cluster.list_tasks(family=family, stopped=stopped)
                found.update(dict.fromkeys(listed))
        for service in await self._services(services_asked(desired)):
            found.update(dict.fromkeys(await self._cluster.list_tasks(service=service)))
        return tuple(found)

    async def _daemon_services(self, gate: str) -> None:
        """An ECS DAEMON service must not ask for the gate: it is told where one does."""
        names = await self._cluster.list_services(strategy="DAEMON")
        self._emit((DaemonServices(names, await self._cluster.asking_for(gate, names)),))

    async def _services(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        """The services that are meant; only patterns need the list of all."""
        patterns = [name for name in asked if "*" in name]
        plain = [name for name in asked if "*" not in name]
        there = await self._cluster.list_services() if patterns else ()
        meant = (name for name in there if any(named(pattern, name) for pattern in patterns))
        return tuple(dict.fromkeys((*plain, *meant)))
