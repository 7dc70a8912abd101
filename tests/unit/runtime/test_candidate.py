"""Two whole controllers on one cluster, which take turns, against the world and a lock store."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.adapters.sqs import SqsSource
from daemonctl.local.memory import MemoryTransport
from daemonctl.model.ids import ClusterAlias, Owner
from daemonctl.model.plan import StartTask
from daemonctl.model.reason import Notice
from daemonctl.model.spec import ClusterSpec
from daemonctl.ports import Wire
from daemonctl.runtime.candidate import Candidate
from daemonctl.runtime.commands import Command, Verb
from daemonctl.runtime.elsewhere import Elsewhere
from daemonctl.runtime.kept import NotLeadingError
from daemonctl.runtime.leadership import Replica
from daemonctl.runtime.mandate import Mandate
from daemonctl.runtime.report_source import Role
from daemonctl.runtime.service import ClusterService
from tests.simulation.loop import VirtualLoop, VirtualSchedule
from tests.stand_ins.consul import MemoryStore
from tests.stand_ins.locks import Locks, MemoryLease
from tests.unit.runtime.replicas import RULES, TAKEOVER, Own
from tests.unit.runtime.rig import Rig, Told, on_virtual_time


class Counting:
    """ports.Transport that counts what is asked."""

    def __init__(self, inner: MemoryTransport) -> None:
        self.inner = inner
        self.calls: list[str] = []

    async def call(self, service: str, operation: str, params: Wire) -> Wire:
        self.calls.append(operation)
        return await self.inner.call(service, operation, params)


class One:
    """One process."""

    def __init__(self, scene: Scene, name: str) -> None:
        rig = scene.rig
        self.lease = MemoryLease(scene.locks)
        self.sink = Told()
        self.inner = MemoryTransport(rig.world, rig.clock, latency=lambda: 0.05)
        self.transport = Counting(self.inner)
        self.replica = Replica(
            self.lease,
            RULES,
            owner=Owner("test"),
            clock=rig.clock,
            sink=self.sink,
            own=Own(),
            address=lambda: f"http://{name}:1",
            host=name,
        )
        self.made: list[ClusterService] = []
        spec = rig.spec(poll_seconds=5.0)
        self._scene = scene
        buckets = Buckets(rig.clock, budget=0.5, jitter=lambda: 0.5)
        self.cluster = EcsCluster(self.transport, buckets, spec.name, self.sink, rig.clock)
        self.candidate = Candidate(
            spec,
            make=self._make,
            cluster=self.cluster,
            replica=self.replica,
            elsewhere=Elsewhere(
                scene.store, spec.owner, ClusterAlias("local"), rig.clock, behind=10.0
            ),
            clock=rig.clock,
            sink=self.sink,
        )
        self.candidate.start()

    def _make(self, spec: ClusterSpec, mandate: Mandate) -> ClusterService:
        rig = self._scene.rig
        made = ClusterService(
            spec,
            cluster=self.cluster,
            surroundings=self.cluster.surroundings,
            events=SqsSource(self.transport, spec.queue_url, self.sink),
            clock=rig.clock,
            schedule=VirtualSchedule(rig.loop),
            sink=self.sink,
            store=self._scene.store,
            mandate=mandate,
        )
        self.made.append(made)
        return made

    @property
    def role(self) -> Role:
        return self.candidate.standing.role

    def leads(self) -> bool:
        return self.role is Role.LEADER

    async def end(self) -> None:
        await self.candidate.stop()
        await self.replica.leave()

    async def kill(self) -> None:
        self.inner.cut()
        self.lease.cut = True
        await self.candidate.crash()
        await self.replica.crash()


class Scene:
    def __init__(self, loop: VirtualLoop) -> None:
        self.rig = Rig(loop)
        self.locks = Locks(self.rig.clock)
        self.store = MemoryStore()
        self.all: list[One] = []

    def begin(self, name: str) -> One:
        one = One(self, name)
        self.all.append(one)
        return one

    async def two(self) -> tuple[One, One]:
        """Who leads, all being well, and who stands by."""
        one = self.begin("a")
        await self.rig.until(one.leads)
        other = self.begin("b")
        await self.rig.until(lambda: self.rig.all_run(5))
        await self.rig.settle(5.0)
        return one, other


def played(story: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
    async def whole(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        try:
            await story(scene)
        finally:
            scene.locks.down = False
            for one in scene.all:
                await one.kill()

    on_virtual_time(whole)


def test_only_the_holder_reads_the_cluster_and_its_queue() -> None:
    async def story(scene: Scene) -> None:
        one, other = await scene.two()
        assert {"ReceiveMessage", "StartTask"} <= set(one.transport.calls)
        assert set(other.transport.calls) == {"DescribeClusters"}
        assert other.candidate.observed is None
        assert other.candidate.next_plan() is None
        assert [turn.name for turn in other.candidate.loops()] == ["leadership"]
        with pytest.raises(NotLeadingError) as raised:
            await other.candidate.order(Command(Verb.FREEZE, "ann"))
        assert raised.value.address == "http://a:1"
        assert "the replica on a leads it: ask http://a:1" in str(raised.value)

    played(story)


def test_told_to_end_it_lets_go_and_the_next_one_keeps_what_an_operator_said() -> None:
    async def story(scene: Scene) -> None:
        one, other = await scene.two()
        answer = await one.candidate.order(Command(Verb.FREEZE, "ann"))
        assert answer.done
        await one.end()
        assert await scene.rig.until(other.leads, 2) < 1
        await scene.rig.until(lambda: other.candidate.memory.freeze is not None)

    played(story)


def test_killed_the_next_one_finds_all_as_it_is() -> None:
    async def story(scene: Scene) -> None:
        one, other = await scene.two()
        await one.kill()
        await scene.rig.until(other.leads, TAKEOVER)
        await scene.rig.until(lambda: other.candidate.observed is not None)
        await scene.rig.settle(30.0)
        assert len(list(scene.rig.live())) == 10
        actions = [action for action, _, _ in other.sink.actions]
        assert actions == []

    played(story)


def test_the_lock_store_down_the_holder_repairs_and_does_nothing_else() -> None:
    async def story(scene: Scene) -> None:
        one, other = await scene.two()
        rig = scene.rig
        scene.locks.down = True
        await rig.until(lambda: one.role is Role.REPAIR_ONLY, 15)
        await rig.settle(21.0)  # what was being waited for at the queue has ended
        received = one.transport.calls.count("ReceiveMessage")
        victim = next(rig.live("consul-agent"))
        rig.world.kill_task(victim.arn, rig.clock.now())
        rig.world.call(
            "ecs",
            "UpdateContainerInstancesState",
            {"cluster": "local", "containerInstances": [rig.instances[-1]], "status": "DRAINING"},
            rig.clock.now(),
        )
        await rig.until(lambda: rig.all_run(5), 15)
        await rig.settle(30.0)
        assert rig.all_run(5)  # nothing has left the host that drains
        assert one.transport.calls.count("ReceiveMessage") == received
        assert Notice.REPAIR_ONLY in [each.notice for each in one.candidate.conditions]
        words = one.candidate.standing.words
        assert "Consul cannot be reached" in words
        assert other.role is Role.STANDBY
        assert "the lock store does not answer" in other.candidate.standing.words
        scene.locks.down = False
        # Its session has ended meanwhile: after the lock delay either of them leads.
        await rig.until(lambda: one.leads() or other.leads(), 10)
        assert one.candidate.memory.repair is None

    played(story)


def test_a_lease_that_ran_out_unnoticed_writes_nothing() -> None:
    async def story(scene: Scene) -> None:
        one, _ = await scene.two()
        known = one.replica._known
        # As after SIGSTOP and SIGCONT: time has passed, and the store was not asked yet.
        passed = type(known)(known.answered_at, scene.rig.clock.now() - 1.0)
        await one.replica._crew.cancel()
        one.replica._known = passed
        assert one.role is Role.UNSURE
        victim = next(scene.rig.live("consul-agent"))
        started = one.transport.calls.count("StartTask")
        scene.rig.world.kill_task(victim.arn, scene.rig.clock.now())
        one.made[0].repace()
        await scene.rig.settle(30.0)
        assert one.transport.calls.count("StartTask") == started
        assert Notice.LEASE_UNSURE in [each.notice for each in one.candidate.conditions]

    played(story)


def test_a_lost_lease_ends_the_service_and_another_term_begins_afresh() -> None:
    async def story(scene: Scene) -> None:
        one = scene.begin("a")
        await scene.rig.until(lambda: scene.rig.all_run(5))
        scene.locks.end(one.replica.session)
        await scene.rig.until(lambda: not one.leads(), 5)
        await scene.rig.until(one.leads, 15)
        await scene.rig.until(lambda: len(one.made) == 2, 2)
        await scene.rig.settle(20.0)
        starts = [each for each, _, _ in one.sink.actions if isinstance(each, StartTask)]
        assert sum(len(each.instances) for each in starts) == 10

    played(story)


def test_the_store_tells_a_standby_how_rollouts_stand() -> None:
    async def story(scene: Scene) -> None:
        one, other = await scene.two()
        name = one.candidate.spec.daemons[0].name
        await scene.rig.until(lambda: other.candidate.rollout_of(name) is not None, 40)
        rollout = other.candidate.rollout_of(name)
        assert rollout is not None
        assert rollout == one.candidate.rollout_of(name)
        seen = other.candidate.looked_up_at
        assert seen is not None
        assert seen <= scene.rig.clock.now() - 10.0
        scene.store.down = True
        await scene.rig.until(lambda: other.candidate.looked_up_at is None, 40)
        assert other.candidate.rollout_of(name) is None

    played(story)
