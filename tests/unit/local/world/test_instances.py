"""Container instances and their hosts: each happening with its effect, in the fact's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from daemonctl.local.world import Behaviour

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.local.world.conftest import Ecs

CHANGE = "ECS Container Instance State Change"


def states(ecs: Ecs, arn: str) -> tuple[str, bool]:
    row = ecs.instance(arn)
    return row["status"], row["agentConnected"]


def test_register_is_active_and_connected(ecs: Ecs) -> None:
    row = ecs.instance(ecs.hosts[0])
    assert (row["status"], row["agentConnected"], row["version"]) == ("ACTIVE", True, 1)
    have = {item["name"]: item.get("value") for item in row["attributes"]}
    assert have["ecs.availability-zone"] == "us-east-1a"
    assert have["ecs.instance-type"] == "m5.large"
    assert have["ecs.os-type"] == "linux"
    assert have["ecs.cpu-architecture"] == "x86_64"
    assert have["ecs.ami-id"].startswith("ami-")
    assert have["com.amazonaws.ecs.capability.docker-remote-api.1.21"] is None
    zones = [ecs.instance(arn)["attributes"] for arn in ecs.hosts]
    assert [
        next(item["value"] for item in rows if item["name"] == "ecs.availability-zone")
        for rows in zones
    ] == ["us-east-1a", "us-east-1b", "us-east-1c"]


def test_an_agent_registers_its_own_machine(ecs: Ecs) -> None:
    def resource(name: str, value: Any) -> dict[str, Any]:
        key = "stringSetValue" if isinstance(value, list) else "integerValue"
        return {"name": name, "type": "X", key: value}

    row = ecs.call(
        "RegisterContainerInstance",
        totalResources=[
            resource("CPU", 4096),
            resource("MEMORY", 15000),
            resource("PORTS", ["22", "9000"]),
        ],
        attributes=[{"name": "stack", "value": "blue"}],
        versionInfo={"agentVersion": "1.90.0"},
    )["containerInstance"]
    arn = row["containerInstanceArn"]
    assert ecs.left(arn) == {
        "CPU": 4096, "MEMORY": 15000, "PORTS": ["22", "9000"], "PORTS_UDP": []
    }  # fmt: skip
    assert row["versionInfo"]["agentVersion"] == "1.90.0"
    ecs.start(arn)
    again = ecs.call("RegisterContainerInstance", containerInstanceArn=arn)["containerInstance"]
    assert again["containerInstanceArn"] == arn


def test_terminate_while_connected(make: Callable[..., Ecs]) -> None:
    """ "auto-deregistered → INACTIVE, unlisted, describable ~1 h"; after a lag."""
    ecs = make(deregister_lag_seconds=(30.0, 30.0), disconnect_lag_seconds=(90.0, 90.0))
    (arn,) = ecs.start(ecs.hosts[0])
    host = ecs.after(10).instance(ecs.hosts[0])["ec2InstanceId"]
    ecs.world.terminate(ecs.hosts[0], ecs.now)
    assert not ecs.cluster.tasks[arn].really_runs
    assert states(ecs.after(29), ecs.hosts[0]) == ("ACTIVE", True)
    assert ecs.task(arn)["lastStatus"] == "RUNNING"
    assert states(ecs.after(2), ecs.hosts[0]) == ("INACTIVE", False)
    assert ecs.hosts[0] not in ecs.pages("ListContainerInstances", "containerInstanceArns")
    task = ecs.task(arn)
    assert task["lastStatus"] == "STOPPED"
    assert task["stoppedReason"] == f"Host EC2 (instance {host}) terminated."
    assert ecs.told(CHANGE, ecs.hosts[0])[-2]["detail"]["status"] == "INACTIVE"
    ecs.after(3590).instance(ecs.hosts[0])
    answer = ecs.after(20).call("DescribeContainerInstances", containerInstances=[ecs.hosts[0]])
    assert answer["failures"][0]["reason"] == "MISSING"


def test_the_agent_is_lost_before_a_late_deregistration(make: Callable[..., Ecs]) -> None:
    """ "Reported lag up to 20 min": meanwhile it is ACTIVE and disconnected."""
    ecs = make(deregister_lag_seconds=(1200.0, 1200.0), disconnect_lag_seconds=(60.0, 60.0))
    ecs.world.terminate(ecs.hosts[0], ecs.now)
    assert states(ecs.after(61), ecs.hosts[0]) == ("ACTIVE", False)
    assert ecs.failure(ecs.hosts[0]) == "AGENT"
    assert states(ecs.after(1140), ecs.hosts[0]) == ("INACTIVE", False)


def test_terminate_while_disconnected(ecs: Ecs) -> None:
    """ "NOT auto-deregistered: ACTIVE + agentConnected=false stays"."""
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.after(10).world.disconnect(ecs.hosts[0], ecs.now)
    ecs.world.terminate(ecs.hosts[0], ecs.now)
    assert states(ecs.after(90_000), ecs.hosts[0]) == ("ACTIVE", False)
    assert ecs.task(arn)["lastStatus"] == "RUNNING"
    ecs.world.reconnect(ecs.hosts[0], ecs.now)
    assert states(ecs, ecs.hosts[0]) == ("ACTIVE", False)  # no machine, no agent
    ecs.call("DeregisterContainerInstance", containerInstance=ecs.hosts[0], force=True)
    assert states(ecs, ecs.hosts[0]) == ("INACTIVE", False)


def test_terminate_while_stopped(ecs: Ecs) -> None:
    ecs.world.stop(ecs.hosts[0], ecs.now)
    ecs.after(5).world.terminate(ecs.hosts[0], ecs.now)
    assert states(ecs.after(90_000), ecs.hosts[0]) == ("ACTIVE", False)


@pytest.mark.parametrize("stuck", [False, True])
def test_ec2_stop_and_start(make: Callable[..., Ecs], stuck: bool) -> None:  # noqa: FBT001  a switch
    """ "stays ACTIVE; agentConnected=false within minutes; tasks stop"; start: "same ARN
    reconnects". "One report [I]: stuck at RUNNING/desired STOPPED"."""
    ecs = make(ec2_stop_leaves_tasks_stuck=stuck, intermediate_statuses=False)
    (arn,) = ecs.start(ecs.hosts[0])
    host = ecs.after(10).instance(ecs.hosts[0])["ec2InstanceId"]
    ecs.world.stop(host, ecs.now)
    assert states(ecs.after(121), ecs.hosts[0]) == ("ACTIVE", False)
    assert ecs.world.hosts[host].state == "stopped"
    task = ecs.task(arn)
    assert task["desiredStatus"] == "STOPPED"
    assert task["lastStatus"] == ("RUNNING" if stuck else "STOPPED")
    assert task["stoppedReason"] == f"Host EC2 (instance {host}) stopped."
    ecs.world.start(host, ecs.now)
    assert states(ecs.after(61), ecs.hosts[0]) == ("ACTIVE", True)
    assert ecs.task(arn)["lastStatus"] == "STOPPED"
    ecs.start(ecs.hosts[0])


