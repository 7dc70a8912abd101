"""Chance that can be repeated, counted, and gone on with after a restart."""

from __future__ import annotations

import random


class Dice:
    """Floats in [0, 1) by a seed; without one, by the machine's own chance.

    Attributes:
        thrown: How often it was thrown since the world began.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self.thrown = 0

    def __call__(self) -> float:
        """Throw."""
        self.thrown += 1
        return self._random.random()

    def catch_up(self, thrown: int) -> None:
        """Throw until it was thrown so often."""
        while self.thrown < thrown:
            self()

    def state(self) -> list[object]:
        """Tell where it stands, as plain numbers."""
        version, numbers, gauss = self._random.getstate()
        return [self.thrown, version, list(numbers), gauss]

    def resume(self, state: list[object]) -> None:
        """Stand where `state` was told.

        Raises:
            ValueError, TypeError: It was not.
        """
        thrown, version, numbers, gauss = state
        if not isinstance(thrown, int) or not isinstance(numbers, list):
            raise TypeError("no state of dice")
        self._random.setstate((version, tuple(numbers), gauss))
        self.thrown = thrown
