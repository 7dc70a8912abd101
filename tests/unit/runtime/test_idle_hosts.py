"""``scaleIn`` and ``zombies`` on the local ECS in memory."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.memory import Freeze
from daemonctl.model.reason import Notice
from daemonctl.model.spec import Limits, ScaleIn, Share
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.rig import AGENT, Rig, on_virtual_time

HALF = Limits(max_cluster_share=Share(60, percent=True))


def play(story: Callable[[Rig], Coroutine[Any, Any, None]], instances: int = 5) -> None:
    async def on(loop: VirtualLoop) -> None:
        rig = Rig(loop, instances=instances)
        await story(rig)
        if rig.service is not None:
            await rig.service.stop()

    on_virtual_time(on)


def start(rig: Rig, **changes: Any) -> None:
    rig.start(rig.spec(daemons=(AGENT,), resync_seconds=30.0, limits=HALF, **changes))


def statuses(rig: Rig) -> list[str]:
    return sorted(one.status for one in rig.world.clusters[CLUSTER].instances.values())


def notices(rig: Rig) -> list[Notice]:
    assert rig.service is not None
    return [one.notice for one in rig.service.conditions]


def test_hosts_with_daemons_only_are_reported_and_left_alone() -> None:
    async def story(rig: Rig) -> None:
        rig.call(
            "StartTask",
            taskDefinition="kibana",
            containerInstances=rig.instances[:2],
        )
        start(rig, scale_in=ScaleIn(empty_after_seconds=120.0))
        await rig.settle(100)
        assert Notice.DAEMONS_ONLY not in notices(rig)
        await rig.settle(120)
        assert rig.service is not None
        (told,) = [one for one in rig.service.conditions if one.notice is Notice.DAEMONS_ONLY]
        assert told.words.startswith("3 instances hold nothing but daemons for 120 s")
        assert statuses(rig) == ["ACTIVE"] * 5

    play(story)


def test_drain_keeps_the_minimum_of_each_zone_and_the_share() -> None:
    async def story(rig: Rig) -> None:
        start(rig, scale_in=ScaleIn(empty_after_seconds=120.0, drain=True))
        await rig.settle(400)
        by_zone: dict[str, int] = {}
        for one in rig.world.clusters[CLUSTER].instances.values():
            zone = one.attributes["ecs.availability-zone"]
            by_zone[zone] = by_zone.get(zone, 0) + (one.status == "ACTIVE")
        assert set(by_zone.values()) == {1}
        assert rig.sink.violations == []
        assert rig.sink.total("actions", action="UpdateContainerInstancesState", outcome="ok") == 1
        await rig.until(lambda: rig.running("consul-agent") == 3, within=200)  # the drained leave

    play(story)


def test_a_host_with_work_is_never_drained_and_frozen_none_is() -> None:
    async def story(rig: Rig) -> None:
        rig.call("StartTask", taskDefinition="kibana", containerInstances=rig.instances)
        start(rig, scale_in=ScaleIn(empty_after_seconds=60.0, drain=True, least_per_zone=0))
        await rig.settle(300)
        assert statuses(rig) == ["ACTIVE"] * 5
        assert rig.service is not None
        rig.service.memory.freeze = Freeze("ann", 0.0)
        for task in list(rig.live("kibana")):
            rig.call("StopTask", task=task.arn)
        await rig.settle(300)
        assert statuses(rig) == ["ACTIVE"] * 5
        rig.service.memory.freeze = None
        await rig.until(lambda: "DRAINING" in statuses(rig), within=60)

    play(story)


def test_where_managed_scaling_keeps_room_free_none_is_drained() -> None:
    async def story(rig: Rig) -> None:
        provider = {
            "autoScalingGroupArn": "arn:aws:autoscaling:us-east-1:1:autoScalingGroup:x:y/z",
            "managedScaling": {"status": "ENABLED", "targetCapacity": 80},
        }
        rig.call("CreateCapacityProvider", name="asg", autoScalingGroupProvider=provider)
        rig.call(
            "PutClusterCapacityProviders",
            capacityProviders=["asg"],
            defaultCapacityProviderStrategy=[],
        )
        start(rig, scale_in=ScaleIn(empty_after_seconds=60.0, drain=True))
        await rig.settle(400)
        assert statuses(rig) == ["ACTIVE"] * 5
        assert rig.service is not None
        (told,) = [one for one in rig.service.conditions if one.notice is Notice.SCALE_IN_REFUSED]
        assert "asg (targetCapacity 80)" in told.words

    play(story)


def gone(rig: Rig, count: int) -> None:
    """Their agents leave first: ECS does not deregister such an instance by itself."""
    for arn in rig.instances[:count]:
        rig.world.disconnect(arn, rig.clock.now())
    rig.world.advance(rig.clock.now())


def test_what_ec2_says_is_gone_is_deregistered_and_nothing_else() -> None:
    async def story(rig: Rig) -> None:
        start(rig, deregister_after_seconds=300.0)
        await rig.until(lambda: rig.running("consul-agent") == 5)
        gone(rig, 3)
        await rig.settle(60)
        rig.world.terminate(rig.instances[0], rig.clock.now())
        rig.world.stop(rig.instances[1], rig.clock.now())
        await rig.settle(200)
        assert statuses(rig).count("ACTIVE") == 5
        await rig.settle(400)
        found = rig.world.clusters[CLUSTER].instances
        assert found[rig.instances[0]].status == "INACTIVE"
        assert [found[arn].status for arn in rig.instances[1:]] == ["ACTIVE"] * 4
        assert rig.sink.violations == []

    play(story)


def test_more_than_a_share_of_the_cluster_is_for_a_person() -> None:
    async def story(rig: Rig) -> None:
        start(rig, deregister_after_seconds=300.0)
        await rig.until(lambda: rig.running("consul-agent") == 5)
        gone(rig, 4)
        await rig.settle(30)
        for arn in rig.instances[:4]:
            rig.world.terminate(arn, rig.clock.now())
        await rig.settle(700)
        assert statuses(rig).count("ACTIVE") == 5
        seen = [one.notice for one, on in rig.sink.conditions if on]
        assert Notice.ZOMBIES in seen

    play(story)
