"""The clusters of one installation: started, replaced and ended as the config says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from daemonctl.model.ids import ClusterAlias, DaemonName
from daemonctl.model.spec import ClusterSpec, Installation
from daemonctl.ports import Clock
from daemonctl.runtime.commands import Answer, Answered, Command
from daemonctl.runtime.kept import Kept, NotLeadingError
from daemonctl.runtime.liveness import LoopTurn
from daemonctl.runtime.procession import may_follow
from daemonctl.runtime.report import NotFoundError

Make = Callable[[ClusterSpec, float], Kept]
"""Builds what keeps a cluster; the number is the installation's share of the API quota."""


class Fleet:
    """One service a cluster. Liveness, and the read models, of all of them."""

    def __init__(self, make: Make, clock: Clock) -> None:
        self._make = make
        self._clock = clock
        self._services: dict[ClusterAlias, Kept] = {}
        self._budget = 0.0

    @property
    def services(self) -> Sequence[Kept]:
        """In the config's order."""
        return tuple(self._services.values())

    def now(self) -> float:
        """The clock that the loops' turns were read from."""
        return self._clock.now()

    def loops(self) -> Sequence[LoopTurn]:
        """When each loop of each cluster last came round."""
        return [turn for service in self.services for turn in service.loops()]

    async def apply(self, installation: Installation) -> None:
        """Brings a config into force. A cluster that stays the same keeps its view and events."""
        held, self._services = self._services, {}
        before = dict(held)
        same_budget = installation.api_budget == self._budget
        self._budget = installation.api_budget
        leaving = []
        for spec in installation.clusters:
            service = held.pop(spec.alias, None)
            if service is not None and same_budget and _same(service.spec, spec):
                self._services[spec.alias] = service
                if service.spec != spec:
                    service.replace(spec)
                continue
            if service is not None:
                leaving.append(service)
        leaving += held.values()
        await asyncio.gather(*(service.stop() for service in leaving))
        services = {}
        for spec in installation.clusters:
            found = self._services.get(spec.alias)
            if found is None:
                found = self._make(spec, installation.api_budget)
                found.follow_by(partial(self._may_follow, spec.alias))
                if spec.alias in before:
                    found.inherit(before[spec.alias])
                found.start()
            services[spec.alias] = found
        self._services = services

    async def order(self, command: Command, alias: str = "") -> tuple[Answered, ...]:
        """See ``commands.Operator``."""
        asked = [each for each in self.services if alias in ("", each.spec.alias)]
        if not asked:
            known = ", ".join(self._services)
            raise NotFoundError(f'no cluster "{alias}"; the config has: {known}')
        for service in asked:
            names = [daemon.name for daemon in service.spec.daemons]
            if command.daemon and command.daemon not in names and not command.of_orphans:
                words = f'no daemon "{command.daemon}" on cluster {service.spec.alias}'
                raise NotFoundError(f"{words}; it has: {', '.join(names) or 'none'}")
        found = await asyncio.gather(*(_ordered(service, command) for service in asked))
        elsewhere = [each for each in found if isinstance(each, NotLeadingError)]
        if len(elsewhere) == len(found):
            raise elsewhere[0]
        return tuple(_answered(each) for each in found)

    def _may_follow(self, alias: ClusterAlias, name: DaemonName, since: float) -> bool:
        return may_follow(self.services, alias, name, since)

    async def stop(self) -> None:
        """Ends all clusters, side by side."""
        await asyncio.gather(*(service.stop() for service in self.services))


def _same(old: ClusterSpec, new: ClusterSpec) -> bool:
    """The same cluster, reached the same way: what is held of it stays true."""
    return _reached(old) == _reached(new)


def _reached(spec: ClusterSpec) -> tuple[object, ...]:
    access = (spec.name, spec.region, spec.role_arn, spec.owner, spec.queue_url, spec.election)
    wanted = spec.watches_catalog or spec.election is not None
    asks = (spec.wants_private_ips, spec.wants_registrations)
    return (*access, *asks, wanted and spec.consul)


async def _ordered(service: Kept, command: Command) -> Answered | NotLeadingError:
    try:
        return Answered(service.spec.alias, await service.order(command))
    except NotLeadingError as error:
        return error


def _answered(found: Answered | NotLeadingError) -> Answered:
    """One cluster's answer; where another replica leads it, where to ask."""
    if isinstance(found, Answered):
        return found
    return Answered(found.alias, Answer(done=False, words=str(found)), leader=found.address)
