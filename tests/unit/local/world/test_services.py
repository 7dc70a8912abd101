"""REPLICA services: counted, placed, replaced, rolled, drained; RunTask's placement with them."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from daemonctl.local.world import Behaviour

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.local.world.conftest import Ecs


def create(ecs: Ecs, name: str = "web", count: int = 4, **more: Any) -> dict[str, Any]:
    given = {"taskDefinition": "kibana", "desiredCount": count, **more}
    return ecs.call("CreateService", serviceName=name, **given)["service"]


def where(ecs: Ecs, name: str = "web") -> dict[int, int]:
    """How many tasks with desiredStatus RUNNING each instance has."""
    tasks = ecs.cluster.services[name].tasks
    return dict(Counter(ecs.hosts.index(task.instance.arn) for task in tasks))


def lows_and_highs(ecs: Ecs, seconds: int, name: str = "web") -> tuple[int, int]:
    """The fewest RUNNING and the most alive tasks, looked at every half second."""
    service = ecs.cluster.services[name]
    seen = []
    for _ in range(seconds * 2):
        ecs.after(0.5)
        tasks = service.tasks
        seen.append((sum(task.last_status == "RUNNING" for task in tasks), len(tasks)))
    return min(low for low, _ in seen), max(high for _, high in seen)


def test_tasks_are_marked_as_the_services_own(ecs: Ecs) -> None:
    """ "`ecs-svc/<id>` for services. `group`: … `service:x`"."""
    create(ecs)
    ecs.after(20)
    arns = ecs.listed(serviceName="web")
    assert len(arns) == 4
    (deployment,) = ecs.service("web")["deployments"]
    for arn in arns:
        task = ecs.task(arn)
        assert task["startedBy"] == deployment["id"]
        assert task["startedBy"].startswith("ecs-svc/")
        assert task["group"] == "service:web"
    assert where(ecs) == {0: 2, 1: 1, 2: 1}  # spread over zones, then instances
    row = ecs.service("web")
    assert (row["runningCount"], row["pendingCount"], row["desiredCount"]) == (4, 0, 4)
    assert deployment["rolloutState"] == "COMPLETED"
    assert row["events"][0]["message"] == "(service web) has reached a steady state."


def test_one_that_dies_is_replaced(ecs: Ecs) -> None:
    create(ecs)
    arn = ecs.after(20).listed(serviceName="web")[0]
    ecs.world.kill_task(arn, ecs.now)
    after = ecs.after(20).listed(serviceName="web")
    assert len(after) == 4
    assert arn not in after


def test_desired_count_up_and_down(ecs: Ecs) -> None:
    create(ecs)
    for count in (9, 2, 0):
        ecs.call("UpdateService", service="web", desiredCount=count)
        ecs.after(60)
        assert ecs.service("web")["runningCount"] == count
    assert len(ecs.service("web")["deployments"]) == 1  # a count is no new deployment


def test_constraints_are_respected_at_placement(ecs: Ecs) -> None:
    """The gate: "REPLICA services … land only where" `attribute:daemonctl.ready == true`."""
    rule = {"type": "memberOf", "expression": "attribute:daemonctl.ready == true"}
    create(ecs, count=2, placementConstraints=[rule])
    ecs.after(30)
    assert where(ecs) == {}
    assert "unable to place a task" in ecs.service("web")["events"][0]["message"]
    names = [event["detail"] for event in ecs.told("ECS Service Action")]
    assert [(row["eventName"], row["eventType"]) for row in names] == [
        ("SERVICE_TASK_PLACEMENT_FAILURE", "ERROR")
    ]
    ready = {"name": "daemonctl.ready", "value": "true", "targetId": ecs.hosts[1]}
    ecs.call("PutAttributes", attributes=[ready])
    ecs.after(20)
    assert where(ecs) == {1: 2}
    ecs.call("PutAttributes", attributes=[{**ready, "value": "false"}])
    ecs.after(60)
    assert where(ecs) == {1: 2}  # a placed task stays


def test_distinct_instances(ecs: Ecs) -> None:
    create(ecs, count=5, placementConstraints=[{"type": "distinctInstance"}])
    ecs.after(30)
    assert where(ecs) == {0: 1, 1: 1, 2: 1}
    ecs.world.add_instances("local", 1, ecs.now)
    ecs.after(30)
    assert len(ecs.cluster.services["web"].tasks) == 4


def test_room_that_another_frees_is_used_at_once(ecs: Ecs) -> None:
    """Within the scheduler's second, not at its next retry."""
    ecs.register("huge", {"name": "a", "memory": 7600})
    arns = ecs.start(*ecs.hosts, family="huge")
    create(ecs, count=1, taskDefinition="huge")
    ecs.after(17).call("StopTask", task=arns[1])  # a retry is 15 s after the first try
    assert where(ecs.after(2)) == {1: 1}


