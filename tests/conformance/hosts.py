"""Facts §2: container instances, what happens to their hosts, and what room they have."""

from __future__ import annotations

from typing import Any

from tests.conformance.place import Place
from tests.conformance.table import fact

DAY = 86_400.0
LAGS: dict[str, Any] = {
    "disconnect_lag_seconds": (60.0, 60.0),
    "deregister_lag_seconds": (30.0, 30.0),
}


def state(ecs: Place, arn: str) -> tuple[str, bool]:
    row = ecs.instance(arn)
    return row["status"], row["agentConnected"]


@fact(
    2,
    "`version` (int) rises with each event-producing change.",
)
def versions_rise(ecs: Place) -> None:
    ecs.start(ecs.hosts[0])
    ecs.after(5).do("disconnect", ecs.hosts[0])
    told = ecs.told("ECS Container Instance State Change", ecs.hosts[0])
    versions = [event["detail"]["version"] for event in told]
    assert versions == list(range(1, len(told) + 1))
    assert ecs.instance(ecs.hosts[0])["version"] == versions[-1]


@fact(
    2,
    "register: ACTIVE, connected",
    wire=True,
)
def register(ecs: Place) -> None:
    (arn,) = ecs.do("add_instances", "local", 1)
    assert state(ecs, arn) == ("ACTIVE", True)


@fact(
    2,
    "EC2 stop: stays ACTIVE; agentConnected=false within minutes; tasks stop. EC2 start: "
    "same ARN reconnects (agent checkpoint)",
    **LAGS,
)
def stop_and_start(ecs: Place) -> None:
    host = ecs.hosts[0]
    (task,) = ecs.start(host)
    ecs.after(5).do("stop", host)
    assert state(ecs.after(59), host) == ("ACTIVE", True)
    assert state(ecs.after(2), host) == ("ACTIVE", False)
    ended = ecs.task(task)
    assert (ended["lastStatus"], ended["stopCode"]) == ("STOPPED", "TerminationNotice")
    assert ended["stoppedReason"].endswith("stopped.")
    ecs.do("start", host)
    assert state(ecs.after(70), host) == ("ACTIVE", True)
    assert len(ecs.pages("ListContainerInstances", "containerInstanceArns")) == 3


@fact(
    2,
    "EC2 terminate, agent connected: auto-deregistered → INACTIVE, unlisted, describable ~1 h",
    **LAGS,
)
def terminate(ecs: Place) -> None:
    host = ecs.hosts[0]
    ecs.do("terminate", host)
    assert state(ecs.after(29), host) == ("ACTIVE", True)
    assert state(ecs.after(2), host) == ("INACTIVE", False)
    assert host not in ecs.pages("ListContainerInstances", "containerInstanceArns")
    assert state(ecs.after(3_590), host) == ("INACTIVE", False)
    answer = ecs.after(10).call("DescribeContainerInstances", containerInstances=[host])
    assert answer["failures"] == [{"arn": host, "reason": "MISSING"}]


@fact(
    2,
    "terminate while stopped or agent disconnected: NOT auto-deregistered: ACTIVE + "
    "agentConnected=false stays",
)
def terminate_unseen(ecs: Place) -> None:
    first, second, _ = ecs.hosts
    ecs.do("disconnect", first)
    ecs.do("stop", second)
    ecs.after(300)
    for host in (first, second):
        ecs.do("terminate", host)
    ecs.after(DAY)
    assert state(ecs, first) == state(ecs, second) == ("ACTIVE", False)


@fact(
    2,
    "agent dies, host lives: containers run on; task status frozen; nothing rescheduled; "
    "StartTask → `AGENT`",
    wire=True,
)
def agent_dies(ecs: Place) -> None:
    host = ecs.hosts[0]
    ecs.behave("consul-agent", exit_after=30.0)
    (task,) = ecs.start(host)
    ecs.after(5).do("disconnect", host)
    frozen = ecs.after(600).task(task)
    assert (frozen["lastStatus"], frozen["connectivity"]) == ("RUNNING", "DISCONNECTED")
    assert ecs.failure(host) == "AGENT"
    ecs.do("reconnect", host)
    assert ecs.task(task)["lastStatus"] == "STOPPED"


