"""StartTask and StopTask: sent once, within the budget, and every instance accounted for."""

from __future__ import annotations

from typing import Any

import pytest

from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.model.plan import SetGate
from daemonctl.ports import ApiError
from tests.unit.adapters.actions import DEFINITION, STOP, instance_arn, start, task_arn
from tests.unit.adapters.conftest import Diary, Script, StandingClock


async def test_a_write_is_never_sent_twice(
    cluster: EcsCluster, script: Script, diary: Diary, buckets: Buckets
) -> None:
    for error, outcome in [
        (ApiError("ThrottlingException", "Rate exceeded"), "throttled"),
        (ApiError("Timeout", "no answer", ambiguous=True), "ambiguous"),
        (ApiError("ClientException", "no"), "error"),
    ]:
        script.replies["StartTask"] = [error]
        script.calls.clear()
        with pytest.raises(ApiError) as raised:
            await cluster.start_task(start(1))
        assert raised.value is error
        assert len(script.calls) == 1
        assert ("aws_requests_total", {"operation": "StartTask", "outcome": outcome}) in (
            diary.counts
        )
        buckets._buckets["cluster_resource_modify"].since = 0  # the hold is over
        buckets._buckets["cluster_resource_modify"].level = 5


async def test_a_write_beyond_the_budget_is_not_sent(
    cluster: EcsCluster, script: Script, buckets: Buckets
) -> None:
    assert cluster.tokens().calls == 90
    while buckets.spend("StartTask"):
        pass
    assert cluster.tokens().calls == 0
    with pytest.raises(ApiError, match="budget") as raised:
        await cluster.stop_task(STOP)
    assert (raised.value.code, raised.value.ambiguous) == ("ThrottlingException", False)
    assert script.calls == []


async def test_what_start_task_asks_for(cluster: EcsCluster, script: Script) -> None:
    script.on("StartTask", {})
    over = '{"containerOverrides":[{"command":["x"],"name":"a"}]}'
    await cluster.start_task(start(1))
    await cluster.start_task(
        start(
            1,
            2,
            overrides=over,
            tags=(("team", "platform"),),
            propagate_tags=True,
            enable_execute_command=True,
        )
    )
    plain, full = script.named("StartTask")
    assert plain == {
        "cluster": "web",
        "containerInstances": [instance_arn(1)],
        "taskDefinition": DEFINITION,
        "group": "daemonctl-consul-agent",
        "startedBy": "daemonctl/prod",
        "tags": [
            {"key": "daemonctl:owner", "value": "prod"},
            {"key": "daemonctl:daemon", "value": "consul-agent"},
            {"key": "daemonctl:revision", "value": "consul-agent:4"},
        ],
    }
    assert full["overrides"] == {"containerOverrides": [{"command": ["x"], "name": "a"}]}
    assert (full["propagateTags"], full["enableExecuteCommand"]) == ("TASK_DEFINITION", True)
    assert full["tags"][0] == {"key": "team", "value": "platform"}
    assert full["tags"][-1]["value"].startswith("consul-agent:4+")
    assert len(full["tags"][-1]["value"]) == len("consul-agent:4+") + 12
    await cluster.start_task(start(1, rollback_of="consul-agent:5"))
    *_, back = script.named("StartTask")
    assert {"key": "daemonctl:rollback-of", "value": "consul-agent:5"} in back["tags"]
    for many in ((), range(11)):
        with pytest.raises(ValueError, match="1 to 10"):
            await cluster.start_task(start(*many))


async def test_each_instance_of_a_start_is_in_one_part_of_the_answer(
    cluster: EcsCluster, script: Script, diary: Diary, clock: StandingClock
) -> None:
    def made(number: int, instance: str) -> dict[str, Any]:
        return {"taskArn": task_arn(number), "containerInstanceArn": instance}

    script.on(
        "StartTask",
        {
            "tasks": [
                made(1, instance_arn(1)),
                made(2, instance_arn(2).replace("/web/", "/")),  # short form
                made(9, instance_arn(9)),  # nobody asked
                {"taskArn": None, "containerInstanceArn": instance_arn(6)},  # unreadable
            ],
            "failures": [
                {"arn": instance_arn(3), "reason": "RESOURCE:MEMORY", "detail": "12 left"},
                {"arn": instance_arn(4).replace("/web/", "/"), "reason": "AGENT"},
                {"arn": instance_arn(8), "reason": "MISSING"},  # nobody asked
                {"arn": instance_arn(1), "reason": "AGENT"},  # started all the same
                {"reason": "LOCATION"},
            ],
        },
    )
    answer = await cluster.start_task(start(1, 2, 3, 4, 5, 6))
    assert [task.arn for task in answer.started] == [task_arn(1), task_arn(2)]
    assert answer.started[0].first_seen == clock.time
    assert [(r.instance, r.reason, r.detail) for r in answer.refused] == [
        (instance_arn(3), "RESOURCE:MEMORY", "12 left"),
        (instance_arn(4), "AGENT", ""),
    ]
    assert answer.unanswered == (instance_arn(5), instance_arn(6))
    assert diary.logs[0][1] == "start_unanswered"