def test_room_that_is_freed_is_used(ecs: Ecs) -> None:
    ecs.register("huge", {"name": "a", "memory": 7600})
    create(ecs, count=4, taskDefinition="huge")
    ecs.after(30)
    assert len(ecs.cluster.services["web"].tasks) == 3
    reason = ecs.told("ECS Service Action")[0]["detail"]["reason"]
    assert reason == "RESOURCE:MEMORY"
    ecs.world.add_instances("local", 1, ecs.now)
    ecs.after(20)
    assert len(ecs.cluster.services["web"].tasks) == 4


@pytest.mark.parametrize(
    ("least", "most", "low", "high"),
    [(100, 200, 4, 8), (50, 100, 2, 4), (100, 150, 4, 6), (0, 100, 0, 4)],
)
def test_a_rolling_deployment_keeps_to_its_per_cents(
    ecs: Ecs, least: int, most: int, low: int, high: int
) -> None:
    """Never fewer running than minimumHealthyPercent, never more alive than maximumPercent."""
    rule = {"minimumHealthyPercent": least, "maximumPercent": most}
    ecs.register("small", {"name": "a"})
    new = ecs.register("small", {"name": "a"})
    create(ecs, taskDefinition="small:1", deploymentConfiguration=rule)
    ecs.after(20)
    ecs.call("UpdateService", service="web", taskDefinition="small")
    found = lows_and_highs(ecs, 90)
    assert found[0] >= low
    assert found == (low if least else found[0], high)
    (deployment,) = ecs.service("web")["deployments"]
    assert deployment["taskDefinition"] == new
    assert deployment["rolloutState"] == "COMPLETED"
    assert {task.definition.arn for task in ecs.cluster.services["web"].tasks} == {new}


def test_during_a_deployment_there_are_two(ecs: Ecs) -> None:
    create(ecs)
    ecs.after(20)
    ecs.call("UpdateService", service="web", forceNewDeployment=True)
    rows = ecs.after(2).service("web")["deployments"]
    assert [(row["status"], row["rolloutState"]) for row in rows] == [
        ("PRIMARY", "IN_PROGRESS"),
        ("ACTIVE", "COMPLETED"),
    ]
    assert len(ecs.after(60).service("web")["deployments"]) == 1


def test_the_circuit_breaker_rolls_back_once(ecs: Ecs) -> None:
    """Threshold 0.5 x desired count, at least 3; "rolled back to the last completed"."""
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    ecs.register("bad", {"name": "a"})
    create(ecs, deploymentConfiguration=breaker)
    ecs.after(20)
    ecs.world.behave("bad", Behaviour(pull_failure="no such tag"))
    ecs.call("UpdateService", service="web", taskDefinition="bad")
    ecs.after(120)
    (row,) = ecs.service("web")["deployments"]
    assert row["taskDefinition"].endswith("kibana:1")
    assert row["rolloutState"] == "COMPLETED"
    names = [event["detail"]["eventName"] for event in ecs.told("ECS Deployment State Change")]
    assert [name.removeprefix("SERVICE_DEPLOYMENT_") for name in names] == [
        "IN_PROGRESS", "COMPLETED", "IN_PROGRESS", "FAILED", "IN_PROGRESS", "COMPLETED",
    ]  # fmt: skip
    assert ecs.service("web")["runningCount"] == 4


def test_a_rollback_that_fails_is_not_rolled_back(ecs: Ecs) -> None:
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    create(ecs, deploymentConfiguration=breaker)
    ecs.after(20)
    ecs.world.behave("kibana", Behaviour(pull_failure="registry gone"))
    ecs.call("UpdateService", service="web", forceNewDeployment=True)
    ecs.after(600)
    names = [event["detail"]["eventName"] for event in ecs.told("ECS Deployment State Change")]
    assert names.count("SERVICE_DEPLOYMENT_FAILED") == 1
    assert ecs.service("web")["deployments"][0]["rolloutState"] == "FAILED"


def test_tasks_that_never_run_are_tried_ever_more_slowly(ecs: Ecs) -> None:
    """ "tasks never reaching RUNNING are retried with delays up to 15 min"."""
    ecs.world.behave("kibana", Behaviour(pull_failure="no such tag"))
    create(ecs, count=1)
    ecs.after(3500)
    starts = [task.created_at for task in ecs.cluster.tasks.values()]
    gaps = [after - before for before, after in itertools.pairwise(starts)]
    assert [round(gap, -1) for gap in gaps[1:]] == [10, 20, 40, 80, 160, 320, 640, 900, 900]
    names = [event["detail"]["eventName"] for event in ecs.told("ECS Service Action")]
    assert names == ["SERVICE_TASK_START_IMPAIRED"]


