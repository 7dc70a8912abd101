"""Hosts that hold nothing but daemons, and hosts that ECS lists although they are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from daemonctl.check.scalein import deregister_faults, drain_faults
from daemonctl.model.desired import Desired
from daemonctl.model.ids import ContainerInstanceArn, Ec2InstanceId, short, started_by
from daemonctl.model.observed import Host, Observed
from daemonctl.model.reason import Condition, Notice
from daemonctl.model.spec import Limits, ScaleIn
from daemonctl.planning import scalein, zombies
from daemonctl.ports import ApiError
from daemonctl.runtime.chores import State, Tools

_DRAINED: Final = 10  # instances in one UpdateContainerInstancesState (API reference)
_NAMED: Final = 5
_ASK_SECONDS: Final = 60.0  # between two questions to EC2 about the same hosts


class ScaleInChore:
    """``scaleIn``: names hosts without work, and drains them where that is asked for."""

    needs_first_look: ClassVar[bool] = True

    def __init__(self, state: State, tools: Tools) -> None:
        self._state = state
        self._tools = tools
        self._since: Mapping[ContainerInstanceArn, float] = {}

    async def look(
        self, desired: Desired, observed: Observed, now: float, *, may_write: bool
    ) -> Sequence[Condition]:
        """See chores.Chore."""
        wish = self._state.spec.scale_in
        if wish is None:
            return ()
        mark, limits = started_by(desired.owner), desired.limits
        idle = scalein.look(observed, self._since, mark, wish, limits, now=now)
        self._since = idle.since
        if not idle.long:
            return ()
        seconds = f"for {wish.empty_after_seconds:g} s and longer"
        names = _names(observed, idle.long)
        words = f"{len(idle.long)} instances hold nothing but daemons {seconds}: {names}"
        found = [Condition(Notice.DAEMONS_ONLY, words)]
        if not wish.drain or not idle.drain or not may_write:
            return found
        refused = await self._half_full()
        if refused:
            return [*found, Condition(Notice.SCALE_IN_REFUSED, refused)]
        # Once more, as it is now: work may have come while ECS was asked.
        idle = scalein.look(observed, self._since, mark, wish, limits, now=now)
        await self._drain(idle.drain[:_DRAINED], observed, mark, wish, limits)
        return found

    async def _half_full(self) -> str:
        try:
            provider = await self._tools.surroundings.half_full()
        except ApiError as error:
            return f"none is drained: the cluster's scaling is not known ({error.code})"
        if not provider:
            return ""
        words = "its managed scaling keeps room free and would answer with new instances"
        return f"none is drained: {provider}: {words}"

    async def _drain(
        self,
        arns: Sequence[ContainerInstanceArn],
        observed: Observed,
        mark: str,
        wish: ScaleIn,
        limits: Limits,
    ) -> None:
        faults = drain_faults(arns, observed, mark, wish, limits)
        if not arns or self._tools.kept_back("scale_in", faults) or not self._tools.lent:
            return
        refused = await self._tools.surroundings.drain(arns)
        outcome, words = "ok", f"nothing but daemons: {_names(observed, arns)}"
        if refused:
            outcome, words = "refused", "; ".join(refused)
        self._tools.wrote("UpdateContainerInstancesState", outcome, words)
        await self._tools.describe.instances(arns)


class ZombieChore:
    """``zombies``: deregisters what EC2 says is gone and ECS still lists as ACTIVE."""

    needs_first_look: ClassVar[bool] = True

    def __init__(self, state: State, tools: Tools) -> None:
        self._state = state
        self._tools = tools
        self._asked_at = 0.0
        self._held: tuple[Condition, ...] = ()  # until EC2 is asked again

    async def look(
        self, desired: Desired, observed: Observed, now: float, *, may_write: bool
    ) -> Sequence[Condition]:
        """See chores.Chore."""
        after = self._state.spec.deregister_after_seconds
        hosts = () if after is None else zombies.suspects(observed, after, now)
        if after is None or not hosts or not may_write:
            return ()
        if now < self._asked_at + _ASK_SECONDS:
            return self._held
        self._asked_at, self._held = now, ()
        states = await self._tools.surroundings.machines([h.instance.ec2_id for h in hosts])
        dead = zombies.dead(hosts, states, now)
        going = zombies.capped(dead, observed, desired.limits)
        if dead and not going:
            words = f"EC2 says that {len(dead)} of {len(observed.hosts)} instances are gone"
            names = _names(observed, dead)
            why = f"{words}, more than maxClusterShare: none is deregistered: {names}"
            self._held = (Condition(Notice.ZOMBIES, why),)
        for arn in going:
            await self._deregister(arn, after, states, now)
        return self._held

    async def _deregister(
        self,
        arn: ContainerInstanceArn,
        after: float,
        states: Mapping[Ec2InstanceId, str],
        now: float,
    ) -> None:
        # Once more, as it is now: an agent may be back since.
        fresh = await self._tools.cluster.describe_container_instances([arn])
        held = self._state.observed
        before = None if held is None else held.hosts.get(arn)
        if before is None or not fresh.found or fresh.found[0].connected:
            return
        host = Host(fresh.found[0], disconnected_since=before.disconnected_since)
        faults = deregister_faults(host, states, after, now)
        if self._tools.kept_back("zombies", faults) or not self._tools.lent:
            return
        await self._tools.surroundings.deregister(arn)
        words = f"{short(arn)}: gone in EC2, its agent is disconnected"
        self._tools.wrote("DeregisterContainerInstance", "ok", words)
        await self._tools.describe.instances([arn])


def _names(observed: Observed, arns: Sequence[ContainerInstanceArn]) -> str:
    """What people call them: their EC2 ids."""
    more = f" and {len(arns) - _NAMED} more" if len(arns) > _NAMED else ""
    hosts = [(arn, observed.hosts.get(arn)) for arn in arns[:_NAMED]]
    ids = [short(arn) if host is None else host.instance.ec2_id for arn, host in hosts]
    return ", ".join(ids) + more