async def test_a_stop_of_what_is_gone_is_no_error(cluster: EcsCluster, script: Script) -> None:
    script.on("StopTask", {"task": {"taskArn": task_arn(1), "desiredStatus": "STOPPED"}})
    stopped = await cluster.stop_task(STOP)
    assert stopped is not None
    assert stopped.desired_status == "STOPPED"
    assert script.named("StopTask")[0] == {
        "cluster": "web",
        "task": task_arn(1),
        "reason": "daemonctl: DUPLICATE: two",
    }
    gone = ApiError("InvalidParameterException", "The referenced task was not found.; look")
    script.replies["StopTask"] = [gone]
    assert await cluster.stop_task(STOP) is None
    for other in (
        ApiError("InvalidParameterException", "Invalid identifier"),
        ApiError("ClusterNotFoundException", "The referenced task was not found."),
    ):
        script.replies["StopTask"] = [other]
        with pytest.raises(ApiError):
            await cluster.stop_task(STOP)
    script.replies["StopTask"] = [{}]
    with pytest.raises(ApiError, match="UnreadableAnswer") as raised:
        await cluster.stop_task(STOP)
    assert raised.value.ambiguous


async def test_a_gate_is_set_on_ten_at_once_and_remembered(
    cluster: EcsCluster, script: Script
) -> None:
    script.on("PutAttributes", {"attributes": []})
    script.on("DescribeContainerInstances", {"containerInstances": [described(1)], "failures": []})
    await cluster.describe_container_instances([instance_arn(1)])
    arns = tuple(map(instance_arn, range(1, 3)))
    await cluster.put_attributes(SetGate("daemonctl.ready", True, arns, "ready"))
    row = {"name": "daemonctl.ready", "targetType": "container-instance", "value": "true"}
    rows = [row | {"targetId": arn} for arn in arns]
    assert script.named("PutAttributes") == [{"cluster": "web", "attributes": rows}]
    event = {"containerInstanceArn": instance_arn(1), "version": 9, "status": "ACTIVE"}
    assert cluster.decode_instance(event).attributes.values["daemonctl.ready"] == "true"


def described(number: int) -> dict[str, object]:
    return {
        "containerInstanceArn": instance_arn(number),
        "status": "ACTIVE",
        "attributes": [{"name": "a", "value": "b"}],
    }


async def test_an_attribute_is_dropped(cluster: EcsCluster, script: Script) -> None:
    script.on("DeleteAttributes", {"attributes": []})
    await cluster.drop_attribute("x", [instance_arn(1)])
    row = {"name": "x", "targetType": "container-instance", "targetId": instance_arn(1)}
    assert script.named("DeleteAttributes") == [{"cluster": "web", "attributes": [row]}]


async def test_services_that_ask_for_an_attribute_are_found_by_tens(
    cluster: EcsCluster, script: Script
) -> None:
    def service(name: str, *expressions: str) -> dict[str, object]:
        rows = [{"type": "memberOf", "expression": text} for text in expressions]
        return {"serviceName": name, "placementConstraints": rows}

    asked = "attribute:ready exists"
    script.on(
        "DescribeServices",
        {"services": [service("a"), service("b", "x exists", "attribute: ready==true")]},
        {"services": [service("c", "attribute:steady == true"), service("d", asked)]},
    )
    names = [f"s{n}" for n in range(12)]
    assert await cluster.asking_for("ready", names) == ("b", "d")
    assert [len(params["services"]) for params in script.named("DescribeServices")] == [10, 2]
    assert await cluster.asking_for("ready", ()) == ()
