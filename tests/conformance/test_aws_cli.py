"""The AWS CLI's own commands against the local ECS as a process: waiters, pages, queries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.local.conftest import Server, end, environment, start

AWS = Path(sys.executable).with_name("aws")
CLUSTER = ("--cluster", "local")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Seven instances; a hundred seconds in one, so that no waiter has to wait for long."""
    found = start("--instances", "7", "--speed", "100")
    yield found
    assert end(found) == 0


def begun(server: Server, *words: str) -> subprocess.Popen[str]:
    variables = {
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    return subprocess.Popen(
        [AWS, *words, "--output", "json"],
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def aws(server: Server, *words: str, code: int = 0) -> Any:
    with begun(server, *words) as process:
        out, told = process.communicate(timeout=120)
    assert process.returncode == code, told
    return json.loads(out) if out.strip() else told


def test_pages_of_the_cli(server: Server) -> None:
    command = ("ecs", "list-container-instances", *CLUSTER)
    everything = aws(server, *command)["containerInstanceArns"]
    assert len(everything) == 7
    assert aws(server, *command, "--page-size", "2")["containerInstanceArns"] == everything
    first = aws(server, *command, "--max-items", "3")
    assert first["containerInstanceArns"] == everything[:3]
    token = ("--starting-token", first["NextToken"])
    second = aws(server, *command, "--max-items", "3", *token)
    assert second["containerInstanceArns"] == everything[3:6]
    last = aws(server, *command, "--starting-token", second["NextToken"])
    assert last["containerInstanceArns"] == everything[6:]
    assert "NextToken" not in last


def test_queries_of_the_cli(server: Server) -> None:
    arns = aws(
        server, "ecs", "list-container-instances", *CLUSTER,
        "--query", "containerInstanceArns[0:2]",
    )  # fmt: skip
    assert len(arns) == 2
    rows = aws(
        server, "ecs", "describe-container-instances", *CLUSTER, "--container-instances", *arns,
        "--query", "containerInstances[].[status, registeredResources[0].integerValue]",
    )  # fmt: skip
    assert rows == [["ACTIVE", 2048], ["ACTIVE", 2048]]
    zones = aws(
        server, "ec2", "describe-instances",
        "--query", "sort(Reservations[].Instances[].Placement.AvailabilityZone)",
    )  # fmt: skip
    assert zones == ["us-east-1a"] * 3 + ["us-east-1b"] * 2 + ["us-east-1c"] * 2


def test_waiters_of_tasks(server: Server) -> None:
    ecs = server.client("ecs")
    arn = ecs.list_container_instances(cluster="local")["containerInstanceArns"][0]
    started = aws(
        server, "ecs", "start-task", *CLUSTER, "--task-definition", "registrator",
        "--container-instances", arn,
    )  # fmt: skip
    task = started["tasks"][0]["taskArn"]
    seen(lambda: bool(ecs.describe_tasks(cluster="local", tasks=[task])["tasks"]))
    aws(server, "ecs", "wait", "tasks-running", *CLUSTER, "--tasks", task)
    row = ecs.describe_tasks(cluster="local", tasks=[task])["tasks"][0]
    assert row["lastStatus"] == "RUNNING"
    aws(server, "ecs", "stop-task", *CLUSTER, "--task", task)
    aws(server, "ecs", "wait", "tasks-stopped", *CLUSTER, "--tasks", task)
    row = ecs.describe_tasks(cluster="local", tasks=[task])["tasks"][0]
    assert row["lastStatus"] == "STOPPED"
    told = aws(server, "ecs", "wait", "tasks-running", *CLUSTER, "--tasks", task, code=255)
    assert 'matched expected path: "STOPPED"' in told


def test_waiters_of_services(server: Server) -> None:
    ecs = server.client("ecs")
    aws(
        server, "ecs", "create-service", *CLUSTER, "--service-name", "web",
        "--task-definition", "kibana", "--desired-count", "3",
    )  # fmt: skip
    aws(server, "ecs", "wait", "services-stable", *CLUSTER, "--services", "web")
    (row,) = ecs.describe_services(cluster="local", services=["web"])["services"]
    assert (row["runningCount"], len(row["deployments"])) == (3, 1)
    told = aws(server, "ecs", "wait", "services-stable", *CLUSTER, "--services", "nobody", code=255)
    assert 'matched expected path: "MISSING"' in told
    aws(server, "ecs", "update-service", *CLUSTER, "--service", "web", "--desired-count", "0")
    aws(server, "ecs", "delete-service", *CLUSTER, "--service", "web")
    aws(server, "ecs", "wait", "services-inactive", *CLUSTER, "--services", "web")
    (row,) = ecs.describe_services(cluster="local", services=["web"])["services"]
    assert row["status"] == "INACTIVE"


def seen(look: Any) -> None:
    for _ in range(500):
        if look():
            return
        time.sleep(0.01)
    pytest.fail("never seen")
