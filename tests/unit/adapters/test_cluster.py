"""Lists, describes and what is not there."""

from __future__ import annotations

from typing import Any

import pytest

from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.ports import ApiError
from tests.unit.adapters.actions import DEFINITION, instance_arn, task_arn
from tests.unit.adapters.conftest import Diary, Script, StandingClock


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
    script.on("ListTasks", {"taskArns": []})
    await cluster.list_tasks(started_by="daemonctl/prod")
    await cluster.list_tasks(family="f", instance=instance_arn(1))
    await cluster.list_tasks(family="f", stopped=True)
    await cluster.list_tasks(service="web")
    asked = [
        {k: v for k, v in params.items() if k not in {"cluster", "maxResults"}}
        for params in script.named("ListTasks")
    ]
    assert asked == [
        {"startedBy": "daemonctl/prod"},
        {"family": "f", "containerInstance": instance_arn(1), "desiredStatus": "RUNNING"},
        {"family": "f", "desiredStatus": "STOPPED"},
        {"serviceName": "web", "desiredStatus": "RUNNING"},
    ]
    for more in ({"family": "f"}, {"stopped": True}, {"instance": instance_arn(1)}):
        with pytest.raises(ValueError, match="startedBy"):
            await cluster.list_tasks(
                started_by="daemonctl/prod",
                **more,  # type: ignore[arg-type]  # one of each
            )


async def test_a_service_that_does_not_exist_has_no_tasks_and_nothing_else_is_swallowed(
    cluster: EcsCluster, script: Script
) -> None:
    gone = ApiError("ServiceNotFoundException", "Service not found.")
    script.on("ListTasks", gone, gone, ApiError("AccessDeniedException", "no"))
    assert await cluster.list_tasks(service="web") == ()
    with pytest.raises(ApiError, match="ServiceNotFound"):
        await cluster.list_tasks(family="web")
    with pytest.raises(ApiError, match="AccessDenied"):
        await cluster.list_tasks(service="web")


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
    assert [params["include"] for params in script.named("DescribeTasks")] == [["TAGS"]] * 3
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


@pytest.mark.parametrize(
    "answer",
    [
        {"clusters": [], "failures": [{"arn": "web", "reason": "MISSING"}]},
        {"clusters": [{"clusterArn": "arn:web", "status": "INACTIVE"}]},
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


async def test_an_answer_that_says_nothing_is_not_nothing_there(
    cluster: EcsCluster, script: Script
) -> None:
    for operation in ("ListTasks", "ListContainerInstances", "DescribeClusters"):
        script.on(operation, {})
    for asked in (cluster.list_tasks, cluster.list_container_instances, cluster.describe_cluster):
        with pytest.raises(ApiError, match="UnreadableAnswer"):
            await asked()


async def test_a_read_without_an_answer_is_made_again_after_a_while_and_not_for_ever(
    cluster: EcsCluster, script: Script, clock: StandingClock
) -> None:
    lost = ApiError("ServerException", "x", ambiguous=True)
    script.on("ListTasks", lost, lost, {"taskArns": ["t"]}, lost)
    assert await cluster.list_tasks(family="f") == ("t",)
    assert clock.slept == [0.5, 1.0]
    with pytest.raises(ApiError, match="ServerException"):
        await cluster.list_tasks(family="f")
    assert len(script.named("ListTasks")) == 3 + 5


async def test_a_read_that_hung_is_told_at_once(cluster: EcsCluster, script: Script) -> None:
    script.on("ListTasks", ApiError("Timeout", "x", ambiguous=True), {"taskArns": []})
    with pytest.raises(ApiError, match="Timeout"):
        await cluster.list_tasks(family="f")
    assert len(script.named("ListTasks")) == 1


async def test_services_are_listed_by_name_and_by_strategy(
    cluster: EcsCluster, script: Script
) -> None:
    arn = "arn:aws:ecs:eu-west-1:1:service"
    script.on(
        "ListServices",
        {"serviceArns": [f"{arn}/web/kibana"], "nextToken": "a"},
        {"serviceArns": [f"{arn}/old-short-form"]},
        {"serviceArns": []},
    )
    assert await cluster.list_services() == ("kibana", "old-short-form")
    assert await cluster.list_services(strategy="DAEMON") == ()
    assert script.named("ListServices")[2] == {
        "cluster": "web",
        "maxResults": 100,
        "schedulingStrategy": "DAEMON",
    }
