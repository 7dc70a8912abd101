"""Look-ups between resyncs: what became of ambiguous starts, and what is in doubt."""

from __future__ import annotations

from typing import Final

from daemonctl.model.ids import ContainerInstanceArn, TaskArn
from daemonctl.model.plan import Look
from daemonctl.ports import ApiError, Clock, Cluster
from daemonctl.runtime.crew import Backoff, Crew, end_if_cancelled
from daemonctl.runtime.describe import Describer, Emit
from daemonctl.runtime.facts import DaemonServices, HostListed, LookEnded
from daemonctl.runtime.view import View

_TRIES: Final = 3
"""Reads for one look. The planner asks for another look soon enough."""


class Lookups:
    """Reads a few things of one cluster; what they say comes back as facts."""

    def __init__(self, cluster: Cluster, clock: Clock, view: View, emit: Emit, crew: Crew) -> None:
        self._cluster = cluster
        self._clock = clock
        self._view = view
        self._emit = emit
        self._crew = crew
        self._describe = Describer(cluster, clock, emit)
        self._looking: dict[Look, None] = {}
        self._settling = False
        self._listing = False

    def look(self, look: Look, family: str) -> None:
        """Finds the tasks of a family on an instance, however they stand; then ``LookEnded``."""
        if look not in self._looking:
            self._looking[look] = None
            self._crew.spawn(self._look(look, family), "look")

    def settle(self, now: float) -> None:
        """Describes what is in doubt and due; one describe at a time, more come together."""
        if self._settling:
            return
        instances = self._view.instance_doubts.take(now)
        tasks = self._view.task_doubts.take(now)
        if instances or tasks:
            self._settling = True
            self._crew.spawn(self._settle(instances, tasks), "settle doubts")

    def list_hosts(self, now: float) -> None:
        """Lists all tasks of the hosts that leave and are due; one after the other."""
        if self._listing:
            return
        hosts = self._view.leaving.listings.take(now)
        if hosts:
            self._listing = True
            self._crew.spawn(self._list(hosts), "list leaving hosts")

    def due(self) -> float | None:
        """When something in doubt is to be described next; None while that goes on."""
        times: list[float | None] = []
        if not self._settling:
            times += [self._view.instance_doubts.next, self._view.task_doubts.next]
        if not self._listing:
            times.append(self._view.leaving.listings.next)
        return min((at for at in times if at is not None), default=None)

    async def _look(self, look: Look, family: str) -> None:
        backoff, answered = Backoff(1.0, 4.0), False
        try:
            for _ in range(_TRIES):
                try:
                    await self._find(look.instance, family)
                except ApiError:
                    end_if_cancelled()
                    await self._clock.sleep(backoff.wait())
                else:
                    answered = True
                    break
        finally:
            del self._looking[look]
        self._emit((LookEnded(look, self._clock.now(), answered),))

    async def _find(self, instance: ContainerInstanceArn, family: str) -> None:
        found: dict[TaskArn, None] = {}
        for stopped in (False, True):
            listed = await self._cluster.list_tasks(
                family=family, instance=instance, stopped=stopped
            )
            found.update(dict.fromkeys(listed))
        await self._describe.tasks([arn for arn in found if not self._view.knows_stopped(arn)])

    async def _list(self, hosts: tuple[ContainerInstanceArn, ...]) -> None:
        try:
            await self._daemon_services()
            for arn in hosts:
                began = self._clock.now()
                await self._find(arn, "")
                self._emit((HostListed(arn, began),))
        except ApiError:
            end_if_cancelled()  # what was not listed stays due
        finally:
            self._listing = False
        self._emit(())

    async def _daemon_services(self) -> None:
        """Which services ECS itself stops last on a host that drains."""
        try:
            names = await self._cluster.list_services(strategy="DAEMON")
        except ApiError:
            end_if_cancelled()  # unknown ones hold the daemons: later is safe, never is told
        else:
            self._emit((DaemonServices(names),))

    async def _settle(
        self, instances: tuple[ContainerInstanceArn, ...], tasks: tuple[TaskArn, ...]
    ) -> None:
        try:
            await self._describe.instances(instances)
            await self._describe.tasks(tasks)
        except ApiError:
            pass  # they stay in doubt and are asked for again
        finally:
            self._settling = False
        self._emit(())
