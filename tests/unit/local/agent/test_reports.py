"""What the control plane is told."""

from __future__ import annotations

from typing import Any

from daemonctl.local.agent.record import PULLED, RUNNING, STOPPED, Binding, Task
from daemonctl.local.agent.reports import Report, accepted, next_report
from daemonctl.local.agent.steps import settle
from daemonctl.local.agent.telling import health_of
from tests.unit.local.agent.given import NOW, arn, container, end, payload, run, task


def told(made: Task) -> Report | None:
    settle(made, NOW)
    return next_report(made, "local")


def tell(made: Task) -> dict[str, Any]:
    report = told(made)
    assert report is not None
    accepted(made, report)
    return report.params


def test_nothing_is_told_of_a_task_that_is_pending() -> None:
    made = task()
    made.container("main").status = PULLED
    assert told(made) is None


def test_running_is_told_once_with_its_containers() -> None:
    made = task()
    run(made)
    row = made.container("main")
    row.bindings = (Binding(container_port=80, host_port=32768, protocol="tcp"),)
    made.record.pull_started_at, made.record.pull_stopped_at = 1.23456, 2.0
    assert tell(made) == {
        "cluster": "local",
        "task": arn(1),
        "status": RUNNING,
        "containers": [
            {
                "containerName": "main",
                "status": RUNNING,
                "runtimeId": "a" * 64,
                "networkBindings": [
                    {
                        "bindIP": "0.0.0.0",  # noqa: S104  what ECS shows
                        "containerPort": 80,
                        "hostPort": 32768,
                        "protocol": "tcp",
                    }
                ],
            }
        ],
        "pullStartedAt": 1.235,
        "pullStoppedAt": 2.0,
    }
    assert told(made) is None


def test_an_end_is_told_with_exit_code_and_reason() -> None:
    made = task()
    run(made)
    tell(made)
    end(made, exit_code=137)
    made.container("main").reason = "OutOfMemoryError: Container killed due to memory usage"
    params = tell(made)
    assert params["status"] == STOPPED
    assert params["reason"] == "Essential container in task exited"
    assert params["executionStoppedAt"] == NOW
    assert params["containers"][0] | {"exitCode": 137, "status": STOPPED} == params["containers"][0]
    assert params["containers"][0]["reason"].startswith("OutOfMemoryError")
    assert told(made) is None


def test_a_task_that_ran_and_ended_between_two_reports_is_told_as_both() -> None:
    made = task()
    run(made)
    settle(made, NOW)
    end(made, exit_code=7)
    first, second = tell(made), tell(made)
    assert [first["status"], second["status"]] == [RUNNING, STOPPED]
    assert "executionStoppedAt" not in first
    assert first["containers"] == [
        {"containerName": "main", "status": RUNNING, "runtimeId": "a" * 64}
    ]
    assert second["containers"][0]["exitCode"] == 7


def test_a_task_that_never_ran_is_told_as_stopped_alone() -> None:
    made = task()
    row = made.container("main")
    row.status, row.reason = STOPPED, "CannotPullContainerError: " + "x" * 2000
    params = tell(made)
    assert (params["status"], len(params["reason"])) == (STOPPED, 1024)
    assert set(params["containers"][0]) == {"containerName", "status", "reason"}


def test_the_end_of_one_container_is_told_while_its_task_runs_on() -> None:
    made = task(payload(1, container("main"), container("side", essential=False)))
    run(made, "main")
    run(made, "side")
    tell(made)
    end(made, "side", 3)
    params = tell(made)
    assert params["status"] == RUNNING
    assert [row.get("exitCode") for row in params["containers"]] == [None, 3]
    assert told(made) is None


def test_a_restart_in_place_is_told() -> None:
    made = task()
    run(made)
    tell(made)
    made.container("main").restarts += 1
    assert tell(made)["status"] == RUNNING


def test_of_a_task_that_the_control_plane_does_not_know_nothing_more_is_told() -> None:
    made = task()
    run(made)
    made.record.refused = True
    assert told(made) is None


def test_health_is_that_of_running_containers_with_a_check() -> None:
    check = {"config": '{"Healthcheck": {"Test": ["CMD", "true"]}}'}
    made = task(
        payload(
            1,
            container("checked", dockerConfig=check),
            container("plain"),
            container("over", dockerConfig=check),
        )
    )
    assert health_of([made]) == []
    run(made, "checked")
    run(made, "plain")
    end(made, "over")
    made.container("checked").health = "HEALTHY"
    made.container("checked").health_since = 5.5
    assert health_of([made]) == [
        {
            "taskArn": arn(1),
            "taskDefinitionFamily": "web",
            "taskDefinitionVersion": "3",
            "containers": [
                {"containerName": "checked", "healthStatus": "HEALTHY", "statusSince": 5.5}
            ],
        }
    ]
