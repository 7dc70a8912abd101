"""How long is waited between tries."""

from __future__ import annotations

from daemonctl.local.agent.backoff import FIRST_SECONDS, JITTER, LONGEST_SECONDS, Backoff


def test_it_waits_longer_each_time_up_to_a_limit_and_never_the_same() -> None:
    backoff = Backoff()
    waits = [backoff.wait() for _ in range(30)]
    assert FIRST_SECONDS <= waits[0] <= FIRST_SECONDS * (1 + JITTER)
    assert waits[8] > waits[4] > waits[0]
    assert all(LONGEST_SECONDS <= wait <= LONGEST_SECONDS * (1 + JITTER) for wait in waits[-10:])
    assert len(set(waits[-10:])) > 1


def test_after_a_success_it_begins_small_again() -> None:
    backoff = Backoff()
    for _ in range(9):
        backoff.wait()
    backoff.reset()
    assert backoff.wait() <= FIRST_SECONDS * (1 + JITTER)
