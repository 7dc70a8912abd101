"""The store loses what was kept: design.md's State table says what is known afterwards."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.model.ids import DaemonName
from daemonctl.model.memory import Freeze
from daemonctl.model.plan import StopTask
from daemonctl.model.rollout import Pause, Phase, Rollout
from daemonctl.runtime.commands import Command, Verb
from daemonctl.runtime.service import ClusterService
from tests.simulation.loop import VirtualLoop
from tests.stand_ins.consul import MemoryStore
from tests.unit.runtime.rig import AGENT, Rig, on_virtual_time
from tests.unit.runtime.test_keeper import FREEZE, HELD, ROLLOUT, Scene


def test_what_is_deleted_under_a_running_controller_is_saved_again() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.clock.sleep(3)
        paused = replace(HELD, pause=Pause(scene.clock.now(), "by ann"))
        scene.remember(paused)
        await scene.order(Verb.FREEZE)
        await scene.clock.sleep(1)
        scene.store.values.clear()
        await scene.clock.sleep(130)
        assert sorted(scene.store.values) == [FREEZE, ROLLOUT]
        events = [line[1] for line in scene.told.lines]
        assert events == ["what was kept is gone from the store, and saved again"] * 2
        await scene.restart()
        assert scene.rollout == paused
        assert scene.service.memory.freeze is not None
        await scene.service.stop()

    on_virtual_time(story)


def test_a_freeze_that_ended_is_not_brought_back() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.clock.sleep(3)
        await scene.order(Verb.FREEZE)
        await scene.order(Verb.UNFREEZE)
        scene.store.values.clear()
        await scene.clock.sleep(130)
        await scene.restart()
        assert scene.service.memory.freeze is None
        await scene.service.stop()

    on_virtual_time(story)


def rollout_of(service: ClusterService) -> Rollout:
    held = service.rollout_of(DaemonName("consul-agent"))
    assert held is not None
    return held


def test_lost_while_nobody_ran_it_is_rebuilt_from_the_tasks() -> None:
    """The last good revision is the one that is ready everywhere; pause and freeze are gone."""

    async def story(loop: VirtualLoop) -> None:
        rig, store = Rig(loop, instances=4), MemoryStore()
        spec = rig.spec(daemons=(AGENT,), resync_seconds=30.0)
        service = rig.start(spec, store=store)
        await rig.until(lambda: rig.running("consul-agent") == 4, within=30)
        await rig.settle(60)
        before = rollout_of(service)
        pause = Command(Verb.PAUSE, "ann", daemon=DaemonName("consul-agent"))
        assert (await service.order(pause)).done
        assert (await service.order(Command(Verb.FREEZE, "ann"))).done
        await service.stop()
        assert isinstance(service.memory.freeze, Freeze)
        store.values.clear()
        service = rig.start(spec, store=store)
        await rig.settle(120)
        after = rollout_of(service)
        assert after.phase is Phase.STEADY
        assert after.target == after.last_good == before.target
        assert (after.pause, service.memory.freeze) == (None, None)
        assert any(key.endswith("/rollouts/consul-agent") for key in store.values)
        assert rig.running("consul-agent") == 4
        assert not any(isinstance(action, StopTask) for action, _, _ in rig.sink.actions)
        await service.stop()

    on_virtual_time(story)
