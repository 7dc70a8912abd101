"""Hosts that leave with notice: managed draining, lifecycle hooks, spot interruptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from daemonctl.local.world import WorldError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.local.world.conftest import Ecs

TWO_DAYS = 172_800.0


def managed(ecs: Ecs) -> str:
    """One instance of a capacity provider with managed draining, with one standalone task."""
    rule = {"autoScalingGroupArn": "arn:aws:autoscaling:x", "managedDraining": "ENABLED"}
    ecs.call("CreateCapacityProvider", name="asg", autoScalingGroupProvider=rule)
    (arn,) = ecs.world.add_instances("local", 1, ecs.now, capacity_provider="asg")
    return arn


def state(ecs: Ecs, arn: str) -> tuple[str, str]:
    instance = ecs.cluster.instances[arn]
    return instance.status, instance.host.state


def complete(ecs: Ecs, **more: Any) -> dict[str, Any]:
    given = {"AutoScalingGroupName": "g", "LifecycleHookName": "h", **more}
    given = {"LifecycleActionResult": "CONTINUE", **given}
    return ecs.world.call("autoscaling", "CompleteLifecycleAction", given, ecs.now)


def test_managed_draining_waits_for_every_task(ecs: Ecs) -> None:
    """ "waits until ALL tasks stopped …: our standalone daemons hold each terminating instance"."""
    arn = managed(ecs)
    (task,) = ecs.start(arn)
    ecs.after(20).world.scale_in(arn, ecs.now)
    assert state(ecs.after(7200), arn) == ("DRAINING", "running")
    ecs.call("StopTask", task=task)
    assert state(ecs.after(60), arn)[1] in {"shutting-down", "terminated"}
    assert state(ecs.after(60), arn) == ("INACTIVE", "terminated")


def test_managed_draining_gives_up_after_two_days(ecs: Ecs) -> None:
    """ "or 48 h"."""
    arn = managed(ecs)
    ecs.start(arn)
    ecs.after(20).world.scale_in(arn, ecs.now)
    assert state(ecs.after(TWO_DAYS - 10), arn) == ("DRAINING", "running")
    assert state(ecs.after(200), arn) == ("INACTIVE", "terminated")


def test_without_it_the_host_just_goes(ecs: Ecs) -> None:
    ecs.start(ecs.hosts[0])
    ecs.after(20).world.scale_in(ecs.hosts[0], ecs.now)
    assert state(ecs, ecs.hosts[0]) == ("ACTIVE", "shutting-down")


def test_a_hook_waits_to_be_completed(ecs: Ecs) -> None:
    ecs.world.scale_in(ecs.hosts[0], ecs.now, group="g", hook="h")
    (event,) = ecs.told("EC2 Instance-terminate Lifecycle Action")
    assert event["source"] == "aws.autoscaling"
    detail = event["detail"]
    assert detail["LifecycleTransition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    assert state(ecs.after(3000), ecs.hosts[0]) == ("ACTIVE", "running")
    for wrong in (
        {"LifecycleActionToken": "other"},
        {"InstanceId": "i-0"},
        {"LifecycleHookName": "x"},
        {"LifecycleActionToken": detail["LifecycleActionToken"], "LifecycleActionResult": "?"},
    ):
        with pytest.raises(WorldError, match="ValidationError"):
            complete(ecs, **wrong)
    assert complete(ecs, LifecycleActionToken=detail["LifecycleActionToken"]) == {}
    assert state(ecs, ecs.hosts[0]) == ("ACTIVE", "shutting-down")


def test_a_hook_that_nobody_answers_times_out(ecs: Ecs) -> None:
    """ "Heartbeat 30-7200 s"; each RecordLifecycleActionHeartbeat gives that time again."""
    host = ecs.instance(ecs.hosts[0])["ec2InstanceId"]
    ecs.world.scale_in(host, ecs.now, group="g", hook="h", heartbeat=60.0)
    beat = {"AutoScalingGroupName": "g", "LifecycleHookName": "h", "InstanceId": host}
    ecs.after(50).world.call("autoscaling", "RecordLifecycleActionHeartbeat", beat, ecs.now)
    assert state(ecs.after(55), ecs.hosts[0]) == ("ACTIVE", "running")
    assert state(ecs.after(15), ecs.hosts[0])[1] in {"shutting-down", "terminated"}


@pytest.mark.parametrize(("drains", "status"), [(True, "DRAINING"), (False, "ACTIVE")])
def test_a_spot_interruption(make: Callable[..., Ecs], drains: bool, status: str) -> None:  # noqa: FBT001  a switch
    """ "2 min ahead"; "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true → agent … sets itself DRAINING"."""
    ecs = make(spot_draining=drains)
    ecs.world.interrupt(ecs.hosts[0], ecs.now)
    (event,) = ecs.told("EC2 Spot Instance Interruption Warning")
    host = ecs.instance(ecs.hosts[0])["ec2InstanceId"]
    assert event["source"] == "aws.ec2"
    assert event["detail"] == {"instance-id": host, "instance-action": "terminate"}
    assert state(ecs.after(119), ecs.hosts[0]) == (status, "running")
    assert state(ecs.after(2), ecs.hosts[0]) == (status, "shutting-down")


def test_a_spot_interruption_that_stops(ecs: Ecs) -> None:
    ecs.world.interrupt(ecs.hosts[0], ecs.now, action="stop")
    assert state(ecs.after(250), ecs.hosts[0]) == ("ACTIVE", "stopped")
