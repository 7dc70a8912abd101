"""Doubts: when something is described again, and when it is gone."""

from __future__ import annotations

from daemonctl.runtime.crew import Backoff
from daemonctl.runtime.doubts import MISSING_GRACE, Doubts


def test_the_earliest_time_asked_for_holds() -> None:
    doubts: Doubts[str] = Doubts()
    doubts.ask("a", 20)
    doubts.ask("a", 10)
    doubts.ask("a", 30)
    assert doubts.next == 10
    assert doubts.take(9) == ()
    assert doubts.take(10) == ("a",)


def test_what_was_taken_comes_again_where_its_describe_told_nothing() -> None:
    doubts: Doubts[str] = Doubts()
    doubts.ask("a", 0)
    assert doubts.take(0) == ("a",)
    assert doubts.take(4) == ()
    assert doubts.take(5) == ("a",)
    doubts.seen("a")
    assert len(doubts) == 0


def test_missing_is_asked_for_with_growing_waits_and_at_the_end_of_the_grace() -> None:
    doubts: Doubts[str] = Doubts()
    at, asked = 0.0, []
    while not doubts.missing("a", at):
        assert doubts.next is not None
        at = doubts.next
        asked.append(at)
    assert asked[:4] == [2, 6, 14, 30]
    assert at == MISSING_GRACE
    assert doubts.next is None
    assert not doubts.missing("a", 1000)


def test_backoff_doubles_to_its_end_and_begins_anew() -> None:
    backoff = Backoff(1, 5)
    assert [backoff.wait() for _ in range(4)] == [1, 2, 4, 5]
    backoff.reset()
    assert backoff.wait() == 1
