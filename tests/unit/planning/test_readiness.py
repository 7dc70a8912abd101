from __future__ import annotations

import pytest

from daemonctl.model.cluster import Container, Health, Task
from daemonctl.model.spec import DependsOn
from daemonctl.planning.readiness import LOST, Readiness, Ready, at_work, holds, readiness
from tests.unit.planning.scenery import NOW, task


def look(
    one: Task, *, checked: bool = False, least: float = 0.0, timeout: float = 300.0, at: float = 0.0
) -> Readiness:
    return readiness(
        one, has_health_check=checked, min_ready=least, start_timeout=timeout, now=NOW + at
    )


def test_a_running_task_without_a_health_check_is_ready() -> None:
    assert look(task()).value is Ready.READY


def test_a_pending_task_settles_until_its_start_timeout() -> None:
    young = task(last="PENDING", age=299)
    assert look(young) == Readiness(Ready.SETTLING, "PENDING, starting", NOW + 1)


def test_a_task_that_is_pending_for_too_long_is_not_ready() -> None:
    found = look(task(last="PENDING", age=300))
    assert found.value is Ready.NOT_READY
    assert found.words == "PENDING for longer than startTimeoutSeconds (300 s)"


def test_the_age_of_a_pending_task_counts_from_first_sight_where_ecs_tells_no_time() -> None:
    seen = task(last="PENDING", created_at=None, first_seen=NOW - 10)
    assert look(seen).until == NOW + 290
    assert look(task(last="PENDING", created_at=NOW - 20, first_seen=NOW)).until == NOW + 280


def test_a_running_task_settles_until_min_ready_seconds() -> None:
    fresh = task(started_at=NOW - 4)
    words = "RUNNING, counts as ready after minReadySeconds (10 s)"
    assert look(fresh, least=10) == Readiness(Ready.SETTLING, words, NOW + 6, running=True)
    assert look(fresh, least=10, at=6).value is Ready.READY


def test_min_ready_counts_from_first_sight_where_ecs_tells_no_start() -> None:
    seen = task(started_at=None, first_seen=NOW - 1)
    assert look(seen, least=10).until == NOW + 9


def test_a_task_whose_connection_is_lost_is_unknown_never_free_to_touch() -> None:
    assert look(task(connected=False)) is LOST


def test_a_healthy_task_with_a_health_check_is_ready() -> None:
    assert look(task(health=Health.HEALTHY), checked=True).value is Ready.READY


def test_an_unhealthy_task_is_not_ready_and_names_its_container() -> None:
    sick = task(
        health=Health.UNHEALTHY,
        containers=(Container("main"), Container("probe", health=Health.UNHEALTHY)),
    )
    assert look(sick, checked=True) == Readiness(Ready.NOT_READY, "container probe is UNHEALTHY")


def test_every_container_that_is_unhealthy_is_named() -> None:
    sick = tuple(Container(name, health=Health.UNHEALTHY) for name in "ab")
    found = look(task(health=Health.UNHEALTHY, containers=sick), checked=True)
    assert found.words == "container a, b is UNHEALTHY"


def test_an_unhealthy_task_whose_containers_tell_nothing_is_not_ready_all_the_same() -> None:
    found = look(task(health=Health.UNHEALTHY, containers=()), checked=True)
    assert found == Readiness(Ready.NOT_READY, "container ? is UNHEALTHY")


def test_a_health_check_without_a_result_settles_and_then_is_unknown() -> None:
    fresh = task(started_at=NOW - 10)
    words = "RUNNING, its health check has not passed yet"
    assert look(fresh, checked=True) == Readiness(Ready.SETTLING, words, NOW + 290)
    words = "RUNNING, but ECS tells no result of its health check"
    assert look(fresh, checked=True, at=290) == Readiness(Ready.UNKNOWN, words)


def test_health_is_not_asked_of_a_task_definition_without_a_check() -> None:
    assert look(task(health=Health.UNKNOWN)).value is Ready.READY


@pytest.mark.parametrize(
    ("condition", "pending", "settling", "unhealthy", "ready", "lost"),
    [
        (DependsOn.START, False, True, True, True, True),
        (DependsOn.HEALTHY, False, True, False, True, False),
        (DependsOn.READY, False, False, False, True, False),
    ],
)
def test_start_asks_for_running_healthy_for_health_and_ready_for_everything(
    condition: DependsOn,
    *,
    pending: bool,
    settling: bool,
    unhealthy: bool,
    ready: bool,
    lost: bool,
) -> None:
    def met(one: Task, *, least: float = 0.0) -> bool:
        return holds(condition, one, look(one, checked=True, least=least))

    healthy = {"health": Health.HEALTHY}
    assert met(task(last="PENDING", age=1)) is pending
    assert met(task(started_at=NOW, **healthy), least=10) is settling
    assert met(task(health=Health.UNHEALTHY)) is unhealthy
    assert met(task(**healthy)) is ready
    assert met(task(connected=False, **healthy)) is lost


def test_a_run_settles_until_its_start_timeout_and_is_told_after_that() -> None:
    words = "RUNNING, counts once it has ended with exit code 0"
    made = at_work(task(age=304), start_timeout=300.0, now=NOW)
    assert made == Readiness(Ready.SETTLING, words, NOW + 1, running=True)
    words = "RUNNING for longer than startTimeoutSeconds (300 s), not ended yet"
    made = at_work(task(age=305), start_timeout=300.0, now=NOW)
    assert made == Readiness(Ready.NOT_READY, words, running=True)
