"""Room for daemons that do not fit: tasks of the services that ``makeRoom`` names give way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from daemonctl.check.room import room_faults
from daemonctl.model.cluster import Resources, TaskDefinition
from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.ids import ContainerInstanceArn, DaemonName, TaskDefinitionArn
from daemonctl.model.observed import Host, Observed
from daemonctl.model.plan import StopKind, StopTask
from daemonctl.model.reason import Code, Condition, Notice
from daemonctl.model.surroundings import Service, Tenant
from daemonctl.planning import room
from daemonctl.planning.fit import shortages
from daemonctl.planning.groups import any_named, service_of
from daemonctl.runtime.chores import State, Tools

_LOOKS: Final = 3  # instances looked at in one turn: each costs some reads

_NAMED: Final = 3

Attempt = tuple[ContainerInstanceArn, DaemonName, str]
"""An instance, a daemon and what was short."""


class RoomChore:
    """Makes room on one instance after the other, each for one daemon at a time."""

    needs_first_look: ClassVar[bool] = True

    def __init__(self, state: State, tools: Tools) -> None:
        self._state = state
        self._tools = tools
        self._tried: dict[Attempt, float] = {}
        self._told: dict[tuple[DaemonName, ContainerInstanceArn], str] = {}
        self._definitions: dict[TaskDefinitionArn, TaskDefinition] = {}

    async def look(
        self, desired: Desired, observed: Observed, now: float, *, may_write: bool
    ) -> Sequence[Condition]:
        """See chores.Chore."""
        self._tried = {key: at for key, at in self._tried.items() if now < at + room.AGAIN_SECONDS}
        cramped = self._cramped(desired, observed)
        self._told = {key: words for key, words in self._told.items() if key in cramped}
        busy: dict[str, None] = {}  # services that gave way in this turn
        looks = 0
        for (_, arn), daemon in cramped.items():
            if looks >= _LOOKS or not may_write or self._tools.cluster.tokens().calls <= 0:
                break
            host = observed.hosts.get(arn)  # it may have left while another one was looked at
            looks += host is not None and await self._make(daemon, host, busy, now)
        return _conditions(cramped, self._told)

    def _cramped(
        self, desired: Desired, observed: Observed
    ) -> dict[tuple[DaemonName, ContainerInstanceArn], DesiredDaemon]:
        """The slots that room may be made for, in a fixed order."""
        able = [d for d in desired.daemons if d.spec.make_room and d.definition is not None]
        if not able:
            return {}
        return {
            (daemon.spec.name, arn): daemon
            for daemon in able
            for arn in sorted(observed.hosts)
            if (seen := self._state.verdicts.get((arn, daemon.spec.name))) is not None
            and seen.code is Code.NO_FIT
        }

    async def _make(
        self, daemon: DesiredDaemon, host: Host, busy: dict[str, None], now: float
    ) -> bool:
        """Tries for one slot; whether that cost reads."""
        if daemon.definition is None:
            return False
        name, needs, arn = daemon.spec.name, daemon.definition.needs, host.instance.arn
        lack = shortages(needs, host.instance, Resources())
        attempt = (arn, name, ", ".join(part.split(":", 1)[0] for part in lack.split("; ")))
        if not lack or attempt in self._tried:
            return False
        fresh = await self._tools.cluster.describe_container_instances([arn])
        if not fresh.found or fresh.found[0].status != "ACTIVE" or not fresh.found[0].connected:
            return True
        host = Host(fresh.found[0])
        tenants = await self._tenants(daemon, host)
        services = await self._services(tenants)
        way = room.make(needs, host.instance, tenants, services)
        self._told[name, arn] = f"{host.instance.ec2_id}: {way.words}"
        chosen = [tenant for tenant in tenants if tenant.task.arn in way.tasks]
        if not chosen or any(tenant.service in busy for tenant in chosen):
            return True
        faults = room_faults(way.tasks, host, needs, tenants, services)
        if self._tools.kept_back("room", faults) or not self._tools.lent:
            return True
        self._tried[attempt] = now
        busy.update(dict.fromkeys(tenant.service for tenant in chosen))
        for tenant in chosen:
            if self._tools.lent:
                await self._stop(name, tenant)
        await self._tools.describe.instances([arn])  # the start follows at once
        return True

    async def _tenants(self, daemon: DesiredDaemon, host: Host) -> list[Tenant]:
        """The tasks there of services that the daemon may displace, as they are now."""
        listed = await self._tools.cluster.list_tasks(instance=host.instance.arn)
        found = (await self._tools.cluster.describe_tasks(listed)).found
        able = [task for task in found if any_named(daemon.spec.make_room, task.group)]
        if not able:
            return []
        kept = await self._tools.surroundings.protected([task.arn for task in able])
        tenants = []
        for task in able:
            if task.definition not in self._definitions:
                definition = await self._tools.cluster.describe_task_definition(task.definition)
                self._definitions[task.definition] = definition
            needs = self._definitions[task.definition].needs
            tenants.append(Tenant(task, service_of(task.group), needs, task.arn in kept))
        return tenants

    async def _services(self, tenants: Sequence[Tenant]) -> dict[str, Service]:
        names = list(dict.fromkeys(tenant.service for tenant in tenants))
        found = await self._tools.surroundings.services(names) if names else ()
        return {service.name: service for service in found}

    async def _stop(self, name: DaemonName, tenant: Tenant) -> None:
        task = tenant.task
        words = f"{name} does not fit beside it; {tenant.service} has makeRoom"
        stop = StopTask(name, task.instance, task.arn, StopKind.ROOM, "ROOM", words)
        await self._tools.cluster.stop_task(stop)
        self._tools.sink.action(self._tools.alias, stop, "ok", words)


def _conditions(
    cramped: dict[tuple[DaemonName, ContainerInstanceArn], DesiredDaemon],
    told: dict[tuple[DaemonName, ContainerInstanceArn], str],
) -> tuple[Condition, ...]:
    rows: dict[DaemonName, list[str]] = {}
    for name, arn in cramped:
        if (name, arn) in told:
            rows.setdefault(name, []).append(told[name, arn])
    return tuple(Condition(Notice.ROOM, _listed(words), name) for name, words in rows.items())


def _listed(words: list[str]) -> str:
    more = f"; and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return "; ".join(words[:_NAMED]) + more
