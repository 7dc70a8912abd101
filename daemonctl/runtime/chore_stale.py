"""What is registered in Consul and not there: told, and taken out through the agent that has it.

Taken out of the catalog an entry would come back: its agent registers it again. So the agent is
asked, at the address that AWS gives for the instance, and only while it lives. Everything is read
afresh just before, Consul first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from msgspec import Struct

from daemonctl.check.stale import deregister_faults
from daemonctl.model.desired import Desired
from daemonctl.model.discovery import Service
from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.observed import Host, Observed
from daemonctl.model.reason import Condition, Notice
from daemonctl.planning.coverage import Gap, coverage, named
from daemonctl.ports import ApiError
from daemonctl.ports.consul import CatalogError
from daemonctl.ports.registrations import Registrations
from daemonctl.runtime.chores import Tools
from daemonctl.runtime.crew import end_if_cancelled
from daemonctl.runtime.registered import RegisteredHosts

GRACE_SECONDS: Final = 60.0
"""So long an entry is without its container before it is taken out."""

AGAIN_SECONDS: Final = 60.0  # after a try that failed
_PER_MINUTE: Final = 20
_NAMED: Final = 3

Key = tuple[ContainerInstanceArn, str]


class Stale(Struct, frozen=True):
    """An entry of a container that is gone."""

    service: Service
    since: float  # when it was first seen so, epoch seconds
    tried_at: float = 0.0
    why: str = ""  # why it is still there, with the next step


class StaleChore:
    """Keeps ``entries``, and takes out what is past its grace."""

    needs_first_look: ClassVar[bool] = True

    def __init__(self, hosts: RegisteredHosts, registrations: Registrations, tools: Tools) -> None:
        self.entries: dict[Key, Stale] = {}
        self.missing = 0  # tasks with a port that is not in Consul
        self._hosts = hosts
        self._registrations = registrations
        self._tools = tools
        self._removed: list[float] = []

    async def look(
        self, desired: Desired, observed: Observed, now: float, *, may_write: bool
    ) -> Sequence[Condition]:
        """See chores.Chore."""
        del desired
        gaps = self._take(observed, now)
        known = observed.catalog is not None and observed.catalog.known
        if may_write and known:
            await self._take_out(observed, now)
        return self._conditions(gaps, now)

    def _take(self, observed: Observed, now: float) -> list[tuple[Host, Gap]]:
        """What is missing and what is stale now. Where all is well there is nothing to look at."""
        gaps: list[tuple[Host, Gap]] = []
        entries: dict[Key, Stale] = {}
        for arn in self._hosts.due:
            host = observed.hosts.get(arn)
            if host is None or host.registered is None or not host.instance.connected:
                continue
            found = coverage(host.registered)
            gaps += [(host, gap) for gap in found.missing]
            for service in found.stale:
                key = (arn, service.id)
                entries[key] = self.entries.get(key) or Stale(service, now)
        self.entries = entries
        self.missing = len({gap.task for _, gap in gaps})
        return gaps

    async def _take_out(self, observed: Observed, now: float) -> None:
        self._removed = [at for at in self._removed if at > now - 60.0]
        ripe: dict[ContainerInstanceArn, list[Key]] = {}
        for key, entry in self.entries.items():
            if now >= max(entry.since + GRACE_SECONDS, entry.tried_at + AGAIN_SECONDS):
                ripe.setdefault(key[0], []).append(key)
        for arn, keys in ripe.items():
            left = _PER_MINUTE - len(self._removed)
            if left <= 0:
                return
            why = ""
            try:
                why = await self._of_host(observed.hosts[arn], keys[:left], observed, now)
            except (ApiError, CatalogError) as error:
                end_if_cancelled()
                why = f"{error.code}: {error.message}"
            for key in keys[:left]:
                held = self.entries[key]
                self.entries[key] = Stale(held.service, held.since, now, why)

    async def _of_host(
        self, host: Host, keys: Sequence[Key], observed: Observed, now: float
    ) -> str:
        """Takes entries of one host out; why not, "" where it has."""
        agent, address = host.agent, host.instance.private_ip
        if agent is None or not address or agent.address != address:
            at = "" if agent is None else agent.address
            return (
                f"its agent is at {at or 'no address'}, the instance at {address or 'none known'}: "
                "deregister it there with `consul services deregister -id=ID`"
            )
        listed = {each.id for each in await self._registrations.of_node(agent.node)}
        kept = await self._registrations.of_agent(address)
        services = [each for each in kept if each.id in listed]
        cluster = self._tools.cluster
        tasks = [
            *await cluster.list_tasks(instance=host.instance.arn),
            *await cluster.list_tasks(instance=host.instance.arn, stopped=True),
        ]
        answer = await cluster.describe_tasks(tasks)
        seen = self._hosts.now_there(host, answer.found, services, now)
        if seen is None or answer.missing:
            return "what runs there is not known now"
        stale = {each.id: each for each in coverage(seen).stale}
        for key in keys:
            found, since = stale.get(key[1]), self.entries[key].since
            if found is None:
                continue  # gone by itself, or its container is there again
            faults = deregister_faults(found, host, answer.found, observed, since=since, now=now)
            if self._tools.kept_back("stale_service", faults) or not self._tools.lent:
                continue
            await self._registrations.deregister(address, found.id)
            self._removed.append(now)
            words = (
                f"{found.id} (port {found.port}) on {host.instance.ec2_id}: its container is gone"
            )
            self._tools.wrote("DeregisterService", "ok", words)
        return ""

    def _conditions(self, gaps: Sequence[tuple[Host, Gap]], now: float) -> list[Condition]:
        found: list[Condition] = []
        if gaps:
            where = len({host.instance.arn for host, _ in gaps})
            words = f"{len(gaps)} published ports on {where} instances are not in Consul"
            names = named([gap for _, gap in gaps])
            step = "`daemonctl explain` with the instance tells more"
            found.append(Condition(Notice.UNREGISTERED, f"{words}: {names}; {step}"))
        old = [one for one in self.entries.values() if now >= one.since + GRACE_SECONDS]
        if old:
            ids = ", ".join(one.service.id for one in old[:_NAMED])
            more = f" and {len(old) - _NAMED} more" if len(old) > _NAMED else ""
            why = next((f"; {one.why}" for one in old if one.why), "")
            words = f"{len(old)} services in Consul are of containers that are gone"
            found.append(Condition(Notice.STALE_SERVICES, f"{words}: {ids}{more}{why}"))
        return found
