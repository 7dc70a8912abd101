"""Registrators that miss, die and leave entries behind, judged by what really runs.

A story of its own beside the great simulation: one cluster with a service that comes and goes, its
registrators, and a controller that asks what is registered. The oracle sees every deregistration
and every restart when it arrives, and knows containers, not what the controller believes.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter

from msgspec.structs import replace

from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.local.world.task import RUNNING, Task
from daemonctl.model.plan import StopTask
from daemonctl.model.reason import Code
from daemonctl.model.spec import ConsulSpec, Share
from daemonctl.runtime.datacenter import Datacenter
from daemonctl.runtime.doorbell import Doorbell
from daemonctl.runtime.service import ClusterService
from tests.simulation.loop import VirtualLoop
from tests.stand_ins.consul_catalog import MemoryCatalog
from tests.stand_ins.gossip import Gossip
from tests.stand_ins.registrator import Reader, Registrators, services_of
from tests.unit.runtime.rig import AGENT, REGISTRATOR, Rig

DAEMONS = (
    replace(AGENT, agent_alive=True),
    replace(REGISTRATOR, services_registered=True, max_unavailable=Share(1)),
)
CHAOS_SECONDS = 1500.0
CALM_SECONDS = 900.0
MISSED_SECONDS = 100.0
"""A restart needs something that has really been missing for so long, a look or two apart."""

SENT_SECONDS = 5.0
"""So long a call may be on its way."""


class Judge(Reader):
    """What the controller reads and writes by; a write is weighed before it is done."""

    def __init__(self, story: Story) -> None:
        super().__init__(story.there)
        self._story = story

    async def deregister(self, address: str, service: str) -> None:
        self._story.judge_deregistration(address, service)
        await super().deregister(address, service)


class Story:
    """One seed."""

    def __init__(self, loop: VirtualLoop, seed: int) -> None:
        self.dice = random.Random(f"covered {seed}")
        self.rig = rig = Rig(loop, instances=4)
        self.gossip = Gossip(rig.world, CLUSTER, "consul-agent", rig.clock)
        self.there = Registrators(rig.world, CLUSTER, self.gossip.registry, rig.clock)
        self.breaches: list[str] = []
        self.hits: Counter[str] = Counter()
        self.service: ClusterService | None = None
        self._missing: dict[str, float] = {}  # since when, by task
        self._lately: dict[str, tuple[str, float, float]] = {}  # where, since when, until when
        self._judged = 0
        self._loops = [
            asyncio.ensure_future(work)
            for work in (self.gossip.run(), self.there.run(), self._watch())
        ]
        self.rig.call("CreateService", serviceName="web", taskDefinition="kibana", desiredCount=8)

    def begin(self) -> None:
        """A controller with empty memory."""
        rig, registry = self.rig, self.gossip.registry
        self.service = rig.start(
            rig.spec(daemons=DAEMONS, consul=ConsulSpec("http://consul"), resync_seconds=60.0),
            datacenter=Datacenter(MemoryCatalog(registry, rig.clock), "dc1", rig.clock, rig.sink),
            doorbell=Doorbell(Judge(self), rig.clock),
        )

    async def play(self) -> None:
        """Chaos, then calm, then what has to hold in the end."""
        self.begin()
        await self.rig.settle(200)
        end = self.rig.clock.now() + CHAOS_SECONDS
        while self.rig.clock.now() < end:
            await self.rig.settle(self.dice.uniform(5, 60))
            happening = self.dice.choice(HAPPENINGS)
            self.hits[happening] += 1
            await getattr(self, happening)()
        self.rig.world.faults.clear()
        self.gossip.registry.fail(down=False)
        self.there.ring()
        for held in (self.there.quiet, self.there.deaf, self.gossip.cut):
            held.clear()
        self.there.unreachable = False
        await self.rig.settle(CALM_SECONDS)
        self._judge_end()
        assert self.service is not None
        await self.service.stop()
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

    # what happens

    async def missed(self) -> None:
        for task in self.dice.sample(self._web(), k=min(2, len(self._web()))):
            self.there.deaf[task.arn] = self.rig.clock.now()

    async def quiet(self) -> None:
        self.there.quiet[self.dice.choice([*self.rig.world.hosts])] = None

    async def heard_again(self) -> None:
        self.there.quiet.clear()

    async def container_killed(self) -> None:
        if found := [*self.rig.live()]:
            self.rig.world.kill_task(self.dice.choice(found).arn, self.rig.clock.now())

    async def scaled(self) -> None:
        self.rig.call("UpdateService", service="web", desiredCount=self.dice.randint(2, 12))

    async def events_lost(self) -> None:
        for kind in ("event_lost", "event_shuffled", "stale_list"):
            until = self.rig.clock.now() + 60
            self.rig.world.faults.set(kind, rate=self.dice.uniform(0.2, 0.9), until=until)

    async def consul_gone(self) -> None:
        self.gossip.registry.fail(down=True)
        self.there.ring()
        await self.rig.settle(self.dice.choice((5.0, 90.0)))
        self.gossip.registry.fail(down=False)
        self.there.ring()

    async def agent_cut(self) -> None:
        ec2 = self.dice.choice([*self.rig.world.hosts])
        self.gossip.cut[ec2] = None
        await self.rig.settle(self.dice.choice((10.0, 80.0)))
        self.gossip.cut.pop(ec2, None)

    async def agents_out_of_reach(self) -> None:
        self.there.unreachable = not self.there.unreachable

    async def controller_killed(self) -> None:
        await self.rig.kill()
        self.begin()

    def _web(self) -> list[Task]:
        return [task for task in self.rig.live("kibana") if task.on_host == RUNNING]

    # what is judged

    def judge_deregistration(self, address: str, service: str) -> None:
        """Never the entry of a container that runs."""
        self.hits["deregistered"] += 1
        for task in self.rig.world.clusters[CLUSTER].tasks.values():
            host = task.instance.host
            if task.on_host != RUNNING or host.private_ip != address:
                continue
            if any(each.id == service for each in services_of(task, host.id, address)):
                self.breaches.append(f"{service} was taken out, and {task.arn} runs")
        if self.gossip.registry.down:
            self.breaches.append(f"{service} was taken out while Consul was down")

    async def _watch(self) -> None:
        while True:
            self._look(self.rig.clock.now())
            await self.rig.clock.sleep(0.5)

    def _look(self, now: float) -> None:
        self._judge_restarts(now)
        kept = {key for held in self.there.services.values() for key in held}
        running = {task.arn: task for task in self._web()}
        for arn, task in running.items():
            entries = services_of(task, task.instance.host.id, "")
            if all(each.id in kept for each in entries):
                self._missing.pop(arn, None)
            else:
                self._missing.setdefault(arn, now)
                self._lately[arn] = (task.instance.arn, self._missing[arn], now)
        for arn in [arn for arn in self._missing if arn not in running]:
            del self._missing[arn]

    def _judge_restarts(self, now: float) -> None:
        """Something there has been missing; what was sent just before it came back counts."""
        told = self.rig.sink.actions
        for action, outcome, _ in told[self._judged :]:
            if not isinstance(action, StopTask) or action.code != Code.COVERAGE or outcome != "ok":
                continue
            self.hits["restarted"] += 1
            since = [
                began
                for place, began, seen in self._lately.values()
                if place == action.instance and seen >= now - SENT_SECONDS
            ]
            if not since or now < min(since) + MISSED_SECONDS:
                self.breaches.append(f"{action.daemon} was restarted in vain on {action.instance}")
        self._judged = len(told)

    def _judge_end(self) -> None:
        """All that runs is in Consul, nothing else is, and nobody is told otherwise."""
        self._look(self.rig.clock.now())
        self.breaches += [f"{arn} runs and is not in Consul" for arn in self._missing]
        running = {
            each.id for task in self._web() for each in services_of(task, task.instance.host.id, "")
        }
        for held in self.there.services.values():
            self.breaches += [f"{key} is stale in Consul" for key in held if key not in running]
        self.breaches += [f"the check: {name}: {words}" for name, words in self.rig.sink.violations]
        assert self.service is not None
        state = self.service.coverage
        if state is None or state.trouble or state.missing or state.stale:
            self.breaches.append(f"what is told in the end: {state}")
        codes = {verdict.code for verdict in self.service.verdicts.values()}
        if codes != {Code.READY}:
            self.breaches.append(f"the verdicts in the end: {sorted(codes)}")


HAPPENINGS = (
    "missed",
    "missed",
    "quiet",
    "heard_again",
    "container_killed",
    "container_killed",
    "scaled",
    "scaled",
    "events_lost",
    "consul_gone",
    "agent_cut",
    "agents_out_of_reach",
    "controller_killed",
)
"""What may happen, each by the method of its name."""
