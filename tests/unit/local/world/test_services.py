"""REPLICA services: counted, placed, replaced, protected, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from daemonctl.local.world import Behaviour

if TYPE_CHECKING:
    from tests.unit.local.world.conftest import Ecs


def test_tasks_are_marked_as_the_services_own(ecs: Ecs) -> None:
    """ "`ecs-svc/<id>` for services. `group`: … `service:x`"."""
    ecs.serve()
    ecs.after(20)
    arns = ecs.listed(serviceName="web")
    assert len(arns) == 4
    (deployment,) = ecs.service("web")["deployments"]
    for arn in arns:
        task = ecs.task(arn)
        assert task["startedBy"] == deployment["id"]
        assert task["startedBy"].startswith("ecs-svc/")
        assert task["group"] == "service:web"
    assert ecs.spread() == {0: 2, 1: 1, 2: 1}  # spread over zones, then instances
    row = ecs.service("web")
    assert (row["runningCount"], row["pendingCount"], row["desiredCount"]) == (4, 0, 4)
    assert deployment["rolloutState"] == "COMPLETED"
    assert row["events"][0]["message"] == "(service web) has reached a steady state."


def test_one_that_dies_is_replaced(ecs: Ecs) -> None:
    ecs.serve()
    arn = ecs.after(20).listed(serviceName="web")[0]
    ecs.world.kill_task(arn, ecs.now)
    after = ecs.after(20).listed(serviceName="web")
    assert len(after) == 4
    assert arn not in after


def test_desired_count_up_and_down(ecs: Ecs) -> None:
    ecs.serve()
    for count in (9, 2, 0):
        ecs.call("UpdateService", service="web", desiredCount=count)
        ecs.after(60)
        assert ecs.service("web")["runningCount"] == count
    assert len(ecs.service("web")["deployments"]) == 1  # a count is no new deployment


def test_constraints_are_respected_at_placement(ecs: Ecs) -> None:
    """The gate: "REPLICA services … land only where" `attribute:daemonctl.ready == true`."""
    rule = {"type": "memberOf", "expression": "attribute:daemonctl.ready == true"}
    ecs.serve(count=2, placementConstraints=[rule])
    ecs.after(30)
    assert ecs.spread() == {}
    assert "unable to place a task" in ecs.service("web")["events"][0]["message"]
    names = [event["detail"] for event in ecs.told("ECS Service Action")]
    assert [(row["eventName"], row["eventType"]) for row in names] == [
        ("SERVICE_TASK_PLACEMENT_FAILURE", "ERROR")
    ]
    ready = {"name": "daemonctl.ready", "value": "true", "targetId": ecs.hosts[1]}
    ecs.call("PutAttributes", attributes=[ready])
    ecs.after(20)
    assert ecs.spread() == {1: 2}
    ecs.call("PutAttributes", attributes=[{**ready, "value": "false"}])
    ecs.after(60)
    assert ecs.spread() == {1: 2}  # a placed task stays


def test_distinct_instances(ecs: Ecs) -> None:
    ecs.serve(count=5, placementConstraints=[{"type": "distinctInstance"}])
    ecs.after(30)
    assert ecs.spread() == {0: 1, 1: 1, 2: 1}
    ecs.world.add_instances("local", 1, ecs.now)
    ecs.after(30)
    assert len(ecs.cluster.services["web"].tasks) == 4


def test_room_that_another_frees_is_used_at_once(ecs: Ecs) -> None:
    """Within the scheduler's second, not at its next retry."""
    ecs.register("huge", {"name": "a", "memory": 7600})
    arns = ecs.start(*ecs.hosts, family="huge")
    ecs.serve(count=1, taskDefinition="huge")
    ecs.after(17).call("StopTask", task=arns[1])  # a retry is 15 s after the first try
    assert ecs.after(2).spread() == {1: 1}


def test_room_that_is_freed_is_used(ecs: Ecs) -> None:
    ecs.register("huge", {"name": "a", "memory": 7600})
    ecs.serve(count=4, taskDefinition="huge")
    ecs.after(30)
    assert len(ecs.cluster.services["web"].tasks) == 3
    reason = ecs.told("ECS Service Action")[0]["detail"]["reason"]
    assert reason == "RESOURCE:MEMORY"
    ecs.world.add_instances("local", 1, ecs.now)
    ecs.after(20)
    assert len(ecs.cluster.services["web"].tasks) == 4


def test_protected_tasks_stay(ecs: Ecs) -> None:
    ecs.serve()
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
    ecs.serve(count=2, taskDefinition="checked")
    ecs.after(40)
    assert ecs.service("web")["deployments"][0]["rolloutState"] == "COMPLETED"
    ecs.after(60)  # their successors are HEALTHY after 30 s, see test_health.py
    assert len(ecs.listed(serviceName="web", desiredStatus="STOPPED")) >= 2


def test_delete(ecs: Ecs) -> None:
    ecs.serve()
    ecs.after(20)
    assert ecs.refused("DeleteService", service="web")[0] == "InvalidParameterException"
    ecs.call("DeleteService", service="web", force=True)
    assert ecs.service("web")["status"] == "DRAINING"
    ecs.after(30)
    assert ecs.service("web")["status"] == "INACTIVE"
    assert ecs.listed(serviceName="web") == []
    assert ecs.call("ListServices")["serviceArns"] == []
    assert ecs.refused("UpdateService", service="web")[0] == "ServiceNotActiveException"
    ecs.serve()
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
    first = ecs.serve(clientToken="t")
    assert ecs.serve(clientToken="t")["serviceArn"] == first["serviceArn"]
    given = {"serviceName": "web", "taskDefinition": "kibana", "desiredCount": 1}
    assert ecs.refused("CreateService", **given)[0] == "InvalidParameterException"
    assert ecs.refused("UpdateService", service="x")[0] == "ServiceNotFoundException"
    assert ecs.refused("DeleteService", service="x")[0] == "ServiceNotFoundException"


def test_list_services_in_pages_of_ten(ecs: Ecs) -> None:
    """ "page 10, max 100"."""
    for number in range(12):
        ecs.serve(f"s{number}", 0)
    assert len(ecs.call("ListServices")["serviceArns"]) == 10
    assert len(ecs.pages("ListServices", "serviceArns")) == 12
    assert ecs.pages("ListServices", "serviceArns", schedulingStrategy="DAEMON") == []
