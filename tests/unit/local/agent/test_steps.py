"""What is done next for a task."""

from __future__ import annotations

from daemonctl.local.agent.record import CREATED, NONE, PULLED, RUNNING, STOPPED
from daemonctl.local.agent.steps import ABANDON, CREATE, PULL, START, STOP, Step, settle
from tests.unit.local.agent.given import NOW, container, end, needs, payload, run, task


def test_a_container_is_pulled_then_created_then_started() -> None:
    made = task()
    for status, kind in ((NONE, PULL), (PULLED, CREATE), (CREATED, START)):
        made.container("main").status = status
        assert settle(made, NOW) == ([Step(kind, "main")], None)


def test_nothing_begins_before_there_is_room_or_while_a_step_is_under_way() -> None:
    assert settle(task(admitted=False), NOW) == ([], None)
    made = task()
    made.busy["main"] = PULL
    assert settle(made, NOW) == ([], None)


def test_a_task_runs_once_all_its_containers_do() -> None:
    made = task(payload(1, container("first"), container("second", essential=False)))
    run(made, "first")
    settle(made, NOW)
    assert made.status == "PENDING"
    end(made, "second")
    settle(made, NOW)
    assert (made.status, made.record.ran, made.record.desired) == (RUNNING, True, RUNNING)


def test_the_exit_of_an_essential_container_stops_the_others() -> None:
    made = task(payload(1, container("first"), container("second", stopTimeout=7)))
    run(made, "second")
    run(made, "first")
    settle(made, NOW)
    end(made, "first", 1)
    assert settle(made, NOW + 1) == ([Step(STOP, "second", 7)], None)
    assert made.record.reason == "Essential container in task exited"
    assert made.record.execution_stopped_at == NOW + 1
    end(made, "second", 143)
    assert settle(made, NOW + 2) == ([], None)
    settle(made, NOW + 3)
    assert (made.status, made.record.stopped_at) == (STOPPED, NOW + 2)
    assert made.record.execution_stopped_at == NOW + 1


def test_without_a_stop_timeout_sigkill_comes_after_thirty_seconds() -> None:
    made = task()
    run(made)
    made.record.desired = STOPPED
    assert settle(made, NOW)[0] == [Step(STOP, "main", 30)]


def test_the_exit_of_one_that_is_not_essential_stops_nothing() -> None:
    made = task(payload(1, container("first"), container("second", essential=False)))
    run(made, "first")
    end(made, "second", 1)
    assert settle(made, NOW) == ([], None)
    assert made.record.desired == RUNNING


def test_a_task_of_which_all_containers_have_ended_is_over() -> None:
    made = task(payload(1, container("only", essential=False)))
    end(made, "only")
    settle(made, NOW)
    assert (made.status, made.record.desired) == (STOPPED, STOPPED)


def test_what_kept_a_container_from_starting_is_the_reason_of_the_task() -> None:
    made = task()
    row = made.container("main")
    row.status, row.reason = STOPPED, "CannotPullContainerError: no"
    settle(made, NOW)
    assert made.record.reason == "CannotPullContainerError: no"
    assert made.record.execution_stopped_at is None


def test_a_task_that_was_told_to_stop_has_no_reason_of_its_own() -> None:
    made = task()
    run(made)
    made.record.desired = STOPPED
    settle(made, NOW)
    end(made, exit_code=143)
    settle(made, NOW)
    assert (made.status, made.record.reason) == (STOPPED, None)


def test_a_stop_lets_go_of_what_has_not_begun_and_abandons_pulls() -> None:
    made = task(payload(1, container("pulls"), container("waits"), container("starts")))
    made.busy |= {"pulls": PULL, "starts": START}
    made.container("starts").status = CREATED
    made.record.desired = STOPPED
    assert settle(made, NOW)[0] == [Step(ABANDON, "pulls")]
    assert [row.status for row in made.record.containers] == [NONE, STOPPED, CREATED]


def test_a_stop_ends_dependents_first() -> None:
    second = container("second", dependsOn=[needs("first", "START")])
    made = task(payload(1, container("first"), second))
    run(made, "first")
    run(made, "second")
    made.record.desired = STOPPED
    assert [step.container for step in settle(made, NOW)[0]] == ["second"]
    end(made, "second", 0)
    assert [step.container for step in settle(made, NOW)[0]] == ["first"]


def test_a_dependency_that_failed_takes_down_the_whole_chain_of_those_not_begun() -> None:
    made = task(
        payload(
            1,
            container("third", essential=False, dependsOn=[needs("second", "START")]),
            container("second", essential=False, dependsOn=[needs("first", "SUCCESS")]),
            container("first", essential=False),
            container("main"),
        )
    )
    run(made, "main")
    end(made, "first", 4)
    settle(made, NOW)
    assert [made.container(name).status for name in ("second", "third")] == [STOPPED, STOPPED]
    assert "exited with 4" in (made.container("second").reason or "")
    assert made.record.desired == RUNNING


def test_a_condition_with_a_timeout_is_looked_at_again_when_it_is_over() -> None:
    second = container("second", dependsOn=[needs("first", "HEALTHY")])
    made = task(payload(1, container("first", startTimeout=5), second))
    run(made, "first")
    assert settle(made, NOW) == ([], NOW + 5)
    assert settle(made, NOW + 5) == ([Step(STOP, "first", 30)], None)
    assert "has timed out" in (made.record.reason or "")


def test_a_task_whose_stop_is_wanted_waits_for_no_condition() -> None:
    third = container("third", dependsOn=[needs("first", "HEALTHY")])
    late = task(payload(1, container("essential"), container("first", startTimeout=5), third))
    run(late, "first")
    late.container("essential").status = STOPPED
    assert settle(late, NOW) == ([Step(STOP, "first", 30)], None)


def test_a_task_of_which_an_essential_container_never_started_did_not_run() -> None:
    made = task(payload(1, container("first"), container("second")))
    end(made, "first", 1)
    settle(made, NOW)
    assert (made.status, made.record.ran) == (STOPPED, False)


def test_one_that_is_not_essential_and_did_not_start_keeps_no_task_from_running() -> None:
    made = task(payload(1, container("first"), container("second", essential=False)))
    run(made, "first")
    made.container("second").status = STOPPED
    settle(made, NOW)
    assert made.status == RUNNING
