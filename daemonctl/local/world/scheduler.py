"""The service scheduler: hears what happens and looks at the services that it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world import daemon_service, deployments, replica
from daemonctl.local.world.agenda import happening
from daemonctl.local.world.service import DAEMON

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.service import Service
    from daemonctl.local.world.task import Task


class ServiceScheduler:
    """Wakes services a moment after a change; many changes in that moment are one look."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def task_ran(self, task: Task, now: float) -> None:
        """A task runs, or its health changed: its deployment may go on."""
        service = self._owner(task)
        if service is not None:
            if task.last_status == "RUNNING" and task.health != "UNHEALTHY":
                service.failures = 0
            self.wake(service, now)

    def task_left(self, task: Task, now: float) -> None:
        """A task leaves: its service replaces it, and others may have waited for its room."""
        owner = self._owner(task)
        if owner is not None:
            deployments.task_left(self._core, owner, task, now)
            self.wake(owner, now)
        for service in self._core.clusters[task.cluster].services.values():
            if service.short and service is not owner:
                self.wake(service, now)

    def task_stopped(self, task: Task, now: float) -> None:
        """On a draining instance the last other task makes way for the daemons' end."""
        if task.instance.status == "DRAINING":
            self._wake_all(task.cluster, now, only_daemons=True)

    def instance_changed(self, instance: Instance, now: float) -> None:
        """It may now take or have to lose tasks of any service."""
        self._wake_all(instance.cluster, now, only_daemons=False)

    def service_changed(self, service: Service, now: float) -> None:
        """It was created, updated or is to go."""
        self.wake(service, now)

    def wake(self, service: Service, now: float, after: float | None = None) -> None:
        """Look at a service after so many seconds, or earlier if that is already planned."""
        due = now + (self._core.switches.scheduler_seconds if after is None else after)
        if service.status == "INACTIVE" or (service.wake_at is not None and service.wake_at <= due):
            return
        service.wake_at = due
        self._core.agenda.at(due, _look, self._core, service)

    def _wake_all(self, cluster: str, now: float, *, only_daemons: bool) -> None:
        for service in self._core.clusters[cluster].services.values():
            if not only_daemons or service.strategy == DAEMON:
                self.wake(service, now)

    def _owner(self, task: Task) -> Service | None:
        if task.service is None:
            return None
        return self._core.clusters[task.cluster].services.get(task.service)


@happening
def _look(now: float, core: Core, service: Service) -> None:
    if service.wake_at != now or service.status == "INACTIVE":
        return
    service.wake_at = None
    look = daemon_service.look if service.strategy == DAEMON else replica.look
    again = look(core, service, now)
    if again is not None:
        core.scheduler.wake(service, now, again)
