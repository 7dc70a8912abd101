"""What will happen, in order of its time; no clock, only the order."""

from __future__ import annotations

import heapq
from collections.abc import Callable

Happening = Callable[..., None]
"""``happening(due, *args)``: a module-level function or method, so that an agenda can be saved."""


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
