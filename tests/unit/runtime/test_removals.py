"""Daemons taken out of the config of a running controller, on the local ECS in memory."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.ids import DaemonName
from daemonctl.model.spec import OnRemove
from daemonctl.runtime.commands import Answer, Command, Verb
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


def test_prune_stops_orphans_of_a_config_that_is_long_gone() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        rig.start(rig.spec(resync_seconds=30.0))
        await rig.until(lambda: rig.all_run(5), within=10)
        await rig.kill()
        service = rig.start(rig.spec(daemons=(AGENT,), resync_seconds=30.0))
        early = await service.order(Command(Verb.PRUNE, "ann"))
        assert (early.done, "not been seen whole" in early.words) == (False, True)
        await rig.settle(200)
        assert rig.all_run(5)
        inside = await service.order(Command(Verb.PRUNE, "ann", DaemonName("consul-agent")))
        assert inside.words.startswith("consul-agent is in the config")
        other = await service.order(Command(Verb.PRUNE, "ann", DaemonName("other")))
        assert other == Answer(done=False, words="no task of ours is of a daemon other")
        answer = await service.order(Command(Verb.PRUNE, "ann"))
        words = "tasks are stopped, within the limits: 5 of registrator"
        assert answer.words.startswith(words)
        again = await service.order(Command(Verb.PRUNE, "ann"))
        assert again == Answer(done=True, words="on their way out already: registrator")
        await rig.until(lambda: rig.running("registrator") == 0, within=200)
        await rig.settle(40)
        over = await service.order(Command(Verb.PRUNE, "ann"))
        assert over == Answer(done=True, words="there are no orphans: nothing to do")
        assert rig.running("consul-agent") == 5
        assert rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)


def test_over_half_of_a_daemon_leaves_once_that_is_confirmed() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        spec = rig.spec(daemons=(AGENT,), resync_seconds=30.0)
        service = rig.start(spec)
        await rig.until(lambda: rig.running("consul-agent") == 5, within=10)
        confirm = Command(Verb.PRUNE, "ann", AGENT.name, misplaced=True)
        assert (await service.order(confirm)).words == "no task of consul-agent is misplaced"
        elsewhere = structs.replace(AGENT, constraints=("attribute:tier == web",))
        service.replace(structs.replace(spec, daemons=(elsewhere,)))
        await rig.settle(200)
        assert rig.running("consul-agent") == 5
        unnamed = await service.order(Command(Verb.PRUNE, "ann", misplaced=True))
        assert unnamed.words.startswith("name a daemon of the config")
        answer = await service.order(confirm)
        assert answer.words.startswith("5 misplaced tasks of consul-agent go")
        await rig.until(lambda: rig.running("consul-agent") == 0, within=400)
        assert rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)


@pytest.mark.parametrize("fate", list(OnRemove))
def test_on_a_host_that_drains_they_go_last_and_elsewhere_as_they_were_told(
    fate: OnRemove,
) -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        leaving = structs.replace(REGISTRATOR, on_remove=fate)
        spec = rig.spec(daemons=(AGENT, leaving), resync_seconds=30.0)
        service = rig.start(spec)
        await rig.until(lambda: rig.all_run(5), within=10)
        arn = rig.instances[0]
        others = {"taskDefinition": "kibana", "containerInstances": [arn]}
        (by_hand,) = call(rig, "StartTask", **others)["tasks"]
        call(rig, "UpdateContainerInstancesState", containerInstances=[arn], status="DRAINING")
        await rig.settle(15)
        service.replace(structs.replace(spec, daemons=(AGENT,)))
        await rig.settle(200)
        there = rig.world.clusters[CLUSTER].instances[arn].tasks
        assert len(there) == 3
        assert service.desired is not None
        assert len(service.desired.removed) == (fate is OnRemove.STOP)
        call(rig, "StopTask", task=by_hand["taskArn"])
        await rig.until(lambda: not there, within=120)
        assert rig.running("registrator") == (4 if fate is OnRemove.KEEP else 0)
        await rig.settle(90)
        assert service.desired.removed == ()
        assert rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)


def call(rig: Rig, operation: str, **params: Any) -> dict[str, Any]:
    answer = rig.world.call("ecs", operation, {"cluster": CLUSTER, **params}, rig.clock.now())
    rig.world.advance(rig.clock.now())
    return answer
