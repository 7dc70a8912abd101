"""Container instances that a real agent drives obey the same rules as simulated ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from daemonctl.local.world import WorldError
from daemonctl.local.world.capabilities import OFFERED
from tests.unit.local.world.conftest import Ecs

INSTANCE = "ECS Container Instance State Change"


class Agent:
    """A machine with an agent that says what a test says."""

    def __init__(self, ecs: Ecs, name: str = "i-0a", **document: str) -> None:
        self.ecs = ecs
        self.name = name
        self.document = {"instanceId": name, "instanceType": "m5.large"} | document
        self.arn = self.register()["containerInstanceArn"]
        ecs.world.agents.connected(self.arn, ecs.now)

    def register(self, **more: Any) -> dict[str, Any]:
        answer = self.ecs.call(
            "RegisterContainerInstance",
            instanceIdentityDocument=json.dumps(self.document),
            totalResources=[
                {"name": "CPU", "integerValue": 1024},
                {"name": "MEMORY", "integerValue": 1000},
                {"name": "PORTS", "stringSetValue": ["22"]},
            ],
            attributes=[{"name": name} for name, _ in OFFERED],
            **more,
        )
        row: dict[str, Any] = answer["containerInstance"]
        return row

    def orders(self) -> list[tuple[str, str]]:
        """What it was told and has not acknowledged: the task and its desired status."""
        agents = self.ecs.world.agents
        instance = agents.find(self.arn)
        rows: list[Any] = agents.orders(instance) if instance else []
        return [(row["tasks"][0]["arn"], row["tasks"][0]["desiredStatus"]) for row in rows]

    def acknowledge(self) -> None:
        agents = self.ecs.world.agents
        instance = agents.find(self.arn)
        for row in agents.orders(instance) if instance else []:
            agents.acknowledged(self.arn, str(row["messageId"]), self.ecs.now)

    def reports(self, task: str, status: str, **more: Any) -> None:
        self.ecs.call("SubmitTaskStateChange", task=task, status=status, **more)

    def statuses(self, task: str) -> tuple[str, str]:
        row = self.ecs.task(task)
        return row["lastStatus"], row["desiredStatus"]


def test_room_and_ports_are_booked_as_for_any_instance(ecs: Ecs) -> None:
    agent = Agent(ecs)
    port = {"containerPort": 80, "hostPort": 8080, "protocol": "tcp"}
    ecs.register("web", {"name": "a", "memory": 600, "portMappings": [port]})
    ecs.register("big", {"name": "a", "memory": 600})
    (task,) = ecs.start(agent.arn, family="web")
    assert ecs.left(agent.arn) == {"CPU": 960, "MEMORY": 400, "PORTS": ["22", "8080"],
                                   "PORTS_UDP": []}  # fmt: skip
    assert ecs.failure(agent.arn, "big") == "RESOURCE:MEMORY"
    ecs.after(2).call("StopTask", task=task)
    assert ecs.left(agent.arn)["PORTS"] == ["22"]  # free for ECS though it still runs
    assert agent.orders() == [(task, "RUNNING"), (task, "STOPPED")]


def test_nothing_happens_that_the_agent_does_not_report(ecs: Ecs) -> None:
    agent = Agent(ecs)
    (task,) = ecs.start(agent.arn)
    agent.acknowledge()
    assert agent.orders() == []
    ecs.after(3600)
    assert agent.statuses(task) == ("PENDING", "RUNNING")
    agent.reports(task, "RUNNING")
    ecs.after(3600).call("StopTask", task=task)
    assert agent.statuses(task) == ("DEACTIVATING", "STOPPED")
    agent.acknowledge()
    assert agent.statuses(task) == ("STOPPING", "STOPPED")
    agent.acknowledge()  # again is no error
    ecs.after(3600)
    assert agent.statuses(task) == ("STOPPING", "STOPPED")
    agent.reports(task, "STOPPED", reason="not the one that is kept")
    row = ecs.task(task)
    assert (row["lastStatus"], row["stoppedReason"]) == ("STOPPED", "Task stopped by user")
    version = row["version"]
    agent.reports(task, "RUNNING")  # late: it changes nothing
    ecs.call(
        "SubmitContainerStateChange", task=task, containerName="consul-agent", status="RUNNING"
    )
    assert ecs.task(task)["version"] == version


def test_the_agents_own_words_are_the_reason(ecs: Ecs) -> None:
    agent = Agent(ecs)
    (task,) = ecs.start(agent.arn)
    ecs.after(2)
    agent.reports(task, "STOPPED", reason="CannotPullContainerError: no")
    row = ecs.task(task)
    assert row["stoppedReason"] == "CannotPullContainerError: no"
    assert row["stopCode"] == "TaskFailedToStart"
    (other,) = ecs.start(agent.arn)
    rows = [{"containerName": name, "status": "RUNNING"} for name in ("consul-agent", "x")]
    with pytest.raises(WorldError, match="no container 'x'"):
        agent.reports(other, "RUNNING", containers=rows)
    assert ecs.after(2).task(other)["containers"][0]["lastStatus"] == "PENDING"
    with pytest.raises(WorldError, match="epoch seconds"):
        agent.reports(other, "RUNNING", pullStartedAt="soon")


def test_a_service_lives_on_it_and_leaves_when_it_drains(ecs: Ecs) -> None:
    agents = [Agent(ecs, "i-0a"), Agent(ecs, "i-0b")]
    for host in ecs.hosts:
        ecs.call("UpdateContainerInstancesState", containerInstances=[host], status="DRAINING")
    ecs.register("small", {"name": "a"})
    ecs.call("CreateService", serviceName="s", taskDefinition="small", desiredCount=2)
    ecs.after(5)
    placed = {agent.name: [arn for arn, _ in agent.orders()] for agent in agents}
    assert [len(arns) for arns in placed.values()] == [1, 1]
    for agent in agents:
        agent.acknowledge()
        agent.reports(placed[agent.name][0], "RUNNING")
    assert ecs.after(2).service("s")["runningCount"] == 2
    first, second = agents
    ecs.call("UpdateContainerInstancesState", containerInstances=[first.arn], status="DRAINING")
    ecs.after(5)
    (replacement, _), *_ = second.orders()
    second.acknowledge()
    second.reports(replacement, "RUNNING")
    ecs.after(5)
    assert first.orders() == [(placed["i-0a"][0], "STOPPED")]
    first.reports(placed["i-0a"][0], "STOPPED")
    assert ecs.after(5).instance(first.arn)["runningTasksCount"] == 0
    assert ecs.service("s")["runningCount"] == 2


def test_its_agent_is_asked_nothing_more_once_it_is_inactive(ecs: Ecs) -> None:
    agent = Agent(ecs)
    (task,) = ecs.start(agent.arn)
    ecs.after(2).call("DeregisterContainerInstance", containerInstance=agent.arn, force=True)
    assert agent.orders() == []
    assert agent.statuses(task) == ("STOPPED", "STOPPED")
    with pytest.raises(WorldError, match="not found"):
        agent.register(containerInstanceArn=agent.arn)
    assert agent.register()["containerInstanceArn"] != agent.arn


def test_a_terminated_machine_is_deregistered_as_any_is(ecs: Ecs) -> None:
    agent = Agent(ecs)
    (task,) = ecs.start(agent.arn)
    ecs.world.terminate(agent.name, ecs.now)
    row = ecs.after(200).instance(agent.arn)
    assert row["status"] == "INACTIVE"
    assert ecs.task(task)["stoppedReason"] == "Host EC2 (instance i-0a) terminated."
    assert ecs.world.hosts["i-0a"].state == "terminated"


def test_what_only_a_simulated_machine_can_do_is_refused(ecs: Ecs) -> None:
    agent = Agent(ecs)
    (task,) = ecs.start(agent.arn)
    for act in (ecs.world.stop, ecs.world.start, ecs.world.reboot):
        with pytest.raises(WorldError, match="is a real machine"):
            act(agent.arn, ecs.now)
    with pytest.raises(WorldError, match="is a real machine"):
        ecs.world.interrupt(agent.arn, ecs.now, action="stop")
    with pytest.raises(WorldError, match="are real: use their engine"):
        ecs.world.kill_task(task, ecs.now)
    with pytest.raises(WorldError, match="are real: use their engine"):
        ecs.world.set_health(task, "HEALTHY", ecs.now)


def test_an_agent_of_its_own_does_not_flap_by_itself(make: Any) -> None:
    ecs = make(agent_flap_seconds=(10.0, 10.0))
    agent = Agent(ecs)
    before = len(ecs.told(INSTANCE, agent.arn))
    ecs.after(100)
    assert len(ecs.told(INSTANCE, agent.arn)) == before


def test_an_old_agent_that_lost_its_arn_registers_anew(make: Any) -> None:
    """ "duplicate with same ec2InstanceId, old ARN ACTIVE+disconnected", a switch."""
    ecs = make(ec2_start_registers_anew=True)
    agent = Agent(ecs)
    ecs.world.agents.disconnected(agent.arn, ecs.now)
    other = agent.register()
    assert other["containerInstanceArn"] != agent.arn
    assert other["ec2InstanceId"] == ecs.instance(agent.arn)["ec2InstanceId"]
    assert ecs.instance(agent.arn)["status"] == "ACTIVE"


def test_attributes_of_its_own_stay_when_it_comes_again(ecs: Ecs) -> None:
    agent = Agent(ecs)
    row = {"name": "stack", "value": "blue", "targetId": agent.arn}
    ecs.call("PutAttributes", attributes=[row])
    again = agent.register(containerInstanceArn=agent.arn, versionInfo={"agentVersion": "2.0"})
    have = {item["name"]: item.get("value") for item in again["attributes"]}
    assert have["stack"] == "blue"
    assert again["versionInfo"]["agentVersion"] == "2.0"


def test_health_is_kept_for_an_agent_that_is_away(ecs: Ecs) -> None:
    ecs.register("checked", {"name": "a", "healthCheck": {"command": ["CMD", "t"]}})
    agent = Agent(ecs)
    (task,) = ecs.start(agent.arn, family="checked")
    ecs.after(2)
    agent.reports(task, "RUNNING")
    agents = ecs.world.agents
    agents.health(agent.arn, {task: {"a": "HEALTHY", "b": "UNHEALTHY"}}, ecs.now)
    assert ecs.task(task)["healthStatus"] == "HEALTHY"
    agents.disconnected(agent.arn, ecs.now)
    agents.health(agent.arn, {task: {"a": "UNHEALTHY"}, "x": {"a": "HEALTHY"}}, ecs.now)
    assert ecs.task(task)["healthStatus"] == "HEALTHY"
    agents.connected(agent.arn, ecs.now)
    assert ecs.task(task)["healthStatus"] == "UNHEALTHY"
    instance = agents.find(agent.arn)
    assert instance is not None
    assert agents.news(instance, {task: {"a": "UNHEALTHY"}}) == {}
    assert agents.news(instance, {task: {"a": "nonsense"}}) == {}


def test_a_machine_is_known_before_its_agent_comes(ecs: Ecs) -> None:
    host = ecs.world.agents.launch("local", ecs.now, docker_host="unix:///x")
    assert (host.is_real, host.private_ip, host.zone) == (True, "", "us-east-1a")
    answer: Any = ecs.world.call("ec2", "DescribeInstances", {"InstanceIds": [host.id]}, ecs.now)
    machine = answer["Reservations"][0]["Instances"][0]
    assert "PrivateIpAddress" not in machine
    agent = Agent(ecs, host.id, privateIp="10.1.2.3", availabilityZone="us-east-1c")
    assert ecs.instance(agent.arn)["ec2InstanceId"] == host.id
    assert (host.private_ip, host.zone) == ("10.1.2.3", "us-east-1c")
    with pytest.raises(WorldError, match="Cluster not found"):
        ecs.world.agents.launch("nowhere", ecs.now)
    with pytest.raises(WorldError, match="has no agent of its own"):
        ecs.world.agents.disconnected(ecs.hosts[0], ecs.now)