@fact(
    2,
    "remainingResources.PORTS lists TAKEN ports (reserved + tasks' static host ports); "
    "registeredResources.PORTS the reserved ones. Reserved TCP default: 22, 2375, 2376, "
    "51678, 51679. UDP default empty.",
    wire=True,
)
def ports(ecs: Place) -> None:
    host, reserved = ecs.hosts[0], ["22", "2375", "2376", "51678", "51679"]
    mappings = [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 81},
                {"containerPort": 53, "hostPort": 53, "protocol": "udp"}]  # fmt: skip
    ecs.register("web", {"name": "a", "portMappings": mappings})
    ecs.start(host, family="web")
    left = ecs.left(host)
    assert (left["PORTS"], left["PORTS_UDP"]) == ([*reserved, "8080"], ["53"])
    rows = ecs.instance(host)["registeredResources"]
    assert [row["stringSetValue"] for row in rows if "PORTS" in row["name"]] == [reserved, []]


@fact(
    2,
    "Static hostPort (host or bridge mode, declared in portMappings) makes ECS refuse a "
    "second copy with RESOURCE:PORTS. Host mode without portMappings reserves nothing → "
    "duplicates accepted",
    wire=True,
)
def duplicates(ecs: Place) -> None:
    port = {"containerPort": 80}
    ecs.register("host", {"name": "a", "portMappings": [port]}, networkMode="host")
    ecs.register("bridge", {"name": "a", "portMappings": [{**port, "hostPort": 81}]})
    for family in ("host", "bridge"):
        ecs.start(ecs.hosts[0], family=family)
        assert ecs.failure(ecs.hosts[0], family) == "RESOURCE:PORTS"
    for _ in range(2):
        ecs.start(ecs.hosts[0], family="registrator")


@fact(
    2,
    "ECS counts CPU/MEM/ports free once desiredStatus=STOPPED; agent ≥1.73 holds the new "
    "task PENDING until the host really frees them",
)
def free_when_told(ecs: Place) -> None:
    ecs.behave("*", stop_seconds=(20.0, 20.0))
    ecs.register("web", {"name": "a", "portMappings": [{"containerPort": 80, "hostPort": 80}]})
    (old,) = ecs.start(ecs.hosts[0], family="web")
    ecs.after(5).call("StopTask", task=old)
    (new,) = ecs.start(ecs.hosts[0], family="web")
    assert ecs.after(15).task(new)["lastStatus"] == "PENDING"
    assert ecs.after(10).task(new)["lastStatus"] == "RUNNING"


@fact(
    2,
    "runningTasksCount omits tasks already told to stop",
    wire=True,
)
def running_tasks_count(ecs: Place) -> None:
    ecs.behave("*", stop_seconds=(20.0, 20.0))
    task, _ = ecs.start(ecs.hosts[0]) + ecs.start(ecs.hosts[0], family="registrator")
    assert ecs.after(5).instance(ecs.hosts[0])["runningTasksCount"] == 2
    ecs.call("StopTask", task=task)
    assert ecs.instance(ecs.hosts[0])["runningTasksCount"] == 1


@fact(
    2,
    "Attributes: ecs.{availability-zone,instance-type,ami-id,os-type,cpu-architecture}, "
    "[com.amazonaws.]ecs.capability.*; custom ≤10",
    wire=True,
)
def attribute_names(ecs: Place) -> None:
    names = [row["name"] for row in ecs.instance(ecs.hosts[0])["attributes"]]
    for name in ("availability-zone", "instance-type", "ami-id", "os-type", "cpu-architecture"):
        assert f"ecs.{name}" in names
    assert any(name.startswith("ecs.capability.") for name in names)
    assert any(name.startswith("com.amazonaws.ecs.capability.") for name in names)
    for count, code in ((10, ""), (11, "AttributeLimitExceededException")):
        row = {"name": f"x{count}", "targetId": ecs.hosts[0]}
        rows = [{"name": f"x{n}", "targetId": ecs.hosts[0]} for n in range(10)]
        assert ecs.refusal("PutAttributes", attributes=rows if count == 10 else [row]) == code


@fact(
    2,
    "Memory subtracted = memoryReservation if set, else memory; container minimum 6 MiB; "
    "EC2 needs memory, memoryReservation or task memory.",
    wire=True,
)
def memory(ecs: Place) -> None:
    ecs.register("soft", {"name": "a", "memory": 500, "memoryReservation": 100})
    ecs.start(ecs.hosts[0], family="soft")
    assert ecs.left(ecs.hosts[0])["MEMORY"] == 7_580

    def refused(task: dict[str, Any], **container: Any) -> str:
        rows = [{"name": "a", "image": "x", **container}]
        given = {"family": "m", "containerDefinitions": rows, **task}
        return ecs.refusal("RegisterTaskDefinition", **given)

    assert refused({}) == refused({}, memory=5) == "ClientException"
    assert refused({}, memory=6) == refused({}, memoryReservation=6) == ""
    assert refused({"memory": "64"}) == ""
