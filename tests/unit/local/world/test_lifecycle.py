"""How tasks end by themselves, how long they stay visible, and what the agent's absence hides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from daemonctl.local.world import Behaviour, WorldError

if TYPE_CHECKING:
    from tests.unit.local.world.conftest import Ecs


def test_an_essential_container_exits(ecs: Ecs) -> None:
    """stopCode EssentialContainerExited, `Essential container in task exited`, exitCode."""
    ecs.world.behave(
        "consul-agent", Behaviour(exit_after=20.0, exit_code=3, reason="OutOfMemoryError: killed")
    )
    (arn,) = ecs.start(ecs.hosts[0])
    assert ecs.after(15).task(arn)["lastStatus"] == "RUNNING"
    task = ecs.after(10).task(arn)
    assert task["lastStatus"] == task["desiredStatus"] == "STOPPED"
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["stoppedReason"] == "Essential container in task exited"
    assert task["containers"][0]["exitCode"] == 3
    assert task["containers"][0]["reason"] == "OutOfMemoryError: killed"
    assert ecs.left(ecs.hosts[0])["CPU"] == 2048


def test_killed_by_hand_has_that_exit_code(ecs: Ecs) -> None:
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.after(5).world.kill_task(arn, ecs.now, exit_code=9)
    task = ecs.task(arn)
    assert (task["lastStatus"], task["containers"][0]["exitCode"]) == ("STOPPED", 9)
    with pytest.raises(WorldError, match="No container"):
        ecs.world.kill_task(arn, ecs.now)


def test_a_pull_that_fails(ecs: Ecs) -> None:
    """ "CannotPull{Container…}Error" in the container's reason; TaskFailedToStart."""
    ecs.world.behave("kibana", Behaviour(pull_failure="manifest unknown"))
    (arn,) = ecs.start(ecs.hosts[0], family="kibana")
    task = ecs.after(10).task(arn)
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["containers"][0]["reason"] == "CannotPullContainerError: manifest unknown"
    assert "exitCode" not in task["containers"][0]
    assert "startedAt" not in task


def test_a_behaviour_may_hold_on_one_host_only(ecs: Ecs) -> None:
    host = ecs.instance(ecs.hosts[1])["ec2InstanceId"]
    ecs.world.behave("consul-agent", Behaviour(exit_after=1.0), instance=host)
    arns = ecs.start(*ecs.hosts)
    assert [ecs.after(10).task(arn)["lastStatus"] for arn in arns] == [
        "RUNNING",
        "STOPPED",
        "RUNNING",
    ]


def test_a_behaviour_of_all_families_gives_way_to_one_of_its_own(ecs: Ecs) -> None:
    ecs.world.behave("*", Behaviour(start_seconds=(30.0, 30.0)))
    ecs.world.behave("kibana", Behaviour(start_seconds=(1.0, 1.0)))
    slow, quick = (ecs.start(ecs.hosts[0], family=f)[0] for f in ("registrator", "kibana"))
    ecs.after(5)
    assert ecs.task(slow)["lastStatus"] == "PENDING"
    assert ecs.task(quick)["lastStatus"] == "RUNNING"


def test_a_revision_may_behave_unlike_its_family(ecs: Ecs) -> None:
    ecs.register("agent", {"name": "a"})
    ecs.register("agent", {"name": "a"})
    ecs.world.behave("agent:2", Behaviour(exit_after=1.0))
    (good,) = ecs.start(ecs.hosts[0], family="agent:1")
    (bad,) = ecs.start(ecs.hosts[0], family="agent:2")
    ecs.after(10)
    assert [ecs.task(arn)["lastStatus"] for arn in (good, bad)] == ["RUNNING", "STOPPED"]
    ecs.world.behave("agent", Behaviour(exit_after=1.0), instance=ecs.hosts[1])
    (here,) = ecs.start(ecs.hosts[1], family="agent:1")
    ecs.after(10)
    assert ecs.task(here)["lastStatus"] == "STOPPED"


def test_a_container_that_is_not_essential_may_go_alone(ecs: Ecs) -> None:
    ecs.register("pair", {"name": "main"}, {"name": "side", "essential": False})
    ecs.world.behave("pair", Behaviour(exit_after=5.0, exit_code=1, container="side"))
    (arn,) = ecs.start(ecs.hosts[0], family="pair")
    task = ecs.after(20).task(arn)
    assert task["lastStatus"] == "RUNNING"
    assert [row["lastStatus"] for row in task["containers"]] == ["RUNNING", "STOPPED"]


def test_an_essential_one_takes_the_others_with_it(ecs: Ecs) -> None:
    ecs.register("pair", {"name": "main"}, {"name": "side", "essential": False})
    ecs.world.behave("pair", Behaviour(exit_after=5.0, exit_code=1))
    (arn,) = ecs.start(ecs.hosts[0], family="pair")
    assert [row["exitCode"] for row in ecs.after(20).task(arn)["containers"]] == [1, 137]


def test_a_restart_policy_restarts_in_place(ecs: Ecs) -> None:
    """ "restartPolicy … restarts in place, same task", if the run lasted restartAttemptPeriod."""
    policy = {"enabled": True, "restartAttemptPeriod": 60, "ignoredExitCodes": [0]}
    ecs.register("restarting", {"name": "a", "restartPolicy": policy})
    ecs.world.behave("restarting", Behaviour(exit_after=100.0))
    (arn,) = ecs.start(ecs.hosts[0], family="restarting")
    assert ecs.after(250).task(arn)["lastStatus"] == "RUNNING"
    ecs.world.behave("restarting", Behaviour(exit_after=30.0))
    assert ecs.after(140).task(arn)["lastStatus"] == "STOPPED"  # the next run was too short


