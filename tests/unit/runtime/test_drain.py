"""Drains on the local ECS: first in, last out, and the group's hook is not kept waiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from daemonctl.local.world import Behaviour, Switches
from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.local.world.task import Task
from daemonctl.model.ids import ContainerInstanceArn, DaemonName
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.rig import Rig, on_virtual_time

PROVIDER = "asg"


def call(rig: Rig, operation: str, **params: Any) -> dict[str, Any]:
    service = "autoscaling" if "Scaling" in operation else "ecs"
    cluster = {"cluster": CLUSTER} if service == "ecs" else {}
    answer = rig.world.call(service, operation, cluster | params, rig.clock.now())
    rig.world.advance(rig.clock.now())
    return answer


def drain(rig: Rig, arn: str, status: str = "DRAINING") -> None:
    call(rig, "UpdateContainerInstancesState", containerInstances=[arn], status=status)


def serve(rig: Rig, strategy: str = "REPLICA", **more: Any) -> None:
    """A service of kibana on all instances."""
    count = {"desiredCount": 5} if strategy == "REPLICA" else {}
    call(
        rig,
        "CreateService",
        serviceName="kibana",
        taskDefinition="kibana",
        schedulingStrategy=strategy,
        **count,
        **more,
    )


def there(rig: Rig, arn: str, family: str = "") -> list[Task]:
    """What has not left the instance."""
    return [
        task
        for task in rig.world.clusters[CLUSTER].tasks.values()
        if task.instance.arn == arn
        and task.last_status != "STOPPED"
        and (not family or task.definition.family == family)
    ]


async def _watch(rig: Rig, arn: str, done: Callable[[], bool], within: float) -> float:
    """Waits until done; at every moment the order of leaving is kept."""
    began = rig.clock.now()

    def looked() -> bool:
        others = [t for t in there(rig, arn) if t.definition.family == "kibana"]
        if others and not rig.world.core.switches.spot_draining:
            assert there(rig, arn, "registrator")
        if there(rig, arn, "registrator"):
            assert there(rig, arn, "consul-agent")
        return done()

    await rig.until(looked, within=within)
    return rig.clock.now() - began


def test_daemons_leave_after_the_last_service_task_and_in_reverse() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        rig.world.core.switches = Switches(stop_timeout_seconds=600)
        rig.world.behave("kibana", Behaviour(stop_seconds=(40.0, 40.0)))
        service = rig.start()
        await rig.until(lambda: rig.all_run(5))
        serve(rig)
        await rig.until(lambda: rig.running("kibana") == 5)
        arn = there(rig, rig.instances[0], "kibana")[0].instance.arn
        drain(rig, arn)
        took = await _watch(rig, arn, lambda: not there(rig, arn), within=120)
        assert 40 < took < 60
        assert rig.sink.violations == []
        reasons = {t.stopped_reason for t in rig.ever("registrator") if t.instance.arn == arn}
        assert reasons == {"daemonctl: DRAINING: only daemons are left on a DRAINING instance"}
        drain(rig, arn, "ACTIVE")
        await rig.until(lambda: rig.all_run(5))
        await service.stop()

    on_virtual_time(story)


def test_an_instance_that_stays_after_all_is_repaired_half_way() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        service = rig.start()
        await rig.until(lambda: rig.all_run(5))
        arn = rig.instances[0]
        drain(rig, arn)
        await rig.until(lambda: not there(rig, arn, "registrator"), within=30)
        assert there(rig, arn, "consul-agent")
        drain(rig, arn, "ACTIVE")
        await rig.until(lambda: rig.all_run(5), within=70)
        await rig.settle(20)
        assert rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)


@pytest.mark.parametrize("accepts", [True, False])
def test_a_daemon_that_dies_in_a_drain_stays_away_and_that_is_said(accepts: bool) -> None:  # noqa: FBT001  a switch
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        rig.world.core.switches = Switches(
            draining_accepts_start_task=accepts, stop_timeout_seconds=600
        )
        rig.world.behave("kibana", Behaviour(stop_seconds=(50.0, 50.0)))
        service = rig.start()
        await rig.until(lambda: rig.all_run(5))
        serve(rig)
        await rig.until(lambda: rig.running("kibana") == 5)
        arn = there(rig, rig.instances[0], "kibana")[0].instance.arn
        drain(rig, arn)
        await rig.settle(15)
        rig.world.kill_task(there(rig, arn, "registrator")[0].arn, rig.clock.now())
        await rig.settle(10)
        assert not there(rig, arn, "registrator")
        told = {slot: verdict.words for slot, verdict in service.verdicts.items()}
        words = told[ContainerInstanceArn(arn), DaemonName("registrator")]
        assert words.startswith("it has ended while kibana (1) still runs here")
        await rig.until(lambda: not there(rig, arn), within=90)
        await service.stop()

    on_virtual_time(story)


def test_a_daemon_service_of_ecs_holds_nobody() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        service = rig.start()
        await rig.until(lambda: rig.all_run(5))
        serve(rig, "DAEMON")
        await rig.until(lambda: rig.running("kibana") == 5)
        arn = rig.instances[0]
        drain(rig, arn)
        await rig.until(lambda: not there(rig, arn), within=60)
        await service.stop()

    on_virtual_time(story)


def test_a_standalone_task_holds_them_until_the_timeout() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        service = rig.start()
        await rig.until(lambda: rig.all_run(5))
        arn = rig.instances[0]
        call(rig, "StartTask", taskDefinition="kibana", containerInstances=[arn])
        await rig.settle(5)
        drain(rig, arn)
        took = await rig.until(lambda: not there(rig, arn, "registrator"), within=700)
        assert 600 <= took < 620
        await service.stop()

    on_virtual_time(story)


def test_on_a_spot_host_they_leave_before_ec2_takes_it() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        rig.world.core.switches = Switches(spot_draining=True, stop_timeout_seconds=600)
        rig.world.behave("kibana", Behaviour(stop_seconds=(500.0, 500.0)))
        service = rig.start()
        await rig.until(lambda: rig.all_run(5))
        serve(rig)
        await rig.until(lambda: rig.running("kibana") == 5)
        arn = there(rig, rig.instances[0], "kibana")[0].instance.arn
        rig.world.interrupt(arn, rig.clock.now())
        took = await _watch(rig, arn, lambda: not there(rig, arn, "registrator"), within=119)
        assert took >= 100
        await rig.until(lambda: not there(rig, arn, "consul-agent"), within=119 - took)
        assert there(rig, arn, "kibana")
        await service.stop()

    on_virtual_time(story)


@pytest.mark.parametrize("kept", [True, False])
def test_managed_draining_ends_promptly_because_the_daemons_go_by_themselves(kept: bool) -> None:  # noqa: FBT001  with daemonctl or without
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        group = {"autoScalingGroupArn": "arn:aws:autoscaling:x"}
        provider = group | {"managedDraining": "ENABLED"}
        call(rig, "CreateCapacityProvider", name=PROVIDER, autoScalingGroupProvider=provider)
        (arn,) = rig.world.add_instances(CLUSTER, 1, rig.clock.now(), capacity_provider=PROVIDER)
        service = rig.start()
        await rig.until(lambda: rig.all_run(6))
        if not kept:
            await service.stop()
        rig.world.scale_in(arn, rig.clock.now())
        host = rig.world.clusters[CLUSTER].instances[arn].host.id
        took = await _until_gone(rig, host, within=3600)
        assert (took < 60) is kept
        assert (took == 3600) is not kept
        if kept:
            await service.stop()

    on_virtual_time(story)


async def _until_gone(rig: Rig, host: str, within: float) -> float:
    """How long EC2 keeps the host; at most ``within``."""
    began = rig.clock.now()
    while rig.clock.now() < began + within and rig.world.hosts[host].state == "running":
        await rig.clock.sleep(1.0)
        rig.world.advance(rig.clock.now())
    return rig.clock.now() - began
