"""What will happen, in order of its time; no clock, only the order."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TypeVar

Happening = Callable[..., None]
"""``happening(due, *args)``: a function marked with `happening`."""

HAPPENINGS: dict[str, Happening] = {}
"""All that can be on an agenda, by name, so that an agenda can be written down and read again."""

H = TypeVar("H", bound=Happening)


def happening(function: H) -> H:
    """Mark a module-level function as one that an agenda, or a happening's arguments, may name."""
    module = function.__module__.rpartition(".")[2]
    HAPPENINGS[f"{module}.{function.__name__}"] = function
    return function


class Agenda:
    """A heap of (due, number, happening): ties run in the order in which they were noted."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Happening, tuple[object, ...]]] = []
        self._count = 0

    def at(self, due: float, happening: Happening, *args: object) -> None:
        """Note that ``happening(due, *args)`` runs once time has come to ``due``."""
        self._count += 1
        heapq.heappush(self._heap, (due, self._count, happening, args))

    def next_due(self) -> float | None:
        """The time of the earliest happening, or None."""
        return self._heap[0][0] if self._heap else None

    def advance(self, now: float) -> None:
        """Run all that is due at or before ``now``, also what that adds, in order of due time."""
        while self._heap and self._heap[0][0] <= now:
            due, _, happening, args = heapq.heappop(self._heap)
            happening(due, *args)

    def __len__(self) -> int:
        return len(self._heap)
