"""RunTask: the scheduler finds the instance."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.local.world.conftest import Ecs


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
        ecs.drain(host)
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