def test_a_quick_start_outruns_the_loss(make: Callable[..., Ecs]) -> None:
    """What a stop had planned is void once the host is started again."""
    ecs = make(
        shutdown_seconds=(1.0, 1.0), disconnect_lag_seconds=(100.0, 100.0), boot_seconds=(5.0, 5.0)
    )
    ecs.world.stop(ecs.hosts[0], ecs.now)
    ecs.after(2).world.start(ecs.hosts[0], ecs.now)
    (arn,) = ecs.after(10).start(ecs.hosts[0])
    assert states(ecs.after(200), ecs.hosts[0]) == ("ACTIVE", True)
    assert ecs.task(arn)["lastStatus"] == "RUNNING"


def test_an_old_agent_registers_anew(make: Callable[..., Ecs]) -> None:
    """ "duplicate with same ec2InstanceId, old ARN ACTIVE+disconnected"."""
    ecs = make(ec2_start_registers_anew=True)
    host = ecs.instance(ecs.hosts[0])["ec2InstanceId"]
    ecs.world.stop(host, ecs.now)
    ecs.after(121).world.start(host, ecs.now)
    ecs.after(61)
    (new,) = [arn for arn in ecs.cluster.instances if arn not in ecs.hosts]
    assert ecs.instance(new)["ec2InstanceId"] == host
    assert states(ecs, ecs.hosts[0]) == ("ACTIVE", False)
    assert states(ecs, new) == ("ACTIVE", True)


def test_reboot_ends_the_tasks_and_comes_back(ecs: Ecs) -> None:
    """ "reboot same (unverified)": the same ARN."""
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.after(10).world.reboot(ecs.hosts[0], ecs.now)
    assert states(ecs, ecs.hosts[0]) == ("ACTIVE", False)
    assert states(ecs.after(61), ecs.hosts[0]) == ("ACTIVE", True)
    assert ecs.task(arn)["stopCode"] == "EssentialContainerExited"


