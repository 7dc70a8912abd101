from __future__ import annotations

from itertools import permutations

from daemonctl.planning.queue import Queue
from tests.unit.planning.scenery import arn

A, B, C = ("a", arn(3)), ("b", arn(1)), ("b", arn(2))


def filled(*places: tuple[str, str]) -> Queue[str]:
    queue: Queue[str] = Queue()
    for zone, place in places:
        queue.put(zone, type(arn())(place), f"wish of {place[-1]}")
    return queue


def test_the_order_is_by_zone_and_arn_whatever_order_they_came_in() -> None:
    for order in permutations((A, B, C)):
        assert [place for place, _ in filled(*order)] == [arn(3), arn(1), arn(2)]


def test_a_host_wants_one_thing_at_most_and_the_last_counts() -> None:
    queue = filled(A, B)
    queue.put("a", arn(3), "another")
    assert list(queue) == [(arn(3), "another"), (arn(1), "wish of 1")]
    assert len(queue) == 2


def test_none_takes_a_want_out_and_may_come_twice() -> None:
    queue = filled(A, B, C)
    queue.put("b", arn(1), None)
    queue.put("b", arn(1), None)
    assert [place for place, _ in queue] == [arn(3), arn(2)]


def test_a_host_whose_zone_changes_moves() -> None:
    queue = filled(A, B, C)
    queue.put("", arn(2), "first now")
    assert [place for place, _ in queue] == [arn(2), arn(3), arn(1)]


def test_a_host_leaves_even_if_its_zone_is_another_by_then() -> None:
    queue = filled(A, B, C)
    queue.put("", arn(1), None)
    assert [place for place, _ in queue] == [arn(3), arn(2)]
