"""StartTask and StopTask, a row a fact; the fact's words beside the row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from daemonctl.local.world import Behaviour

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.local.world.conftest import Ecs

UNKNOWN = "arn:aws:ecs:us-east-1:000000000000:container-instance/local/0123"


def test_a_task_is_pending_then_running_with_its_times(ecs: Ecs) -> None:
    (arn,) = ecs.start(ecs.hosts[0], startedBy="daemonctl/prod", group="daemonctl-consul-agent")
    task = ecs.after(1.0).task(arn)
    assert (task["lastStatus"], task["desiredStatus"]) == ("PENDING", "RUNNING")
    assert "startedAt" not in task
    assert task["startedBy"] == "daemonctl/prod"
    assert task["group"] == "daemonctl-consul-agent"
    task = ecs.after(5.0).task(arn)
    assert task["lastStatus"] == "RUNNING"
    assert task["createdAt"] < task["pullStartedAt"] < task["pullStoppedAt"] == task["startedAt"]
    assert [row["lastStatus"] for row in task["containers"]] == ["RUNNING"]


def test_group_is_the_family_unless_told(ecs: Ecs) -> None:
    """ "`group` default `family:<family>`"."""
    (arn,) = ecs.start(ecs.hosts[0])
    assert ecs.after(1.0).task(arn)["group"] == "family:consul-agent"


def test_some_tasks_and_some_failures_in_one_answer(ecs: Ecs) -> None:
    """ "Partial failure: HTTP 200 with some tasks and some failures", paired by ARN."""
    ecs.world.disconnect(ecs.hosts[1], ecs.now)
    answer = ecs.call(
        "StartTask",
        taskDefinition="consul-agent",
        containerInstances=[ecs.hosts[0], ecs.hosts[1], UNKNOWN, "0" * 32],
    )
    assert [task["containerInstanceArn"] for task in answer["tasks"]] == [ecs.hosts[0]]
    assert answer["failures"] == [
        {"arn": ecs.hosts[1], "reason": "AGENT"},
        {"arn": UNKNOWN, "reason": "MISSING"},
        {"arn": UNKNOWN.replace("0123", "0" * 32), "reason": "MISSING"},
    ]


def test_deregistered_is_inactive(ecs: Ecs) -> None:
    """ "StartTask also MISSING (unknown instance) and INACTIVE (deregistered)"."""
    ecs.call("DeregisterContainerInstance", containerInstance=ecs.hosts[0])
    assert ecs.failure(ecs.hosts[0]) == "INACTIVE"


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        ({"cpu": 2049}, "RESOURCE:CPU"),
        ({"memory": 7681}, "RESOURCE:MEMORY"),
        ({"portMappings": [{"containerPort": 1, "hostPort": 51678}]}, "RESOURCE:PORTS"),
        ({"portMappings": [{"containerPort": 1, "hostPort": 2375}]}, "RESOURCE:PORTS"),
        ({"image": "1.dkr.ecr.us-east-1.amazonaws.com/x", "cpu": 1}, None),
        ({"logConfiguration": {"logDriver": "sumologic"}}, "ATTRIBUTE"),
    ],
)
def test_a_misfit_is_a_failure_with_its_resource(
    ecs: Ecs, container: dict[str, Any], reason: str | None
) -> None:
    """ "`RESOURCE:CPU|MEMORY|PORTS` …, `ATTRIBUTE` (required attribute/capability absent)"."""
    ecs.register("misfit", {"name": "a", **container})
    if reason is None:
        ecs.start(ecs.hosts[0], family="misfit")
    else:
        assert ecs.failure(ecs.hosts[0], "misfit") == reason


def test_another_architecture_is_an_attribute_failure(ecs: Ecs) -> None:
    ecs.register("arm", {"name": "a"}, runtimePlatform={"cpuArchitecture": "ARM64"})
    assert ecs.failure(ecs.hosts[0], "arm") == "ATTRIBUTE"
    (graviton,) = ecs.world.add_instances("local", 1, ecs.now, instance_type="m7g.large")
    ecs.start(graviton, family="arm")


def test_a_static_port_is_there_once(ecs: Ecs) -> None:
    """ "Static hostPort …: ECS refuses a second copy with RESOURCE:PORTS"."""
    for mode, port in (("bridge", 8080), ("host", 8081)):
        mapping = {"containerPort": port, "hostPort": port if mode == "bridge" else 0}
        ecs.register(mode, {"name": "a", "portMappings": [mapping]}, networkMode=mode)
        ecs.start(ecs.hosts[0], family=mode)
        assert ecs.failure(ecs.hosts[0], mode) == "RESOURCE:PORTS"
        assert str(port) in ecs.left(ecs.hosts[0])["PORTS"]


def test_remaining_ports_lists_the_taken_ones(ecs: Ecs) -> None:
    """ "remainingResources.PORTS lists TAKEN ports … reserved 22 2375 2376 51678 51679"."""
    assert ecs.left(ecs.hosts[0])["PORTS"] == ["22", "2375", "2376", "51678", "51679"]
    assert ecs.left(ecs.hosts[0])["PORTS_UDP"] == []


def test_host_mode_without_mappings_reserves_nothing(ecs: Ecs) -> None:
    """ "Host mode without portMappings reserves nothing → duplicates accepted"."""
    ecs.start(ecs.hosts[0], ecs.hosts[0], family="registrator")
    assert ecs.instance(ecs.hosts[0])["pendingTasksCount"] == 2


def test_dynamic_ports_do_not_count(ecs: Ecs) -> None:
    """ "dynamic ports (bridge, hostPort 0/absent) do not count"; they are bound when it runs."""
    (arn,) = ecs.start(ecs.hosts[0], family="kibana")
    assert ecs.left(ecs.hosts[0])["PORTS"] == ["22", "2375", "2376", "51678", "51679"]
    (binding,) = ecs.after(10).task(arn)["containers"][0]["networkBindings"]
    assert binding["containerPort"] == 5601
    assert 32768 <= binding["hostPort"] <= 60999


@pytest.mark.parametrize(
    ("container", "more", "cpu", "memory"),
    [
        ({"cpu": 100, "memory": 500, "memoryReservation": 200}, {}, 100, 200),
        ({"cpu": 100, "memory": 500}, {}, 100, 500),
        ({"cpu": 100, "memory": 500}, {"cpu": "256", "memory": "1024"}, 256, 1024),
    ],
)
def test_what_a_task_takes(
    ecs: Ecs, container: dict[str, Any], more: dict[str, Any], cpu: int, memory: int
) -> None:
    """ "Memory subtracted = memoryReservation if set, else memory"; the task's own values win."""
    ecs.register("sized", {"name": "a", **container}, **more)
    (arn,) = ecs.start(ecs.hosts[0], family="sized")
    left = ecs.after(1).left(ecs.hosts[0])
    assert (left["CPU"], left["MEMORY"]) == (2048 - cpu, 7680 - memory)
    task = ecs.task(arn)
    assert (task["cpu"], task["memory"]) == (str(cpu), str(memory))


