"""Facts §6: ECS's own DAEMON services, to compare with."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from tests.conformance.place import Place
from tests.conformance.table import fact

INVALID = "InvalidParameterException"


def create(ecs: Place, family: str = "registrator", name: str = "d", **more: Any) -> None:
    given = {"serviceName": name, "taskDefinition": family, "schedulingStrategy": "DAEMON"}
    ecs.call("CreateService", **given, **more)


def where(ecs: Place, name: str = "d") -> list[int]:
    tasks = [ecs.task(arn) for arn in ecs.pages("ListTasks", "taskArns", serviceName=name)]
    return sorted(ecs.hosts.index(task["containerInstanceArn"]) for task in tasks)


@fact(
    6,
    "One task per ACTIVE instance meeting constraints; none on DRAINING",
    wire=True,
)
def one_each(ecs: Place) -> None:
    row = {"name": "role", "value": "web", "targetId": ecs.hosts[0]}
    ecs.call("PutAttributes", attributes=[row, {**row, "targetId": ecs.hosts[1]}])
    web = {"type": "memberOf", "expression": "attribute:role == web"}
    create(ecs, placementConstraints=[web])
    create(ecs, name="all")
    ecs.after(20)
    assert (where(ecs), where(ecs, "all")) == ([0, 1], [0, 1, 2])
    drained = {"containerInstances": ecs.hosts[:1], "status": "DRAINING"}
    ecs.call("UpdateContainerInstancesState", **drained)
    ecs.after(30)
    assert where(ecs) == [1]
    ecs.hosts += ecs.do("add_instances", "local", 1)
    ecs.after(20)
    assert where(ecs, "all") == [1, 2, 3]


@fact(
    6,
    "resources reserved ahead; starts before … replica tasks",
)
def reserved_ahead(ecs: Place) -> None:
    ecs.register("wide", {"name": "a", "cpu": 1_500})
    wide = {"taskDefinition": "wide", "serviceName": "r", "desiredCount": 3}
    ecs.call("CreateService", **wide)  # it is looked at first, and leaves room all the same
    create(ecs, "wide")
    ecs.after(30)
    assert (where(ecs), where(ecs, "r")) == ([0, 1, 2], [])


@fact(
    6,
    "stops after replica tasks",
)
def stops_last(ecs: Place) -> None:
    ecs.call("CreateService", serviceName="r", taskDefinition="kibana", desiredCount=3)
    create(ecs)
    ecs.after(20)
    drained = {"containerInstances": ecs.hosts[:1], "status": "DRAINING"}
    ecs.call("UpdateContainerInstancesState", **drained)
    ecs.after(60)
    ends = {task.group: task.stopped_at for task in ecs.cluster.tasks.values() if task.stopped_at}
    assert ends["service:d"] >= ends["service:r"]


@fact(
    6,
    "no desiredCount, placementStrategy; not with Fargate",
    wire=True,
)
def refused(ecs: Place) -> None:
    given = {"serviceName": "d", "taskDefinition": "kibana", "schedulingStrategy": "DAEMON"}
    spread = [{"type": "spread", "field": "instanceId"}]
    assert ecs.refusal("CreateService", **given, desiredCount=1) == INVALID
    assert ecs.refusal("CreateService", **given, placementStrategy=spread) == INVALID
    assert ecs.refusal("CreateService", **given, launchType="FARGATE")


@fact(
    6,
    "minimumHealthyPercent 0, maximumPercent 100 by default",
    wire=True,
)
def defaults(ecs: Place) -> None:
    create(ecs)
    rule = ecs.service("d")["deploymentConfiguration"]
    assert (rule["minimumHealthyPercent"], rule["maximumPercent"]) == (0, 100)


@fact(
    6,
    "Missing resources: event, keeps trying",
)
def keeps_trying(ecs: Place) -> None:
    ecs.register("wide", {"name": "a", "cpu": 2_000})
    (task,) = ecs.start(ecs.hosts[0])
    create(ecs, "wide")
    ecs.after(120)
    assert where(ecs) == [1, 2]
    told = [event["detail"]["eventName"] for event in ecs.told("ECS Service Action")]
    assert "SERVICE_TASK_PLACEMENT_FAILURE" in told
    ecs.call("StopTask", task=task)
    ecs.after(30)
    assert where(ecs) == [0, 1, 2]


@fact(
    6,
    "tasks never reaching RUNNING are retried with delays up to 15 min",
)
def retried_with_delays(ecs: Place) -> None:
    ecs.behave("kibana", pull_failure="no")
    attribute = {"name": "one", "targetId": ecs.hosts[0]}
    ecs.call("PutAttributes", attributes=[attribute])
    one = {"type": "memberOf", "expression": "attribute:one exists"}
    create(ecs, "kibana", placementConstraints=[one])
    begun: list[float] = []
    for _ in range(3_600):
        ecs.after(4)
        rows = sorted(task.created_at for task in ecs.cluster.tasks.values())
        begun += [at for at in rows if not begun or at > begun[-1]]
    gaps = [after - before for before, after in pairwise(begun)]
    assert gaps[:4] == sorted(gaps[:4])
    assert 890 <= max(gaps) <= 920