def test_an_agent_that_flaps(make: Callable[..., Ecs]) -> None:
    """ "agentConnected flaps normally": every 30 minutes or so it is away for a moment."""
    ecs = make(instances=1, agent_flap_seconds=(1800.0, 2100.0))
    ecs.after(3600)
    told = [event["detail"]["agentConnected"] for event in ecs.told(CHANGE, ecs.hosts[0])]
    assert told == [True, False, True]
    assert ecs.world.next_wake() is not None


def test_a_quiet_world_plans_nothing(ecs: Ecs) -> None:
    ecs.start(*ecs.hosts)
    ecs.after(60)
    assert ecs.world.next_wake() is None


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"status": "INACTIVE"}, "InvalidParameterException"),
        ({"status": "DRAINING", "containerInstances": []}, "InvalidParameterException"),
        ({"status": "DRAINING", "containerInstances": ["a"] * 11}, "InvalidParameterException"),
    ],
)
def test_states_that_cannot_be_set(ecs: Ecs, params: dict[str, Any], code: str) -> None:
    """ "ACTIVE or DRAINING only", "≤10"."""
    given = {"containerInstances": ecs.hosts, **params}
    assert ecs.refused("UpdateContainerInstancesState", **given)[0] == code


@pytest.mark.parametrize("emits", [True, False])
def test_draining_leaves_standalone_tasks(make: Callable[..., Ecs], emits: bool) -> None:  # noqa: FBT001  a switch
    """ "standalone tasks (StartTask/RunTask) are untouched … stays DRAINING until set ACTIVE".

    "UpdateContainerInstancesState (very likely emits)": a switch.
    """
    ecs = make(state_update_emits=emits)
    (arn,) = ecs.start(ecs.hosts[0])
    version = ecs.after(10).instance(ecs.hosts[0])["version"]
    gone = ecs.world.clusters["local"].instances[ecs.hosts[1]].id
    ecs.call("DeregisterContainerInstance", containerInstance=gone)
    answer = ecs.call(
        "UpdateContainerInstancesState",
        containerInstances=[ecs.hosts[0], gone, "0" * 32],
        status="DRAINING",
    )
    assert [row["status"] for row in answer["containerInstances"]] == ["DRAINING"]
    assert [row["reason"] for row in answer["failures"]] == ["MISSING", "INACTIVE"]
    assert ecs.after(3600).task(arn)["lastStatus"] == "RUNNING"
    row = ecs.instance(ecs.hosts[0])
    assert (row["status"], row["version"]) == ("DRAINING", version + emits)
    ecs.call("UpdateContainerInstancesState", containerInstances=ecs.hosts[:1], status="ACTIVE")
    assert ecs.instance(ecs.hosts[0])["status"] == "ACTIVE"


@pytest.mark.parametrize("marks", [True, False])
def test_deregister_by_force(make: Callable[..., Ecs], marks: bool) -> None:  # noqa: FBT001  a switch
    """ "running tasks without force: InvalidParameterException"; by force, "API doc: they keep
    running; events doc: ECS marks them stopped". On the host they run on in either case."""
    ecs = make(forced_deregistration_stops_tasks=marks)
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.after(10)
    refusal = ecs.refused("DeregisterContainerInstance", containerInstance=ecs.hosts[0])
    assert refusal[0] == "InvalidParameterException"
    ecs.call("DeregisterContainerInstance", containerInstance=ecs.hosts[0], force=True)
    task = ecs.task(arn)
    assert task["lastStatus"] == ("STOPPED" if marks else "RUNNING")
    if marks:
        assert task["stoppedReason"] == "Container instance deregistration forced by user"
    assert ecs.after(60).cluster.tasks[arn].really_runs
    assert ecs.refused("DeregisterContainerInstance", containerInstance=ecs.hosts[0], force=True)


def test_running_tasks_count_omits_those_told_to_stop(ecs: Ecs) -> None:
    """ "runningTasksCount omits tasks already told to stop (aws-cdk #13559)"."""
    ecs.world.behave("consul-agent", Behaviour(stop_seconds=(20.0, 20.0)))
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.after(10).call("StopTask", task=arn)
    row = ecs.after(5).instance(ecs.hosts[0])
    assert (row["runningTasksCount"], row["pendingTasksCount"]) == (0, 0)
    assert ecs.cluster.tasks[arn].really_runs