def test_overrides_change_what_it_takes_and_are_shown(ecs: Ecs) -> None:
    rows = {"containerOverrides": [{"name": "consul-agent", "cpu": 10, "command": ["agent"]}]}
    (arn,) = ecs.start(ecs.hosts[0], overrides=rows)
    assert ecs.left(ecs.hosts[0])["CPU"] == 2038
    assert ecs.after(1).task(arn)["overrides"]["containerOverrides"] == rows["containerOverrides"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"containerInstances": ["x"] * 11}, "InvalidParameterException"),  # "≤10 instances"
        ({"containerInstances": []}, "InvalidParameterException"),
        ({"startedBy": "x" * 37}, "InvalidParameterException"),  # "≤36 chars"
        ({"startedBy": "a:b"}, "InvalidParameterException"),  # "letters, digits, - _ /"
        ({"taskDefinition": "nope"}, "ClientException"),
        ({"taskDefinition": "consul-agent:9"}, "ClientException"),
        ({"propagateTags": "SERVICE"}, "InvalidParameterException"),
        ({"overrides": {"containerOverrides": [{"name": "b"}]}}, "InvalidParameterException"),
        (
            {"overrides": {"containerOverrides": [
                {"name": "consul-agent", "command": ["x" * 8192]}]}},
            "InvalidParameterException",  # "overrides ≤8192 chars"
        ),
        ({"networkConfiguration": {"awsvpcConfiguration": {}}}, "InvalidParameterException"),
        ({"cluster": "nope"}, "ClusterNotFoundException"),
        ({"tags": [{"key": str(n)} for n in range(51)]}, "InvalidParameterException"),
    ],
)  # fmt: skip
def test_what_is_refused_whole(ecs: Ecs, params: dict[str, Any], code: str) -> None:
    given = {"taskDefinition": "consul-agent", "containerInstances": [ecs.hosts[0]], **params}
    assert ecs.refused("StartTask", **given)[0] == code
    assert ecs.cluster.tasks == {}


