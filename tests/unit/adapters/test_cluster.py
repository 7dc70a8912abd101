from __future__ import annotations

from typing import Any

import pytest

from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.model.ids import (
    ContainerInstanceArn,
    DaemonName,
    Owner,
    TaskArn,
    TaskDefinitionArn,
)
from daemonctl.model.plan import StartTask, StopKind, StopTask
from daemonctl.ports import ApiError
from tests.unit.adapters.conftest import Diary, Script, StandingClock

DEFINITION = TaskDefinitionArn("arn:aws:ecs:eu-west-1:1:task-definition/consul-agent:4")


def instance_arn(number: int) -> ContainerInstanceArn:
    return ContainerInstanceArn(f"arn:aws:ecs:eu-west-1:1:container-instance/web/{number:032x}")


def task_arn(number: int) -> TaskArn:
    return TaskArn(f"arn:aws:ecs:eu-west-1:1:task/web/{number:032x}")


def start(*numbers: int, **more: Any) -> StartTask:
    return StartTask(
        daemon=DaemonName("consul-agent"),
        owner=Owner("prod"),
        definition=DEFINITION,
        instances=tuple(map(instance_arn, numbers)),
        **{"overrides": "", **more},
    )


STOP = StopTask(
    daemon=DaemonName("consul-agent"),
    instance=instance_arn(1),
    task=task_arn(1),
    kind=StopKind.REPAIR,
    code="DUPLICATE",
    words="two",
)


async def test_pages_may_be_short_and_empty(cluster: EcsCluster, script: Script) -> None:
    script.on(
        "ListContainerInstances",
        {"containerInstanceArns": [instance_arn(1)], "nextToken": "a"},
        {"containerInstanceArns": [], "nextToken": "b"},
        {"containerInstanceArns": [instance_arn(1), instance_arn(2)], "nextToken": None},
    )
    assert await cluster.list_container_instances() == (instance_arn(1), instance_arn(2))
    assert script.named("ListContainerInstances") == [
        {"cluster": "web", "maxResults": 100},
        {"cluster": "web", "maxResults": 100, "nextToken": "a"},
        {"cluster": "web", "maxResults": 100, "nextToken": "b"},
    ]


async def test_a_page_token_that_comes_twice_is_an_error(
    cluster: EcsCluster, script: Script
) -> None:
    script.on(
        "ListTasks",
        {"taskArns": ["x"], "nextToken": "a"},
        {"taskArns": ["x"], "nextToken": "b"},
        {"taskArns": ["x"], "nextToken": "a"},
    )
    with pytest.raises(ApiError, match="RepeatedPage"):
        await cluster.list_tasks()
    assert len(script.calls) == 3


async def test_a_page_that_fails_fails_the_list(cluster: EcsCluster, script: Script) -> None:
    script.on("ListTasks", {"taskArns": ["x"], "nextToken": "a"}, ApiError("ServerException", "x"))
    with pytest.raises(ApiError, match="ServerException"):
        await cluster.list_tasks(family="f")


async def test_the_filters_of_list_tasks(cluster: EcsCluster, script: Script) -> None:
    script.on("ListTasks", {})
    await cluster.list_tasks(started_by="daemonctl/prod")
    await cluster.list_tasks(family="f", instance=instance_arn(1))
    await cluster.list_tasks(family="f", stopped=True)
    asked = [
        {k: v for k, v in params.items() if k not in {"cluster", "maxResults"}}
        for params in script.named("ListTasks")
    ]
    assert asked == [
        {"startedBy": "daemonctl/prod"},
        {"family": "f", "containerInstance": instance_arn(1), "desiredStatus": "RUNNING"},
        {"family": "f", "desiredStatus": "STOPPED"},
    ]
    for more in ({"family": "f"}, {"stopped": True}, {"instance": instance_arn(1)}):
        with pytest.raises(ValueError, match="startedBy"):
            await cluster.list_tasks(started_by="daemonctl/prod", **more)  # type: ignore[arg-type]


async def test_describes_go_by_hundreds_in_order_and_missing_ones_are_paired(
    cluster: EcsCluster, script: Script
) -> None:
    def answer(params: dict[str, Any]) -> dict[str, Any]:
        asked = params["tasks"]
        lost = [arn for arn in asked if int(arn[-1], 16) == 7]
        return {
            "tasks": [{"taskArn": arn} for arn in reversed(asked) if arn not in lost],
            # the old short form: without the cluster's name
            "failures": [{"arn": arn.replace("/web/", "/"), "reason": "MISSING"} for arn in lost],
        }

    script.on("DescribeTasks", answer)
    arns = [task_arn(n) for n in range(250)]
    found = await cluster.describe_tasks([*arns, arns[0]])
    assert [len(params["tasks"]) for params in script.named("DescribeTasks")] == [100, 100, 50]
    assert found.missing == tuple(arn for arn in arns if arn.endswith("7"))
    assert {task.arn for task in found.found} | set(found.missing) == set(arns)
    assert len(found.found) + len(found.missing) == 250
    assert await cluster.describe_tasks([]) == type(found)(())


