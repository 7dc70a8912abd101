"""The fleet: which clusters go on, which are replaced, and which end, as the config changes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from daemonctl.model.ids import ClusterAlias, DaemonName, Owner
from daemonctl.model.memory import DaemonMemory
from daemonctl.model.rollout import Pause, Revision, Rollout
from daemonctl.model.spec import ClusterSpec, DaemonSpec, Installation
from daemonctl.runtime.commands import Command, Verb
from daemonctl.runtime.fleet import Fleet
from daemonctl.runtime.report import NotFoundError
from daemonctl.runtime.service import ClusterService
from tests.simulation.loop import VirtualClock, VirtualLoop, VirtualSchedule
from tests.unit.runtime.fakes import FakeCluster
from tests.unit.runtime.made import OWNER, definition, definition_arn, instance, instance_arn, seen
from tests.unit.runtime.rig import Told, on_virtual_time


def cluster(alias: str, **changes: Any) -> ClusterSpec:
    fields: dict[str, Any] = {"name": alias, "owner": OWNER, "region": "r", "daemons": ()}
    return ClusterSpec(alias=ClusterAlias(alias), **(fields | changes))


def installed(*clusters: ClusterSpec, budget: float = 0.5) -> Installation:
    return Installation(OWNER, clusters, budget)


class Scene:
    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.clock = VirtualClock(loop)
        self.told = Told()
        self.cluster = FakeCluster()
        self.fleet = Fleet(self.make, self.clock)

    def make(self, spec: ClusterSpec, budget: float) -> ClusterService:
        return ClusterService(
            spec,
            cluster=self.cluster,
            events=None,
            clock=self.clock,
            schedule=VirtualSchedule(self.loop),
            sink=self.told,
        )

    def services(self) -> dict[str, ClusterService]:
        return {service.spec.alias: service for service in self.fleet.services}


def test_what_stays_the_same_goes_on_and_what_changed_is_begun_anew() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.fleet.apply(installed(cluster("a"), cluster("b"), cluster("c")))
        await scene.clock.sleep(3)
        first = scene.services()
        daemons = (DaemonSpec(name=DaemonName("x"), task_definition="x"),)
        await scene.fleet.apply(
            installed(cluster("d"), cluster("b", region="s"), cluster("a", daemons=daemons))
        )
        await scene.clock.sleep(3)
        then = scene.services()
        assert list(then) == ["d", "b", "a"]
        assert then["a"] is first["a"]
        assert then["a"].spec.daemons == daemons
        assert then["b"] is not first["b"]
        assert then["b"].observed is not None
        assert {turn.name for turn in scene.fleet.loops()} == {
            f"{alias}: {loop}" for alias in "abd" for loop in ("reconcile", "resync")
        }
        await scene.fleet.stop()

    on_virtual_time(story)


def test_another_owner_or_api_budget_begins_anew() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        seen = []
        for config in (
            installed(cluster("a")),
            installed(cluster("a")),
            installed(cluster("a"), budget=0.2),
            installed(cluster("a", owner=Owner("other")), budget=0.2),
        ):
            await scene.fleet.apply(config)
            seen.append(scene.services()["a"])
        assert seen[0] is seen[1]
        assert len(dict.fromkeys(seen)) == 3
        await scene.fleet.stop()

    on_virtual_time(story)


def test_what_is_learned_while_it_ends_begins_nothing() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        scene.cluster.definitions["agent"] = definition()
        scene.cluster.add(instance("a"))
        scene.cluster.gate = asyncio.Event()
        agent = DaemonSpec(name=DaemonName("agent"), task_definition="agent")
        await scene.fleet.apply(installed(cluster("a", daemons=(agent,))))
        await scene.clock.sleep(3)
        [service] = scene.fleet.services
        ending = asyncio.create_task(scene.fleet.stop())
        await scene.clock.sleep(1)
        service._reconciler.inbox.put(seen(instance("b"), scene.clock.now()))
        await scene.clock.sleep(1)
        scene.cluster.gate.set()
        await ending
        assert service.observed is not None
        assert instance_arn("b") in service.observed.hosts
        assert len(scene.cluster.made("start_task")) == 1

    on_virtual_time(story)


def test_a_loop_that_dies_is_told() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.fleet.apply(installed(cluster("a")))
        [service] = scene.fleet.services
        service._died("reconcile", KeyError("bug"))
        assert scene.told.lines[-1][2]["loop"] == "reconcile"
        await scene.fleet.stop()

    on_virtual_time(story)


def test_loops_turn_however_long_nothing_happens() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.fleet.apply(installed(cluster("a", resync_seconds=600.0, queue_url="q")))
        for _ in range(100):
            await scene.clock.sleep(30)
            for turn in scene.fleet.loops():
                assert scene.fleet.now() - turn.last < turn.bound
        await scene.fleet.stop()

    on_virtual_time(story)


def test_a_command_reaches_one_cluster_or_all_and_a_freeze_outlives_a_new_beginning() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        daemons = (DaemonSpec(name=DaemonName("x"), task_definition="x"),)
        await scene.fleet.apply(installed(cluster("a"), cluster("b", daemons=daemons)))
        freeze = Command(Verb.FREEZE, "ann")
        [one] = await scene.fleet.order(freeze, "b")
        assert (one.cluster, one.answer.done) == ("b", True)
        await scene.fleet.apply(installed(cluster("a"), cluster("b"), budget=0.2))
        frozen = {name: each.memory.freeze is not None for name, each in scene.services().items()}
        assert frozen == {"a": False, "b": True}
        both = await scene.fleet.order(freeze)
        assert [(each.cluster, each.answer.words[:22]) for each in both] == [
            ("a", "every write is stopped"),
            ("b", "it was frozen already,"),
        ]
        with pytest.raises(NotFoundError, match='no cluster "c"; the config has: a, b'):
            await scene.fleet.order(freeze, "c")
        with pytest.raises(NotFoundError, match='no daemon "y" on cluster a; it has: none'):
            await scene.fleet.order(Command(Verb.FREEZE, "ann", DaemonName("y")))
        await scene.fleet.stop()

    on_virtual_time(story)


def test_rollouts_go_on_where_the_same_cluster_begins_anew_and_only_there() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        target = Revision(definition_arn())
        await scene.fleet.apply(installed(cluster("a")))
        held = DaemonMemory(rollout=Rollout(target, target, pause=Pause(1.0, "by ann")))
        scene.services()["a"].memory.daemons[DaemonName("x")] = held
        await scene.fleet.apply(installed(cluster("a"), budget=0.2))
        assert scene.services()["a"].memory.daemons == {DaemonName("x"): held}
        await scene.fleet.apply(installed(cluster("a", region="s"), budget=0.2))
        assert scene.services()["a"].memory.daemons == {}
        await scene.fleet.stop()

    on_virtual_time(story)


def test_a_resync_reads_at_once_and_also_while_one_runs() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.fleet.apply(installed(cluster("a", queue_url="q")))
        await scene.clock.sleep(60)
        [service] = scene.fleet.services
        first = service.observed
        resync = Command(Verb.RESYNC, "ann")
        [one] = await scene.fleet.order(resync)
        assert one.answer.words == "a full listing begins now"
        assert scene.told.commands == [
            ("RESYNC", "", "done", "by ann: a full listing begins now"),
        ]
        await scene.clock.sleep(1)
        second = service.observed
        assert first is not None
        assert second is not None
        assert second.as_of - first.as_of >= 50
        await scene.fleet.stop()

    on_virtual_time(story)