def test_draining_replaces_first_where_all_must_run(make: Callable[..., Ecs]) -> None:
    """ "service RUNNING tasks are replaced per min/max percent"; standalone ones stay."""
    ecs = make()
    create(ecs, count=3)
    (alone,) = ecs.start(ecs.hosts[0])
    ecs.after(20)
    drain(ecs, 0)
    assert lows_and_highs(ecs, 30)[0] == 3
    assert 0 not in where(ecs)
    assert ecs.task(alone)["lastStatus"] == "RUNNING"
    stopped = [ecs.task(arn) for arn in ecs.listed(serviceName="web", desiredStatus="STOPPED")]
    assert [row["stopCode"] for row in stopped] == ["ServiceSchedulerInitiated"]
    assert stopped[0]["stoppedReason"].startswith("Scaling activity initiated by (deployment ecs-")


def test_draining_stops_pending_ones_at_once(ecs: Ecs) -> None:
    ecs.world.behave("kibana", Behaviour(never_start=True), instance=ecs.hosts[0])
    create(ecs, count=3)
    ecs.after(20)
    drain(ecs, 0)
    assert 0 not in where(ecs.after(1.5))


def test_a_drain_without_room_elsewhere_waits(make: Callable[..., Ecs]) -> None:
    """ "If the minimum is 100%, the scheduler can't remove existing tasks until the replacement
    tasks are considered healthy"."""
    ecs = make(instances=1)
    create(ecs, count=1)
    ecs.after(20)
    drain(ecs, 0)
    ecs.after(300)
    assert where(ecs) == {0: 1}


def drain(ecs: Ecs, host: int) -> None:
    names = [ecs.hosts[host]]
    ecs.call("UpdateContainerInstancesState", containerInstances=names, status="DRAINING")


def test_protected_tasks_stay(ecs: Ecs) -> None:
    create(ecs)
    arns = ecs.after(20).listed(serviceName="web")
    answer = ecs.call(
        "UpdateTaskProtection", tasks=arns[:2], protectionEnabled=True, expiresInMinutes=5
    )
    assert [row["protectionEnabled"] for row in answer["protectedTasks"]] == [True, True]
    ecs.call("UpdateService", service="web", desiredCount=0)
    assert ecs.after(60).listed(serviceName="web") == arns[:2]
    assert ecs.call("GetTaskProtection", tasks=arns[:1])["protectedTasks"][0]["protectionEnabled"]
    ecs.after(300).call("UpdateService", service="web", desiredCount=0)
    assert ecs.after(60).listed(serviceName="web") == []
    (alone,) = ecs.start(ecs.hosts[0])
    answer = ecs.call("UpdateTaskProtection", tasks=[alone], protectionEnabled=True)
    assert answer["failures"][0]["reason"] == "TASK_NOT_VALID"


def test_unhealthy_tasks_are_replaced(ecs: Ecs) -> None:
    check = {"command": ["CMD-SHELL", "true"]}
    ecs.register("checked", {"name": "a", "healthCheck": check})
    ecs.world.behave("checked", Behaviour(unhealthy_after=60.0))
    create(ecs, count=2, taskDefinition="checked")
    ecs.after(40)
    assert ecs.service("web")["deployments"][0]["rolloutState"] == "COMPLETED"
    ecs.after(40)
    assert len(ecs.listed(serviceName="web", desiredStatus="STOPPED")) >= 2


def test_delete(ecs: Ecs) -> None:
    create(ecs)
    ecs.after(20)
    assert ecs.refused("DeleteService", service="web")[0] == "InvalidParameterException"
    ecs.call("DeleteService", service="web", force=True)
    assert ecs.service("web")["status"] == "DRAINING"
    ecs.after(30)
    assert ecs.service("web")["status"] == "INACTIVE"
    assert ecs.listed(serviceName="web") == []
    assert ecs.call("ListServices")["serviceArns"] == []
    assert ecs.refused("UpdateService", service="web")[0] == "ServiceNotActiveException"
    create(ecs)
    assert ecs.after(30).service("web")["runningCount"] == 4


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"serviceName": "a b"}, "InvalidParameterException"),
        ({"desiredCount": None}, "InvalidParameterException"),
        ({"desiredCount": -1}, "InvalidParameterException"),
        ({"taskDefinition": "nope"}, "ClientException"),
        ({"schedulingStrategy": "DAEMON"}, "InvalidParameterException"),  # "no desiredCount"
        ({"schedulingStrategy": "OTHER"}, "InvalidParameterException"),
        ({"launchType": "FARGATE"}, "UnsupportedFeatureException"),
        ({"placementConstraints": [{"type": "memberOf", "expression": "=="}]},
         "InvalidParameterException"),
        ({"placementConstraints": [{"type": "other"}]}, "InvalidParameterException"),
        (
            {"schedulingStrategy": "DAEMON", "desiredCount": None,
             "placementStrategy": [{"type": "random"}]},
            "InvalidParameterException",
        ),
    ],
)  # fmt: skip
def test_what_create_refuses(ecs: Ecs, params: dict[str, Any], code: str) -> None:
    given = {"serviceName": "s", "taskDefinition": "kibana", "desiredCount": 1, **params}
    assert ecs.refused("CreateService", **given)[0] == code
    assert ecs.cluster.services == {}


