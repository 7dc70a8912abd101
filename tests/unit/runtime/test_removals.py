"""Daemons taken out of the config of a running controller, on the local ECS in memory."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.spec import OnRemove
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.rig import AGENT, REGISTRATOR, Rig, on_virtual_time


def test_of_a_removed_daemon_with_stop_nothing_is_left() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        leaving = structs.replace(REGISTRATOR, on_remove=OnRemove.STOP)
        spec = rig.spec(daemons=(AGENT, leaving), resync_seconds=30.0)
        service = rig.start(spec)
        await rig.until(lambda: rig.all_run(5), within=10)
        service.replace(structs.replace(spec, daemons=(AGENT,)))
        await rig.until(lambda: rig.running("registrator") == 0, within=300)
        await rig.settle(60)
        assert rig.running("consul-agent") == 5
        assert rig.sink.violations == []
        assert service.desired is not None
        assert service.desired.removed == ()
        assert {name for _, name in service.verdicts} == {"consul-agent"}
        assert service.conditions == ()
        stops = [task.stopped_reason for task in rig.ever("registrator")]
        words = "daemonctl: ORPHAN: it was taken out of the config"
        assert stops == [words] * 5
        await service.stop()

    on_virtual_time(story)


def test_with_keep_they_run_on_and_a_daemon_that_is_back_finds_its_own() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        spec = rig.spec(resync_seconds=30.0)
        service = rig.start(spec)
        await rig.until(lambda: rig.all_run(5), within=10)
        service.replace(structs.replace(spec, daemons=(AGENT,)))
        await rig.settle(200)
        assert rig.all_run(5)
        service.replace(spec)
        await rig.settle(60)
        assert rig.all_run(5)
        assert len(rig.ever("registrator")) == 5
        await service.stop()

    on_virtual_time(story)


def test_one_that_is_back_while_its_tasks_go_is_whole_again() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop, instances=10)
        leaving = structs.replace(REGISTRATOR, on_remove=OnRemove.STOP)
        spec = rig.spec(daemons=(AGENT, leaving), resync_seconds=30.0)
        service = rig.start(spec)
        await rig.until(lambda: rig.all_run(10), within=20)
        service.replace(structs.replace(spec, daemons=(AGENT,)))
        await rig.until(lambda: rig.running("registrator") < 10, within=300)
        service.replace(spec)
        await rig.until(lambda: rig.all_run(10), within=60)
        await rig.settle(60)
        assert rig.all_run(10)
        assert rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)