@pytest.mark.parametrize("code", ["ClientException", "InvalidParameterException"])
def test_an_inactive_definition_is_an_exception(make: Callable[..., Ecs], code: str) -> None:
    """ "ClientException or InvalidParameterException "TaskDefinition is inactive" (both seen)"."""
    ecs = make(inactive_definition_code=code)
    ecs.call("DeregisterTaskDefinition", taskDefinition="consul-agent:1")
    refusal = ecs.refused(
        "StartTask", taskDefinition="consul-agent:1", containerInstances=[ecs.hosts[0]]
    )
    assert refusal == (code, "TaskDefinition is inactive")


@pytest.mark.parametrize("accepts", [True, False])
def test_a_draining_instance_by_switch(make: Callable[..., Ecs], accepts: bool) -> None:  # noqa: FBT001  a switch
    """ "StartTask onto DRAINING: … nothing found (unverified). Simulate both"."""
    ecs = make(draining_accepts_start_task=accepts)
    ecs.call("UpdateContainerInstancesState", containerInstances=[ecs.hosts[0]], status="DRAINING")
    if accepts:
        ecs.start(ecs.hosts[0])
    else:
        assert ecs.failure(ecs.hosts[0]) == "DRAINING"


def test_stop_frees_resources_at_once_but_the_host_later(ecs: Ecs) -> None:
    """ "ECS counts CPU/MEM/ports free once desiredStatus=STOPPED; agent ≥1.73 holds the new task
    PENDING until the host really frees them"."""
    ecs.register("big", {"name": "a", "memory": 7000})
    ecs.world.behave("big", Behaviour(stop_seconds=(20.0, 20.0)))
    (old,) = ecs.start(ecs.hosts[0], family="big")
    ecs.after(10)
    assert ecs.failure(ecs.hosts[0], "big") == "RESOURCE:MEMORY"
    ecs.call("StopTask", task=old)
    assert ecs.left(ecs.hosts[0])["MEMORY"] == 7680
    (new,) = ecs.start(ecs.hosts[0], family="big")
    (behind,) = ecs.start(ecs.hosts[0], family="registrator")
    ecs.after(19)
    assert ecs.task(new)["lastStatus"] == "PENDING"
    assert ecs.task(behind)["lastStatus"] == "PENDING"  # first in, first out
    ecs.after(10)
    assert ecs.task(old)["lastStatus"] == "STOPPED"
    assert ecs.task(new)["lastStatus"] == "RUNNING"
    assert ecs.task(behind)["lastStatus"] == "RUNNING"


