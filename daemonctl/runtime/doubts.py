"""What must be described before it is believed: things unknown, things called MISSING."""

from __future__ import annotations

from typing import Generic, TypeVar

MISSING_GRACE: float = 180.0
"""Seconds between two MISSING answers before something is gone (ECS: "up to five minutes" of
eventual consistency in the worst case, seconds as a rule; the facts ask for minutes)."""

_FIRST_RETRY: float = 2.0
_LAST_RETRY: float = 60.0
_AGAIN: float = 5.0  # where a describe failed and so told nothing

Arn = TypeVar("Arn", bound=str)


class Doubts(Generic[Arn]):
    """The ARNs of one kind that are to be described, each with when.

    A thing is gone when two describes, at least ``MISSING_GRACE`` apart and with no sighting
    between them, called it MISSING.
    """

    def __init__(self) -> None:
        self._due: dict[Arn, float] = {}
        self._missing_since: dict[Arn, float] = {}
        self._tries: dict[Arn, int] = {}

    def __len__(self) -> int:
        return len(self._due)

    def ask(self, arn: Arn, at: float) -> None:
        """Describe it at ``at``, or earlier if that was asked for already."""
        self._due[arn] = min(at, self._due.get(arn, at))

    def seen(self, arn: Arn) -> None:
        """It exists: nothing to ask, and any MISSING before is void."""
        if self._due or self._missing_since:
            self._due.pop(arn, None)
            self._missing_since.pop(arn, None)
            self._tries.pop(arn, None)

    def missing(self, arn: Arn, at: float) -> bool:
        """A describe called it MISSING. True: it is gone; else it will be asked for again."""
        since = self._missing_since.setdefault(arn, at)
        if at - since >= MISSING_GRACE:
            self.seen(arn)
            return True
        tries = self._tries[arn] = self._tries.get(arn, 0) + 1
        wait = min(_LAST_RETRY, _FIRST_RETRY * 2.0 ** (tries - 1))
        self._due[arn] = max(at + 1.0, min(at + wait, since + MISSING_GRACE))
        return False

    def take(self, now: float) -> tuple[Arn, ...]:
        """What is due, put off by a while in case its describe fails."""
        due = tuple(arn for arn, at in self._due.items() if at <= now)
        for arn in due:
            self._due[arn] = now + _AGAIN
        return due

    @property
    def next(self) -> float | None:
        """When the next one is due."""
        return min(self._due.values(), default=None)
