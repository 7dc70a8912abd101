from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Container
from daemonctl.model.memory import Failure
from daemonctl.model.spec import Restart
from daemonctl.planning.backoff import crashed, delay, evidence, extend, fold, refused
from tests.unit.planning.scenery import NOW, crash, task

RESTART = Restart(base_seconds=1.0, max_seconds=900.0, reset_after_seconds=600.0)
SERIES = Failure(3, at=NOW - 60, until=NOW - 56, code="EssentialContainerExited", words="")


def test_the_wait_is_the_base_doubled_by_each_failure_up_to_the_maximum() -> None:
    waits = [delay(streak, RESTART) for streak in range(1, 13)]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_a_series_of_any_length_has_a_wait() -> None:
    assert delay(10_000, RESTART) == 900.0


@pytest.mark.parametrize(
    "code",
    [
        "UserInitiated",
        "ServiceSchedulerInitiated",
        "SpotInterruption",
        "TerminationNotice",
        "InfrastructureHealth",
    ],
)
def test_somebodys_wish_and_the_hosts_end_are_no_crash(code: str) -> None:
    assert not crashed(crash(stop_code=code))


def test_a_stop_by_daemonctl_is_no_crash_whatever_its_code() -> None:
    assert not crashed(crash(stopped_reason="daemonctl: MISPLACED: wrong place"))


@pytest.mark.parametrize("code", ["EssentialContainerExited", "TaskFailedToStart", "NeverHeardOf"])
def test_every_other_stop_code_is_a_crash(code: str) -> None:
    assert crashed(crash(stop_code=code))


def test_a_daemon_that_exits_with_code_0_has_crashed_too() -> None:
    assert crashed(crash(containers=(Container("main", exit_code=0),)))


def test_without_a_stop_code_only_an_exit_code_other_than_0_tells() -> None:
    assert crashed(crash(stop_code=""))
    assert not crashed(crash(stop_code="", containers=(Container("main", exit_code=0),)))
    assert not crashed(crash(stop_code="", containers=(Container("main"),)))


def test_evidence_names_container_exit_code_and_reason() -> None:
    ended = crash(
        containers=(
            Container("agent", exit_code=137, reason="OutOfMemoryError"),
            Container("side", exit_code=0),
            Container("pull", reason="CannotPullContainerError"),
        ),
        stopped_reason="Essential container in task exited",
    )
    assert evidence(ended) == (
        "container agent exited with code 137: OutOfMemoryError; "
        "container pull: CannotPullContainerError; Essential container in task exited"
    )


def test_evidence_without_a_word_from_ecs_says_stopped() -> None:
    assert evidence(task(containers=(), stopped_reason="")) == "stopped"


def test_evidence_without_a_stopped_reason_is_what_the_containers_say() -> None:
    assert evidence(crash(stopped_reason="")) == "container main exited with code 1"


def test_evidence_says_once_what_container_and_task_both_say() -> None:
    same = "CannotStartContainerError: no"
    both = task(containers=(Container("main", reason=same),), stopped_reason=same)
    assert evidence(both) == f"container main: {same}"


def test_the_first_short_run_waits_for_the_base() -> None:
    found = extend(None, crash(ago=10, ran=5), RESTART, NOW)
    assert (found.streak, found.at, found.until) == (1, NOW - 10, NOW - 9)


def test_the_first_death_after_a_stable_run_is_repaired_at_once() -> None:
    found = extend(SERIES, crash(ago=0, ran=600), RESTART, NOW)
    assert (found.streak, found.until) == (1, NOW)


def test_backoff_begins_with_the_second_death() -> None:
    first = extend(None, crash(1, ago=20, ran=600), RESTART, NOW)
    second = extend(first, crash(2, ago=0, ran=5), RESTART, NOW)
    assert (second.streak, second.until) == (2, NOW + 2)


def test_a_run_just_short_of_stable_goes_on_with_the_series() -> None:
    found = extend(SERIES, crash(ago=0, ran=599), RESTART, NOW)
    assert (found.streak, found.until) == (4, NOW + 8)


def test_a_crash_without_times_ends_now_and_was_not_stable() -> None:
    found = extend(SERIES, crash(started_at=None, stopped_at=None), RESTART, NOW)
    assert (found.streak, found.at) == (4, NOW)


def test_a_crash_of_the_future_ends_now_for_ecs_has_another_clock() -> None:
    assert extend(None, crash(ago=-5), RESTART, NOW).at == NOW


def test_a_crash_without_a_stop_code_has_a_code_all_the_same() -> None:
    assert extend(None, crash(stop_code=""), RESTART, NOW).code == "Stopped"


def test_an_older_crash_told_late_never_shortens_the_wait() -> None:
    waiting = structs.replace(SERIES, until=NOW + 100)
    assert extend(waiting, crash(ago=50), RESTART, NOW).until == NOW + 100


def test_a_refusal_counts_like_a_crash() -> None:
    found = refused(SERIES, RESTART, code="RESOURCE:CPU", words="w", now=NOW, misfit=False)
    assert found == Failure(4, at=NOW, until=NOW + 8, code="RESOURCE:CPU", words="w")
    first = refused(None, RESTART, code="RESOURCE:CPU", words="w", now=NOW, misfit=False)
    assert (first.streak, first.until) == (1, NOW + 1)


def test_a_refusal_that_was_predicted_waits_for_the_prediction_and_not_for_time() -> None:
    found = refused(SERIES, RESTART, code="RESOURCE:CPU", words="w", now=NOW, misfit=True)
    assert (found.until, found.misfit) == (NOW, True)


def test_each_crash_is_counted_once_and_the_oldest_first() -> None:
    runs = [crash(3, ago=10), crash(2, ago=30), crash(1, ago=50)]
    found = fold(None, [runs[2].arn], runs, RESTART, NOW)
    assert found is not None
    assert (found.streak, found.at) == (2, NOW - 10)


def test_crashes_without_a_time_count_as_the_latest() -> None:
    found = fold(None, (), [crash(1, stopped_at=None), crash(2, ago=30)], RESTART, NOW)
    assert found is not None
    assert (found.streak, found.at) == (2, NOW)


def test_without_a_fresh_crash_the_series_stays_as_it_is() -> None:
    assert fold(SERIES, (), [crash(stop_code="UserInitiated")], RESTART, NOW) is SERIES
