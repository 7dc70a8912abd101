"""REPLICA services on the move: rolling deployments, the circuit breaker, drains."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from daemonctl.local.world import Behaviour

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.local.world.conftest import Ecs


def lows_and_highs(ecs: Ecs, seconds: int, name: str = "web") -> tuple[int, int]:
    """The fewest RUNNING and the most alive tasks, looked at every half second."""
    service = ecs.cluster.services[name]
    seen = []
    for _ in range(seconds * 2):
        ecs.after(0.5)
        tasks = service.tasks
        seen.append((sum(task.last_status == "RUNNING" for task in tasks), len(tasks)))
    return min(low for low, _ in seen), max(high for _, high in seen)


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
    ecs.serve(taskDefinition="small:1", deploymentConfiguration=rule)
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
    ecs.serve()
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
    ecs.serve(deploymentConfiguration=breaker)
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
    ecs.serve(deploymentConfiguration=breaker)
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
    ecs.serve(count=1)
    ecs.after(3500)
    starts = [task.created_at for task in ecs.cluster.tasks.values()]
    gaps = [after - before for before, after in itertools.pairwise(starts)]
    assert [round(gap, -1) for gap in gaps[1:]] == [10, 20, 40, 80, 160, 320, 640, 900, 900]
    names = [event["detail"]["eventName"] for event in ecs.told("ECS Service Action")]
    assert names == ["SERVICE_TASK_START_IMPAIRED"]


def test_draining_replaces_first_where_all_must_run(make: Callable[..., Ecs]) -> None:
    """ "service RUNNING tasks are replaced per min/max percent"; standalone ones stay."""
    ecs = make()
    ecs.serve(count=3)
    (alone,) = ecs.start(ecs.hosts[0])
    ecs.after(20)
    ecs.drain(0)
    assert lows_and_highs(ecs, 30)[0] == 3
    assert 0 not in ecs.spread()
    assert ecs.task(alone)["lastStatus"] == "RUNNING"
    stopped = [ecs.task(arn) for arn in ecs.listed(serviceName="web", desiredStatus="STOPPED")]
    assert [row["stopCode"] for row in stopped] == ["ServiceSchedulerInitiated"]
    assert stopped[0]["stoppedReason"].startswith("Scaling activity initiated by (deployment ecs-")


def test_draining_stops_pending_ones_at_once(ecs: Ecs) -> None:
    ecs.world.behave("kibana", Behaviour(never_start=True), instance=ecs.hosts[0])
    ecs.serve(count=3)
    ecs.after(20)
    ecs.drain(0)
    assert 0 not in ecs.after(1.5).spread()


def test_a_drain_without_room_elsewhere_waits(make: Callable[..., Ecs]) -> None:
    """ "If the minimum is 100%, the scheduler can't remove existing tasks until the replacement
    tasks are considered healthy"."""
    ecs = make(instances=1)
    ecs.serve(count=1)
    ecs.after(20)
    ecs.drain(0)
    ecs.after(300)
    assert ecs.spread() == {0: 1}
