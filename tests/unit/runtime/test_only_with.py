"""onlyWith on the local ECS: a daemon follows a service's tasks."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.spec import OnlyWith
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.rig import AGENT, REGISTRATOR, Rig, on_virtual_time

WITH = OnlyWith(("kib*",), linger_seconds=30.0)
DAEMONS = (AGENT, replace(REGISTRATOR, only_with=WITH, required=False))


def call(rig: Rig, operation: str, **params: Any) -> None:
    rig.world.call("ecs", operation, {"cluster": CLUSTER} | params, rig.clock.now())
    rig.world.advance(rig.clock.now())


def places(rig: Rig, family: str) -> set[str]:
    return {task.instance.arn for task in rig.live(family)}


def test_it_comes_with_the_first_task_and_leaves_after_the_last() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        call(rig, "CreateService", serviceName="kibana", taskDefinition="kibana", desiredCount=0)
        call(rig, "CreateService", serviceName="other", taskDefinition="kibana", desiredCount=2)
        polled = 10.0  # without a queue: what a listing tells is all there is
        spec = rig.spec(daemons=DAEMONS, queue_url="", poll_seconds=polled)
        service = rig.start(spec)
        await rig.until(lambda: rig.running("consul-agent") == 5)
        await rig.settle(20)
        assert places(rig, "registrator") == set()
        call(rig, "UpdateService", service="kibana", desiredCount=2)
        await rig.until(lambda: len(places(rig, "registrator")) == 2, within=40)
        mine = {t.instance.arn for t in rig.live("kibana") if t.group == "service:kibana"}
        assert places(rig, "registrator") == mine
        await rig.settle(120)  # the first look is over
        call(rig, "UpdateService", service="kibana", desiredCount=0)
        took = await rig.until(lambda: not places(rig, "registrator"), within=120)
        assert took > 30
        assert rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)
