"""Hosts that leave: once one is DRAINING, every task on it has to be known.

Its daemons may only go when nothing else is left there. So its tasks are listed, whoever started
them, and described again now and then, for a lost event must not hold a host for long.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Final

from msgspec.structs import replace

from daemonctl.model.cluster import ContainerInstance, Task
from daemonctl.model.ids import ContainerInstanceArn, Ec2InstanceId
from daemonctl.model.observed import Host
from daemonctl.planning.groups import SERVICE
from daemonctl.runtime.doubts import Doubts
from daemonctl.runtime.facts import DaemonServices, Fact, HostListed, SpotWarning

SETTLE_SECONDS: Final = 10.0
"""How long after a drain was seen its tasks are listed: what was started just before is shown.

Less where ``listingLagSeconds`` is less: lists trail the truth by no more than that.
"""

RELIST_SECONDS: Final = 600.0
"""How often after that: ECS places nothing on it, only StartTask might."""

LOOK_SECONDS: Final = 30.0
"""How often others' tasks there are described again; on a grid, so that a hundred go together."""


def next_host(held: Host | None, instance: ContainerInstance, at: float) -> Host:
    """The host with its instance as it is now; what is counted since some moment goes on."""
    held = held or Host(instance)
    disconnected = held.disconnected_since if held.disconnected_since is not None else at
    draining = held.draining_since if held.draining_since is not None else at
    drains = instance.status == "DRAINING"
    return replace(
        held,
        instance=instance,
        disconnected_since=None if instance.connected else disconnected,
        draining_since=draining if drains else None,
        listed_at=held.listed_at if drains else None,
    )


def next_look(host: Host | None, task: Task, at: float) -> float | None:
    """When a task that keeps a host from leaving is described again; None: it needs not be."""
    if host is None or host.draining_since is None or task.stopped:
        return None
    return ceil((at + LOOK_SECONDS) / LOOK_SECONDS) * LOOK_SECONDS


class Leaving:
    """The hosts of a view that leave, and when their tasks are to be listed."""

    def __init__(
        self, hosts: dict[ContainerInstanceArn, Host], listing_lag: Callable[[], float]
    ) -> None:
        self._hosts = hosts
        self._listing_lag = listing_lag
        self.listings: Doubts[ContainerInstanceArn] = Doubts()
        self.daemon_services: frozenset[str] = frozenset()  # their groups
        self.gated_daemons: tuple[str, ...] = ()

    def moved(self, before: Host | None, after: Host) -> None:
        """A host was seen anew: one that begins to drain is to be listed, one that ended is not."""
        arn = after.instance.arn
        if after.draining_since is None:
            self.listings.seen(arn)
        elif before is None or before.draining_since is None:
            self.listings.ask(arn, self._settled(after.draining_since))

    def _settled(self, draining_since: float) -> float:
        return draining_since + min(SETTLE_SECONDS, self._listing_lag())

    def apply(self, fact: Fact) -> tuple[ContainerInstanceArn, ...]:
        """Takes in what concerns hosts that leave. Returns those that changed."""
        match fact:
            case HostListed():
                return self._listed(fact)
            case SpotWarning():
                return self._warned(fact)
            case DaemonServices():
                return self._services(fact)
            case _:
                return ()

    def _services(self, fact: DaemonServices) -> tuple[ContainerInstanceArn, ...]:
        self.gated_daemons = self.gated_daemons if fact.gated is None else fact.gated
        groups = frozenset(SERVICE + name for name in fact.names)
        if groups == self.daemon_services:
            return ()
        self.daemon_services = groups
        return tuple(a for a, host in self._hosts.items() if host.draining_since is not None)

    def _listed(self, fact: HostListed) -> tuple[ContainerInstanceArn, ...]:
        """All its tasks are known now, if the listing began late enough."""
        host = self._hosts.get(fact.instance)
        if host is None or host.draining_since is None:
            self.listings.seen(fact.instance)
            return ()
        self.listings.seen(fact.instance)
        settled = self._settled(host.draining_since)
        if fact.began < settled:
            self.listings.ask(fact.instance, settled)
            return ()
        self.listings.ask(fact.instance, fact.began + RELIST_SECONDS)
        self._hosts[fact.instance] = replace(host, listed_at=fact.began)
        return (fact.instance,)

    def _warned(self, fact: SpotWarning) -> tuple[ContainerInstanceArn, ...]:
        """EC2 said when it takes the machine."""
        for arn, host in self._hosts.items():
            if host.instance.ec2_id == Ec2InstanceId(fact.ec2_id):
                self._hosts[arn] = replace(host, leaves_at=fact.leaves_at)
                return (arn,)
        return ()