def test_health_turns_without_an_event(ecs: Ecs) -> None:
    """ "events carry no health"; only with a health check in the task definition."""
    check = {"command": ["CMD-SHELL", "true"]}
    ecs.register("checked", {"name": "a", "healthCheck": check})
    ecs.world.behave("checked", Behaviour(healthy_after=10.0, unhealthy_after=50.0))
    (arn,) = ecs.start(ecs.hosts[0], family="checked")
    seen = []
    for seconds in (5, 10, 50):
        task = ecs.after(seconds).task(arn)
        seen.append((task["healthStatus"], task["containers"][0]["healthStatus"], task["version"]))
    assert seen == [("UNKNOWN",) * 2 + (2,), ("HEALTHY",) * 2 + (2,), ("UNHEALTHY",) * 2 + (2,)]
    assert ecs.task(arn)["lastStatus"] == "RUNNING"  # "Standalone tasks are NOT replaced"
    assert len(ecs.told("ECS Task State Change", arn)) == 2
    (plain,) = ecs.start(ecs.hosts[0])
    assert ecs.after(60).task(plain)["healthStatus"] == "UNKNOWN"


def test_health_that_turned_while_the_agent_was_away_is_told_when_it_is_back(ecs: Ecs) -> None:
    ecs.register("checked", {"name": "a", "healthCheck": {"command": ["CMD", "true"]}})
    ecs.world.behave("checked", Behaviour(healthy_after=10.0))
    (task,) = ecs.start(ecs.hosts[0], family="checked")
    ecs.after(5)
    ecs.world.disconnect(ecs.hosts[0], ecs.now)
    assert ecs.after(60).task(task)["healthStatus"] == "UNKNOWN"
    ecs.world.reconnect(ecs.hosts[0], ecs.now)
    assert ecs.after(0).task(task)["healthStatus"] == "HEALTHY"


def test_stopped_tasks_are_described_for_an_hour(ecs: Ecs) -> None:
    """ "STOPPED tasks remain describable ≥1 h", then MISSING, and listed as long."""
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.after(5).world.kill_task(arn, ecs.now)
    assert ecs.after(3599).task(arn)["lastStatus"] == "STOPPED"
    assert ecs.listed(desiredStatus="STOPPED", family="consul-agent") == [arn]
    answer = ecs.after(1).call("DescribeTasks", tasks=[arn])
    assert answer == {"tasks": [], "failures": [{"arn": arn, "reason": "MISSING"}]}
    assert ecs.listed(desiredStatus="STOPPED") == []


def test_while_the_agent_is_away_statuses_are_frozen(ecs: Ecs) -> None:
    """ "agent dies, host lives: containers run on; task status frozen"."""
    ecs.world.behave("consul-agent", Behaviour(exit_after=30.0))
    first, second = ecs.start(ecs.hosts[0])[0], ecs.start(ecs.hosts[0], family="registrator")[0]
    ecs.after(10).world.disconnect(ecs.hosts[0], ecs.now)
    ecs.call("StopTask", task=second)
    ecs.after(60)
    assert ecs.task(first)["lastStatus"] == "RUNNING"
    assert ecs.task(first)["connectivity"] == "DISCONNECTED"
    assert ecs.task(second)["desiredStatus"] == "STOPPED"
    assert ecs.task(second)["lastStatus"] != "STOPPED"
    assert not ecs.cluster.tasks[first].really_runs
    assert ecs.cluster.tasks[second].really_runs
    ecs.world.reconnect(ecs.hosts[0], ecs.now)
    ecs.after(10)
    assert ecs.task(first)["stopCode"] == "EssentialContainerExited"
    assert ecs.task(second)["stopCode"] == "UserInitiated"
    assert ecs.task(second)["lastStatus"] == "STOPPED"


def test_an_order_that_waits_for_the_agent_is_carried_out(ecs: Ecs) -> None:
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.world.flap(ecs.hosts[0], ecs.now, seconds=20.0)
    assert ecs.after(10).task(arn)["lastStatus"] == "PENDING"
    assert ecs.after(20).task(arn)["lastStatus"] == "RUNNING"


def test_what_began_while_the_agent_was_away_is_told_with_its_own_time(ecs: Ecs) -> None:
    ecs.world.behave("consul-agent", Behaviour(start_seconds=(10.0, 10.0)))
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.after(5).world.disconnect(ecs.hosts[0], ecs.now)
    assert ecs.after(100).task(arn)["lastStatus"] == "PENDING"
    ecs.world.reconnect(ecs.hosts[0], ecs.now)
    task = ecs.task(arn)
    assert task["lastStatus"] == "RUNNING"
    assert 10 < task["startedAt"] - task["createdAt"] < 11


def test_a_reboot_empties_the_agents_queue(ecs: Ecs) -> None:
    """What waited for room ends with the rest; it does not start on the rebooted machine."""
    ecs.register("big", {"name": "a", "memory": 7000})
    ecs.world.behave("big", Behaviour(stop_seconds=(25.0, 25.0)))
    (old,) = ecs.start(ecs.hosts[0], family="big")
    ecs.after(10).call("StopTask", task=old)
    (new,) = ecs.start(ecs.hosts[0], family="big")
    ecs.after(5).world.reboot(ecs.hosts[0], ecs.now)
    ecs.after(120)
    assert ecs.task(new)["stopCode"] == "TaskFailedToStart"
    assert not ecs.cluster.instances[ecs.hosts[0]].host.running
    (third,) = ecs.start(ecs.hosts[0], family="big")
    assert ecs.after(10).task(third)["lastStatus"] == "RUNNING"
