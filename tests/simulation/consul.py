"""Consul beside the simulated cluster: what it tells, when it is gone, and what may follow."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from daemonctl.local.world import World
from daemonctl.model.discovery import STALE_SECONDS
from daemonctl.model.spec import DependsOn
from daemonctl.ports import Sink
from daemonctl.runtime.datacenter import Datacenter
from tests.simulation.graves import Graves, SlowNodes
from tests.simulation.life import Call, Slot
from tests.simulation.loop import EPOCH, VirtualClock
from tests.simulation.scenario import CLUSTER, Scenario
from tests.stand_ins.consul_catalog import MemoryCatalog
from tests.stand_ins.gossip import STEP_SECONDS, Gossip

_NEWS_SECONDS = 5.0
"""So late may what Consul knows be known to the controller, gossip's steps included."""

_RETRY_SECONDS = 20.0
"""So late may it notice that Consul is back, or read it for the first time."""


class Consul:
    """One datacenter, whose agents are the tasks of one daemon."""

    def __init__(self, world: World, clock: VirtualClock, scenario: Scenario) -> None:
        self.gossip = Gossip(world, CLUSTER, scenario.agent, clock)
        self._world = world
        self._clock = clock
        self._scenario = scenario
        self._dice = random.Random(f"consul story {scenario.seed}")
        self.graves: Graves | None = None
        if scenario.ghosts is not None:
            self.graves = Graves(world, self.gossip, scenario)
        self._down_since: float | None = None
        self._up_since = EPOCH

    def datacenter(self, sink: Sink) -> Datacenter:
        """The watch of one life."""
        catalog = MemoryCatalog(self.gossip.registry, self._clock)
        return Datacenter(catalog, "dc1", self._clock, sink)

    async def agents(self) -> None:
        """Gossip, to the end of the run."""
        while True:
            if self.graves is not None:
                self.graves.name()
            self.gossip.step(self._clock.now())
            await self._clock.sleep(STEP_SECONDS)

    def nodes(self, removing: Callable[[str, str], None]) -> SlowNodes | None:
        """The nodes one by one, for one life; None where nobody looks for ghosts."""
        if self.graves is None:
            return None
        return SlowNodes(self.gossip, self._clock, self._scenario, removing)

    async def chaos(self) -> None:
        """Agents that the others cannot reach for a while, and outages of the servers."""
        await asyncio.gather(self._cuts(), self._outage())

    def calm(self) -> None:
        """Every agent can be reached; an outage that is for good goes on."""
        self.gossip.cut.clear()
        if self._scenario.consul_back:
            self._fail(down=False)

    @property
    def gone(self) -> bool:
        """Whether nobody can read it now: how its agents are is not known then."""
        return self._down_since is not None

    def unfair(self, call: Call, slot: Slot) -> str:
        """Why a stop of an agent for its health is none that Consul asked for; "" if it did."""
        ec2 = self._ec2(slot)
        down = self._down_since
        if down is not None and call.sent_at > down + STALE_SECONDS + _RETRY_SECONDS:
            return f"Consul has been gone since {call.sent_at - down:.0f} s"
        told_at = call.sent_at if down is None else min(call.sent_at, down)
        if self.gossip.last_dead.get(ec2, 0.0) < told_at - _NEWS_SECONDS:
            return "its agent is alive in Consul"
        return ""

    def too_early(self, call: Call, slot: Slot, condition: DependsOn) -> str:
        """Why a start must not rely on the agent there; "" where it may."""
        if condition is not DependsOn.READY or self._down_since is not None:
            return ""
        known_since = max(self._up_since, call.life.born) + _RETRY_SECONDS
        dead = self.gossip.dead_since.get(self._ec2(slot))
        if dead is None or call.sent_at < max(known_since, dead + _NEWS_SECONDS):
            return ""
        return f"its agent has not been alive in Consul for {call.sent_at - dead:.1f} s"

    def _ec2(self, slot: Slot) -> str:
        return self._world.clusters[CLUSTER].instances[slot[0]].host.id

    async def _cuts(self) -> None:
        while True:
            await self._clock.sleep(self._dice.uniform(10, 60))
            hosts = list(self._world.hosts)
            if not hosts:
                continue
            ec2 = self._dice.choice(hosts)
            self.gossip.cut[ec2] = None
            await self._clock.sleep(self._dice.choice((8.0, 40.0, 160.0)))
            self.gossip.cut.pop(ec2, None)

    async def _outage(self) -> None:
        begins, seconds = self._scenario.consul_gone
        if not seconds:
            return
        await self._clock.sleep(begins)
        self._fail(down=True)
        await self._clock.sleep(seconds)
        self._fail(down=False)

    def _fail(self, *, down: bool) -> None:
        now = self._clock.now()
        if down:
            self._down_since = now
        elif self._down_since is not None:
            self._down_since, self._up_since = None, now
        self.gossip.registry.fail(down=down)
