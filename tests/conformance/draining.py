"""Facts §2: how container instances leave: drained, by force, with notice."""

from __future__ import annotations

from tests.conformance.hosts import DAY, state
from tests.conformance.operations import INVALID
from tests.conformance.place import Place
from tests.conformance.table import fact


@fact(
    2,
    "Draining: service PENDING tasks stop at once; service RUNNING tasks are replaced per"
    " min/max percent; standalone tasks (StartTask/RunTask) are untouched; stays DRAINING"
    " until set ACTIVE or deregistered. DAEMON-service tasks stop last.",
)
def draining(ecs: Place) -> None:
    host = ecs.hosts[0]
    ecs.call("CreateService", serviceName="r", taskDefinition="kibana", desiredCount=3)
    ecs.call(
        "CreateService", serviceName="d", taskDefinition="registrator", schedulingStrategy="DAEMON"
    )
    ecs.after(20)
    (alone,) = ecs.start(host)
    ecs.behave("kibana", never_start=True)
    ecs.call("UpdateService", service="r", desiredCount=6)
    ecs.after(3).call("UpdateContainerInstancesState", containerInstances=[host], status="DRAINING")

    def here(status: str | None = None) -> list[str]:
        rows = ecs.cluster.instances[host].tasks.values()
        return sorted(task.group for task in rows if status in {None, task.last_status})

    assert "service:r" in here("PENDING")
    ecs.after(3)
    assert here("PENDING") == []
    assert here() == ["family:consul-agent", "service:d", "service:r"]  # 3 of 6 well: none spare
    ecs.behave("kibana")
    ecs.call("UpdateService", service="r", forceNewDeployment=True)
    ecs.after(120)
    assert here() == ["family:consul-agent", "service:d"]
    assert ecs.after(DAY).instance(host)["status"] == "DRAINING"
    ecs.call("StopTask", task=alone)
    assert ecs.after(60).cluster.instances[host].tasks == {}


@fact(
    2,
    "Managed draining (capacity provider) waits until ALL tasks stopped, or 48 h",
)
def managed_draining(ecs: Place) -> None:
    rule = {"autoScalingGroupArn": "arn:aws:autoscaling:x", "managedDraining": "ENABLED"}
    ecs.call("CreateCapacityProvider", name="asg", autoScalingGroupProvider=rule)
    hosts = ecs.do("add_instances", "local", 2, capacity_provider="asg")
    (task, _) = ecs.start(*hosts)
    ecs.after(5)
    for arn in hosts:
        ecs.do("scale_in", arn)
    ecs.after(3_600)
    states = [ecs.cluster.instances[arn].host for arn in hosts]
    assert [host.state for host in states] == ["running", "running"]
    ecs.call("StopTask", task=task)
    ecs.after(60)
    assert [host.state for host in states] == ["terminated", "running"]
    ecs.after(172_800)
    assert [host.state for host in states] == ["terminated", "terminated"]


@fact(
    2,
    "StartTask onto DRAINING … (unverified). Simulate both",
    draining_accepts_start_task=False,
)
def start_on_draining(ecs: Place) -> None:
    host = ecs.hosts[0]
    ecs.call("UpdateContainerInstancesState", containerInstances=[host], status="DRAINING")
    assert ecs.failure(host) == "DRAINING"


@fact(
    2,
    "Deregister with force orphans tasks (API doc: they keep running; events doc: ECS "
    "marks them stopped).",
    wire=True,
)
def deregister_by_force(ecs: Place) -> None:
    (task,) = ecs.start(ecs.hosts[0])
    ecs.after(5).call("DeregisterContainerInstance", containerInstance=ecs.hosts[0], force=True)
    ended = ecs.task(task)
    assert ended["lastStatus"] == "STOPPED"
    assert ended["stoppedReason"] == "Container instance deregistration forced by user"
    assert ecs.cluster.tasks[task].really_runs
    assert ecs.refusal("DeregisterContainerInstance", containerInstance="x") == INVALID


@fact(
    2,
    "Spot: ECS_ENABLE_SPOT_INSTANCE_DRAINING=true → agent … sets itself DRAINING on terminate/stop",
    spot_draining=True,
)
def spot(ecs: Place) -> None:
    ecs.do("interrupt", ecs.hosts[0])
    assert state(ecs.after(2), ecs.hosts[0]) == ("DRAINING", True)
    assert ecs.cluster.instances[ecs.hosts[0]].host.state == "running"
    ecs.after(119)
    assert ecs.cluster.instances[ecs.hosts[0]].host.state != "running"