def test_creating_twice(ecs: Ecs) -> None:
    """clientToken on CreateService makes it idempotent."""
    first = create(ecs, clientToken="t")
    assert create(ecs, clientToken="t")["serviceArn"] == first["serviceArn"]
    given = {"serviceName": "web", "taskDefinition": "kibana", "desiredCount": 1}
    assert ecs.refused("CreateService", **given)[0] == "InvalidParameterException"
    assert ecs.refused("UpdateService", service="x")[0] == "ServiceNotFoundException"
    assert ecs.refused("DeleteService", service="x")[0] == "ServiceNotFoundException"


def test_list_services_in_pages_of_ten(ecs: Ecs) -> None:
    """ "page 10, max 100"."""
    for number in range(12):
        create(ecs, f"s{number}", 0)
    assert len(ecs.call("ListServices")["serviceArns"]) == 10
    assert len(ecs.pages("ListServices", "serviceArns")) == 12
    assert ecs.pages("ListServices", "serviceArns", schedulingStrategy="DAEMON") == []


def run(ecs: Ecs, **more: Any) -> dict[str, Any]:
    return ecs.call("RunTask", **{"taskDefinition": "kibana", **more})


def test_run_task_spreads(ecs: Ecs) -> None:
    hosts = [task["containerInstanceArn"] for task in run(ecs, count=6)["tasks"]]
    assert Counter(hosts) == dict.fromkeys(ecs.hosts, 2)


@pytest.mark.parametrize(
    ("strategy", "hosts"),
    [([{"type": "binpack", "field": "memory"}], 1), ([{"type": "spread", "field": "host"}], 3)],
)
def test_run_task_strategies(ecs: Ecs, strategy: list[dict[str, str]], hosts: int) -> None:
    answer = run(ecs, count=3, placementStrategy=strategy)
    assert len({task["containerInstanceArn"] for task in answer["tasks"]}) == hosts


def test_run_task_by_constraint_and_what_does_not_fit(ecs: Ecs) -> None:
    host = ecs.instance(ecs.hosts[1])["ec2InstanceId"]
    rule = {"type": "memberOf", "expression": f"ec2InstanceId == {host}"}
    answer = run(ecs, count=9, placementConstraints=[rule])
    assert {task["containerInstanceArn"] for task in answer["tasks"]} == {ecs.hosts[1]}
    assert len(answer["tasks"]) == 7  # 7 x 1024 MiB of 7680
    reasons = {row["arn"]: row["reason"] for row in answer["failures"]}
    assert reasons[ecs.hosts[1]] == "RESOURCE:MEMORY"
    assert reasons[ecs.hosts[0]] == "MemberOf placement constraint unsatisfied."


def test_run_task_never_on_draining_ones(ecs: Ecs) -> None:
    for host in (0, 1, 2):
        drain(ecs, host)
    assert run(ecs)["tasks"] == []


def test_run_task_tokens(ecs: Ecs) -> None:
    """ "same token+params → original result, other params → ConflictException"."""
    first = run(ecs, clientToken="t", startedBy="x" * 128)
    again = run(ecs, clientToken="t", startedBy="x" * 128)
    assert again["tasks"][0]["taskArn"] == first["tasks"][0]["taskArn"]
    assert ecs.refused("RunTask", taskDefinition="kibana", clientToken="t")[0] == (
        "ConflictException"
    )
    ecs.after(86_401)
    assert run(ecs, clientToken="t")["tasks"][0]["taskArn"] != first["tasks"][0]["taskArn"]


@pytest.mark.parametrize(
    "params",
    [
        {"count": 0},
        {"count": 11},
        {"clientToken": "x" * 65},
        {"startedBy": "x" * 129},
        {"placementConstraints": [{"type": "distinctInstance"}] * 11},
        {"placementStrategy": [{"type": "random"}] * 6},
    ],
)
def test_what_run_task_refuses(ecs: Ecs, params: dict[str, Any]) -> None:
    code, _ = ecs.refused("RunTask", taskDefinition="kibana", **params)
    assert code == "InvalidParameterException"
