"""Container health checks: when they come out how, what a task's health is, who acts on it.

The quotations are of HealthCheck, DeploymentConfiguration in ECS's API reference, and facts §3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from daemonctl.local.world import Behaviour, WorldError

if TYPE_CHECKING:
    from tests.unit.local.world.conftest import Ecs

COMMAND = ["CMD-SHELL", "true"]


def checked(ecs: Ecs, *, family: str = "checked", **check: Any) -> None:
    ecs.register(family, {"name": "a", "healthCheck": {"command": COMMAND, **check}})


def run(ecs: Ecs, family: str = "checked") -> str:
    """A task that runs since this moment or at most 2.5 s."""
    (arn,) = ecs.start(ecs.hosts[0], family=family)
    ecs.after(2.5)
    assert ecs.task(arn)["lastStatus"] == "RUNNING"
    return arn


def health(ecs: Ecs, arn: str, after: float = 0.0) -> tuple[str, ...]:
    task = ecs.after(after).task(arn)
    return (task["healthStatus"], *(row["healthStatus"] for row in task["containers"]))


def test_healthy_at_the_first_check(ecs: Ecs) -> None:
    """ "interval: … between each health check execution … The default value is 30 seconds"."""
    checked(ecs)
    arn = run(ecs)
    assert health(ecs, arn) == ("UNKNOWN", "UNKNOWN")
    assert health(ecs, arn, 26.0) == ("UNKNOWN", "UNKNOWN")
    assert health(ecs, arn, 4.0) == ("HEALTHY", "HEALTHY")
    checked(ecs, family="often", interval=5)
    assert health(ecs, run(ecs, "often"), 5.0) == ("HEALTHY", "HEALTHY")


@pytest.mark.parametrize(
    ("check", "seconds"),
    [
        ({}, 90.0),  # "retries: … The default value is 3"
        ({"interval": 10, "retries": 2}, 20.0),
        ({"interval": 10, "retries": 2, "startPeriod": 25}, 40.0),  # of the checks at 10 and 20 …
        ({"interval": 10, "retries": 1, "startPeriod": 10}, 10.0),  # … failures do not count
    ],
)
def test_unhealthy_after_its_retries(ecs: Ecs, check: dict[str, int], seconds: float) -> None:
    """ "startPeriod: … before failed health checks count towards the maximum number of retries"."""
    checked(ecs, **check)
    ecs.world.behave("checked", Behaviour(unhealthy_after="CHECK"))
    arn = run(ecs)
    assert health(ecs, arn, seconds - 3.0) == ("UNKNOWN", "UNKNOWN")
    assert health(ecs, arn, 3.0) == ("UNHEALTHY", "UNHEALTHY")


@pytest.mark.parametrize(
    ("containers", "task"),
    [
        (["UNHEALTHY", "UNKNOWN"], "UNHEALTHY"),
        (["UNHEALTHY", "HEALTHY"], "UNHEALTHY"),
        (["HEALTHY", "UNKNOWN"], "UNKNOWN"),
        (["HEALTHY", "HEALTHY"], "HEALTHY"),
        (["HEALTHY", "UNKNOWN", "UNHEALTHY"], "UNHEALTHY"),
    ],
)
def test_a_tasks_health_is_that_of_its_essential_containers(
    ecs: Ecs, containers: list[str], task: str
) -> None:
    """ "the following priority order (high to low): UNHEALTHY …, UNKNOWN …, HEALTHY"."""
    rows = [{"name": f"c{n}", "healthCheck": {"command": COMMAND}} for n in range(len(containers))]
    aside = {"name": "aside", "essential": False, "healthCheck": {"command": COMMAND}}
    ecs.register("many", *rows, aside)
    arn = run(ecs, "many")
    ecs.world.set_health(arn, "UNHEALTHY", ecs.now, container="aside")
    for number, status in enumerate(containers):
        ecs.world.set_health(arn, status, ecs.now, container=f"c{number}")
    assert health(ecs, arn) == (task, *containers, "UNHEALTHY")


def test_set_from_outside_it_stays_so_until_the_container_starts_anew(ecs: Ecs) -> None:
    policy = {"enabled": True, "restartAttemptPeriod": 60}
    check = {"command": COMMAND, "interval": 5}
    ecs.register("checked", {"name": "a", "healthCheck": check, "restartPolicy": policy})
    arn = run(ecs)
    ecs.world.set_health(arn, "UNHEALTHY", ecs.now)
    assert health(ecs, arn, 60.0) == ("UNHEALTHY", "UNHEALTHY")
    ecs.world.kill_task(arn, ecs.now)
    assert health(ecs, arn) == ("UNKNOWN", "UNKNOWN")
    assert health(ecs, arn, 6.0) == ("HEALTHY", "HEALTHY")


def test_what_cannot_be_set_is_refused(ecs: Ecs) -> None:
    checked(ecs)
    arn = run(ecs)
    plain = run(ecs, "registrator")
    for task, status, container in (
        (arn, "SICK", None),
        (arn, "HEALTHY", "nobody"),
        (plain, "UNHEALTHY", None),
        ("nothing", "UNHEALTHY", None),
    ):
        with pytest.raises(WorldError, match="InvalidParameterException"):
            ecs.world.set_health(task, status, ecs.now, container=container)
    ecs.world.kill_task(arn, ecs.now)
    with pytest.raises(WorldError, match="is running"):
        ecs.world.set_health(arn, "UNHEALTHY", ecs.now)


def test_while_the_agent_is_away_the_last_known_health_stays(ecs: Ecs) -> None:
    """ "if the container was … HEALTHY prior to the disconnect, that status will remain"."""
    checked(ecs)
    arn = run(ecs)
    assert health(ecs, arn, 31.0)[0] == "HEALTHY"
    ecs.world.disconnect(ecs.hosts[0], ecs.now)
    ecs.world.set_health(arn, "UNHEALTHY", ecs.now)
    assert health(ecs, arn, 60.0)[0] == "HEALTHY"
    ecs.world.reconnect(ecs.hosts[0], ecs.now)
    assert health(ecs, arn) == ("UNHEALTHY", "UNHEALTHY")


def test_events_carry_no_health_and_a_standalone_task_is_left(ecs: Ecs) -> None:
    """ "Standalone tasks are NOT replaced when UNHEALTHY"."""
    checked(ecs)
    arn = run(ecs)
    before = len(ecs.events)
    ecs.world.set_health(arn, "UNHEALTHY", ecs.now)
    ecs.after(600)
    assert len(ecs.events) == before
    assert "ealthStatus" not in str(ecs.events)
    assert ecs.task(arn)["lastStatus"] == "RUNNING"


def service(ecs: Ecs, *, most: int) -> list[str]:
    checked(ecs, interval=5)
    ecs.call(
        "CreateService", serviceName="web", taskDefinition="checked", desiredCount=2,
        deploymentConfiguration={"maximumPercent": most, "minimumHealthyPercent": 50},
    )  # fmt: skip
    return ecs.after(20).listed(serviceName="web")


def test_a_service_replaces_an_unhealthy_task_first_then_stops_it(ecs: Ecs) -> None:
    """ "by starting replacement tasks first and then stopping the unhealthy tasks"."""
    first, second = service(ecs, most=200)
    ecs.world.set_health(first, "UNHEALTHY", ecs.now)
    assert len(ecs.after(3).listed(serviceName="web")) == 3
    assert ecs.task(first)["desiredStatus"] == "RUNNING"
    left = ecs.after(20).listed(serviceName="web")
    assert len(left) == 2
    assert second in left
    assert ecs.task(first)["stopCode"] == "ServiceSchedulerInitiated"


def test_where_maximum_percent_forbids_that_it_is_stopped_first(ecs: Ecs) -> None:
    """ "stops the unhealthy tasks … to clear up capacity to launch replacement tasks"."""
    first, _ = service(ecs, most=100)
    ecs.world.set_health(first, "UNHEALTHY", ecs.now)
    assert first not in ecs.after(1.1).listed(serviceName="web")
    assert len(ecs.after(20).listed(serviceName="web")) == 2


def test_where_no_host_has_room_for_the_replacement_it_is_stopped_first(ecs: Ecs) -> None:
    """ "as long as cluster resources for starting replacement tasks are available"."""
    first, _ = service(ecs, most=200)
    for host in ecs.hosts:
        ecs.cluster.instances[host].remaining.memory = 10
    ecs.world.set_health(first, "UNHEALTHY", ecs.now)
    assert ecs.after(1.1).task(first)["desiredStatus"] == "RUNNING"
    ecs.after(16)
    assert ecs.task(first)["desiredStatus"] == "STOPPED"