@pytest.mark.parametrize("failure", [{"arn": task_arn(1), "reason": "ACCESS"}, {"detail": "?"}])
async def test_a_failure_that_is_not_missing_is_an_error(
    cluster: EcsCluster, script: Script, failure: dict[str, str]
) -> None:
    script.on("DescribeTasks", {"tasks": [], "failures": [failure]})
    with pytest.raises(ApiError, match="DescribeFailure"):
        await cluster.describe_tasks([task_arn(1)])


async def test_what_ecs_says_nothing_of_is_not_missing(
    cluster: EcsCluster, script: Script, diary: Diary
) -> None:
    script.on("DescribeTasks", {"tasks": [{"taskArn": task_arn(1)}]})
    found = await cluster.describe_tasks([task_arn(1), task_arn(2)])
    assert [task.arn for task in found.found] == [task_arn(1)]
    assert found.missing == ()
    assert diary.logs[0][2]["unanswered"] == [task_arn(2)]


async def test_the_first_describe_that_fails_fails_all(cluster: EcsCluster, script: Script) -> None:
    script.on("DescribeTasks", {"tasks": []}, ApiError("ServerException", "no", ambiguous=True))
    with pytest.raises(ApiError, match="ServerException"):
        await cluster.describe_tasks([task_arn(n) for n in range(300)])
    script.replies["DescribeTasks"] = [{"tasks": [{"taskArn": 5}]}]
    with pytest.raises(ApiError, match="UnreadableAnswer"):
        await cluster.describe_tasks([task_arn(1)])


async def test_a_reads_throttle_is_waited_out_and_counted(
    cluster: EcsCluster, script: Script, diary: Diary, clock: StandingClock
) -> None:
    no = ApiError("ThrottlingException", "Rate exceeded")
    script.on("ListTasks", no, no, {"taskArns": [task_arn(1)]})
    began = clock.time
    assert await cluster.list_tasks() == (task_arn(1),)
    assert clock.time - began == pytest.approx(0.5 + 1.0 + 2 * 0.05, abs=0.01)
    assert diary.counts == [
        ("aws_requests_total", {"operation": "ListTasks", "outcome": "throttled"}),
        ("aws_throttled_total", {"operation": "ListTasks"}),
        ("aws_requests_total", {"operation": "ListTasks", "outcome": "throttled"}),
        ("aws_throttled_total", {"operation": "ListTasks"}),
        ("aws_requests_total", {"operation": "ListTasks", "outcome": "ok"}),
    ]
    script.replies["ListTasks"] = [no]
    with pytest.raises(ApiError, match="ThrottlingException"):
        await cluster.list_tasks()
    assert len(script.calls) == 3 + 5


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


@pytest.mark.parametrize(
    "answer",
    [
        {"clusters": [], "failures": [{"arn": "web", "reason": "MISSING"}]},
        {"clusters": [{"clusterArn": "arn:web", "status": "INACTIVE"}]},
        {},
    ],
)
async def test_a_cluster_that_is_not_there(
    cluster: EcsCluster, script: Script, answer: dict[str, Any]
) -> None:
    script.on("DescribeClusters", answer)
    with pytest.raises(ApiError, match="'web'") as raised:
        await cluster.describe_cluster()
    assert raised.value.code == "ClusterNotFoundException"
    script.replies["DescribeClusters"] = [
        {"clusters": [{"clusterArn": "arn:web", "status": "ACTIVE"}]}
    ]
    assert await cluster.describe_cluster() == "arn:web"


async def test_a_task_definition(cluster: EcsCluster, script: Script) -> None:
    script.on("DescribeTaskDefinition", {"taskDefinition": {"taskDefinitionArn": DEFINITION}})
    assert (await cluster.describe_task_definition("consul-agent")).arn == DEFINITION
    assert script.calls[0][1] == {"taskDefinition": "consul-agent"}
    script.replies["DescribeTaskDefinition"] = [{}]
    with pytest.raises(ApiError, match="UnreadableAnswer"):
        await cluster.describe_task_definition("consul-agent")