def test_stop_says_who_and_why_and_drops_tags(ecs: Ecs) -> None:
    """ "Deletes the task's tags"; stopCode UserInitiated; `Task stopped by user` or the reason."""
    first, second = ecs.start(*ecs.hosts[:2], tags=[{"key": "daemonctl:owner", "value": "prod"}])
    assert ecs.after(5).task(first, include=["TAGS"])["tags"]
    ecs.call("StopTask", task=first)
    ecs.call("StopTask", task=second, reason="daemonctl: ORPHAN: x")
    assert ecs.task(first, include=["TAGS"])["tags"] == []
    ecs.after(40)
    rows = [ecs.task(arn) for arn in (first, second)]
    assert [row["stopCode"] for row in rows] == ["UserInitiated"] * 2
    assert [row["stoppedReason"] for row in rows] == [
        "Task stopped by user",
        "daemonctl: ORPHAN: x",
    ]
    assert all(row["stoppingAt"] < row["executionStoppedAt"] <= row["stoppedAt"] for row in rows)


def test_stopping_statuses_by_switch(make: Callable[..., Ecs]) -> None:
    """ "EC2 host/bridge usually shows PENDING, RUNNING, STOPPED (unverified)"."""
    for shown, expected in (
        (True, ["PENDING", "RUNNING", "DEACTIVATING", "STOPPING", "STOPPED"]),
        (False, ["PENDING", "RUNNING", "RUNNING", "STOPPED"]),
    ):
        ecs = make(intermediate_statuses=shown)
        (arn,) = ecs.start(ecs.hosts[0])
        ecs.after(5).call("StopTask", task=arn)
        ecs.after(40)
        told = ecs.told("ECS Task State Change", arn)
        assert [event["detail"]["lastStatus"] for event in told] == expected


@pytest.mark.parametrize("idempotent", [True, False])
def test_stopping_twice(make: Callable[..., Ecs], idempotent: bool) -> None:  # noqa: FBT001  a switch
    """ "repeat on a stopping/stopped task succeeds (unverified)"."""
    ecs = make(stop_is_idempotent=idempotent)
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.after(5).call("StopTask", task=arn, reason="first")
    if idempotent:
        assert ecs.call("StopTask", task=arn, reason="second")["task"]["stoppedReason"] == "first"
    else:
        assert ecs.refused("StopTask", task=arn)[0] == "InvalidParameterException"


def test_stopping_what_is_unknown(ecs: Ecs) -> None:
    refusal = ("InvalidParameterException", "The referenced task was not found.")
    assert ecs.refused("StopTask", task="0" * 32) == refusal
    assert ecs.refused("StopTask", task=ecs.call("ListTaskDefinitions")["taskDefinitionArns"][0])


def test_a_pending_task_is_stopped_without_ever_running(ecs: Ecs) -> None:
    ecs.world.behave("consul-agent", Behaviour(never_start=True))
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.after(500)
    assert ecs.task(arn)["lastStatus"] == "PENDING"
    ecs.call("StopTask", task=arn)
    task = ecs.after(40).task(arn)
    assert task["lastStatus"] == "STOPPED"
    assert "startedAt" not in task
    assert "exitCode" not in task["containers"][0]


def test_sigkill_after_the_stop_timeout(ecs: Ecs) -> None:
    """ "SIGTERM, then SIGKILL after 30 s (… or container stopTimeout)"."""
    ecs.register("slow", {"name": "a"})
    ecs.register("patient", {"name": "a", "stopTimeout": 60})
    for family, exits_after, code in (("slow", 30.0, 137), ("patient", 45.0, 0)):
        ecs.world.behave(family, Behaviour(stop_seconds=(45.0, 45.0)))
        (arn,) = ecs.start(ecs.hosts[0], family=family)
        told_at = ecs.after(10).now
        ecs.call("StopTask", task=arn)
        task = ecs.after(100).task(arn)
        assert task["containers"][0]["exitCode"] == code
        assert told_at + exits_after < task["stoppedAt"] < told_at + exits_after + 1.0
