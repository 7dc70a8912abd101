from __future__ import annotations

from daemonctl.model.memory import SlowStart
from daemonctl.planning.slowstart import failed, succeeded
from tests.unit.planning.scenery import arn


def failing(*numbers: int, slow: SlowStart | None = None) -> SlowStart:
    slow = slow or SlowStart()
    for number in numbers:
        slow = failed(slow, arn(number))
    return slow


def test_failures_on_three_different_instances_set_the_brake_to_one() -> None:
    assert failing(1, 2).limit is None
    assert failing(1, 2, 3).limit == 1


def test_one_instance_that_fails_again_and_again_brakes_nobody() -> None:
    found = failing(1, 1, 1, 2, 1)
    assert (found.limit, found.failed_on) == (None, (arn(2), arn(1)))


def test_each_success_doubles_what_may_start_at_once() -> None:
    slow, limits = failing(1, 2, 3), []
    for _ in range(7):
        slow = succeeded(slow)
        limits.append(slow.limit)
    assert limits == [2, 4, 8, 16, 32, 64, None]


def test_a_failure_under_the_brake_goes_back_to_one() -> None:
    assert failing(4, slow=SlowStart((), 16)) == SlowStart((arn(4),), 1)


def test_a_success_without_the_brake_forgets_the_failures() -> None:
    assert succeeded(failing(1, 2)) == SlowStart()


def test_only_the_last_eight_instances_are_named() -> None:
    assert failing(*range(1, 12)).failed_on == tuple(arn(n) for n in range(4, 12))
