"""On the local ECS in memory: a followed family over two clusters, and a pause over a crash."""

from __future__ import annotations

import random
from collections import Counter

from msgspec.structs import replace

from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.local.memory import MemoryTransport
from daemonctl.local.world import Behaviour, World
from daemonctl.local.world.ready_made import CLUSTER, CONSUL_AGENT, seed
from daemonctl.model.ids import ClusterAlias, Owner
from daemonctl.model.rollout import Phase
from daemonctl.model.spec import ClusterSpec, Installation, Share
from daemonctl.runtime.commands import Command, Verb
from daemonctl.runtime.fleet import Fleet
from daemonctl.runtime.service import ClusterService
from tests.simulation.loop import VirtualClock, VirtualLoop, VirtualSchedule
from tests.stand_ins.consul import MemoryStore
from tests.unit.runtime.rig import AGENT, Rig, Told, on_virtual_time

FOLLOWS = replace(AGENT, follow=True, max_unavailable=Share(1))
HOSTS = 3


class Two:
    """A controller over clusters ``local`` and ``second`` of one account."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.clock = VirtualClock(loop)
        self.world = World(dice=random.Random(7).random)
        self.told = Told()
        now = self.clock.now()
        seed(self.world, HOSTS, now)
        self.call("CreateCluster", clusterName="second")
        self.world.add_instances("second", HOSTS, now)
        self.fleet = Fleet(self.make, self.clock)

    def call(self, operation: str, **params: object) -> None:
        self.world.call("ecs", operation, params, self.clock.now())

    def make(self, spec: ClusterSpec, budget: float) -> ClusterService:
        transport = MemoryTransport(self.world, self.clock, latency=lambda: 0.02)
        buckets = Buckets(self.clock, budget=budget, jitter=lambda: 0.5)
        return ClusterService(
            spec,
            cluster=EcsCluster(transport, buckets, spec.name, self.told, self.clock),
            events=None,
            clock=self.clock,
            schedule=VirtualSchedule(self.loop),
            sink=self.told,
        )

    def config(self) -> Installation:
        def cluster(name: str) -> ClusterSpec:
            alias, owner = ClusterAlias(name), Owner("test")
            return ClusterSpec(alias, name, owner, "us-east-1", (FOLLOWS,), poll_seconds=2.0)

        return Installation(Owner("test"), (cluster(CLUSTER), cluster("second")), 0.5)

    def runs(self, cluster: str) -> dict[int, int]:
        tasks = self.world.clusters[cluster].tasks.values()
        running = (task for task in tasks if task.last_status == "RUNNING")
        return dict(Counter(task.definition.revision for task in running))

    async def watch(self, seconds: float) -> list[tuple[dict[int, int], dict[int, int]]]:
        """What runs on both, each tenth of a second, where it changed."""
        seen = []
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            self.world.advance(self.clock.now())
            both = self.runs(CLUSTER), self.runs("second")
            if not seen or seen[-1] != both:
                seen.append(both)
            await self.clock.sleep(0.1)
        return seen


def test_a_new_revision_goes_through_one_cluster_after_the_other() -> None:
    async def story(loop: VirtualLoop) -> None:
        two = Two(loop)
        await two.fleet.apply(two.config())
        await two.watch(100)
        two.call("RegisterTaskDefinition", **CONSUL_AGENT)
        seen = await two.watch(100)
        assert seen[-1] == ({2: HOSTS}, {2: HOSTS})
        early = [first for first, second in seen if 2 in second and 1 in first]
        assert early == []
        assert two.told.violations == []
        await two.fleet.stop()

    on_virtual_time(story)


def test_a_bad_one_stops_at_the_first() -> None:
    async def story(loop: VirtualLoop) -> None:
        two = Two(loop)
        await two.fleet.apply(two.config())
        await two.watch(100)
        two.world.behave("consul-agent:2", Behaviour(exit_after=0.3))
        two.call("RegisterTaskDefinition", **CONSUL_AGENT)
        seen = await two.watch(300)
        assert seen[-1] == ({1: HOSTS}, {1: HOSTS})
        assert any(2 in first for first, _ in seen)
        assert not any(2 in second for _, second in seen)
        await two.fleet.stop()

    on_virtual_time(story)


def test_with_a_store_a_pause_half_way_outlives_a_crash() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig, store = Rig(loop, instances=6), MemoryStore()
        pinned = replace(AGENT, task_definition="consul-agent:1", max_unavailable=Share(1))
        spec = rig.spec(queue_url="", poll_seconds=2.0, daemons=(pinned,))
        service = rig.start(spec, store=store)
        await rig.settle(90)
        rig.world.call("ecs", "RegisterTaskDefinition", CONSUL_AGENT, rig.clock.now())
        later = replace(spec, daemons=(replace(pinned, task_definition="consul-agent:2"),))
        service.replace(later)

        def runs() -> dict[int, int]:
            return dict(Counter(task.definition.revision for task in rig.live("consul-agent")))

        await rig.until(lambda: runs().get(2) == 2, within=60)
        await service.order(Command(Verb.PAUSE, "ann", AGENT.name))
        await rig.settle(20)
        held = runs()
        await rig.kill()
        await rig.settle(5)
        service = rig.start(later, store=store)
        await rig.settle(150)
        assert runs() == held
        assert 1 in held
        rollout = service.rollout_of(AGENT.name)
        assert rollout is not None
        assert (rollout.phase, rollout.pause is not None) == (Phase.ROLLING, True)
        assert [entry.cause for entry in rollout.history] == ["found running", "config"]
        await service.order(Command(Verb.RESUME, "bob", AGENT.name))
        await rig.until(lambda: runs() == {2: 6}, within=120)
        assert rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)
