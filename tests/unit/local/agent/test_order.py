"""dependsOn, links and volumesFrom: what waits for what, and what can never begin."""

from __future__ import annotations

import pytest

from daemonctl.local.agent.order import Never, Wait, may_begin, may_end
from daemonctl.local.agent.record import CREATED, STOPPED, Task
from tests.unit.local.agent.given import NOW, container, end, needs, payload, run, task


def pair(condition: str, **first: object) -> Task:
    """Two containers; the second waits for the first."""
    second = container("second", dependsOn=[needs("first", condition)])
    return task(payload(1, container("first", **first), second))


def test_without_dependencies_a_container_may_begin() -> None:
    assert may_begin(task(), "main", NOW) is None


@pytest.mark.parametrize("condition", ["START", "COMPLETE", "SUCCESS", "HEALTHY"])
def test_each_condition_waits_for_one_that_has_not_begun(condition: str) -> None:
    assert may_begin(pair(condition), "second", NOW) == Wait()


@pytest.mark.parametrize(
    ("condition", "answer"),
    [("START", None), ("COMPLETE", Wait()), ("SUCCESS", Wait()), ("HEALTHY", Wait())],
)
def test_what_a_running_dependency_satisfies(condition: str, answer: object) -> None:
    made = pair(condition)
    run(made, "first")
    assert may_begin(made, "second", NOW) == answer


@pytest.mark.parametrize(
    ("condition", "exit_code", "goes_on"),
    [
        ("START", 1, True),
        ("COMPLETE", 1, True),
        ("SUCCESS", 0, True),
        ("SUCCESS", 1, False),
        ("HEALTHY", 0, False),
    ],
)
def test_what_a_dependency_that_exited_satisfies(
    condition: str, exit_code: int, *, goes_on: bool
) -> None:
    made = pair(condition)
    end(made, "first", exit_code)
    made.container("first").health = "HEALTHY"
    answer = may_begin(made, "second", NOW)
    assert (answer is None) == goes_on
    if not goes_on:
        assert isinstance(answer, Never)
        assert answer.reason.endswith(f"[second] as the dependency exited with {exit_code}")


@pytest.mark.parametrize(("health", "answer"), [("HEALTHY", None), ("UNHEALTHY", Wait())])
def test_healthy_is_what_its_check_says(health: str, answer: object) -> None:
    made = pair("HEALTHY")
    run(made, "first")
    made.container("first").health = health
    assert may_begin(made, "second", NOW) == answer


@pytest.mark.parametrize("condition", ["START", "COMPLETE", "SUCCESS", "HEALTHY"])
def test_a_dependency_that_never_started_satisfies_nothing(condition: str) -> None:
    made = pair(condition)
    made.container("first").status = STOPPED
    answer = may_begin(made, "second", NOW)
    assert isinstance(answer, Never)
    assert "did not start" in answer.reason


def test_a_dependency_that_is_no_container_of_the_task_can_never_hold() -> None:
    made = task(payload(1, container("only", dependsOn=[needs("gone", "START")])))
    assert isinstance(may_begin(made, "only", NOW), Never)


def test_start_timeout_is_how_long_the_condition_is_waited_for() -> None:
    made = pair("HEALTHY", startTimeout=20)
    assert may_begin(made, "second", NOW) == Wait()
    run(made, "first")
    assert may_begin(made, "second", NOW + 19) == Wait(NOW + 20)
    answer = may_begin(made, "second", NOW + 20)
    assert isinstance(answer, Never)
    assert "has timed out after 20 s" in answer.reason


def test_a_link_waits_until_the_other_runs_and_a_volume_until_it_is_created() -> None:
    linked = task(payload(1, container("db"), container("web", links=["db:database"])))
    lent = task(
        payload(1, container("db"), container("web", volumesFrom=[{"sourceContainer": "db"}]))
    )
    for made in (linked, lent):
        assert may_begin(made, "web", NOW) == Wait()
        made.container("db").status = CREATED
    assert may_begin(linked, "web", NOW) == Wait()
    assert may_begin(lent, "web", NOW) is None
    run(linked, "db")
    assert may_begin(linked, "web", NOW) is None


def test_what_others_depend_on_ends_last() -> None:
    made = pair("START")
    run(made, "first")
    run(made, "second")
    assert may_end(made, "second")
    assert not may_end(made, "first")
    end(made, "second")
    assert may_end(made, "first")
    made.container("second").status = CREATED
    made.busy["second"] = "START"
    assert not may_end(made, "first")
