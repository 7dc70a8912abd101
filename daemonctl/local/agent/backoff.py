"""How long to wait before the next try: longer each time, with jitter, for ever."""

from __future__ import annotations

import random

FIRST_SECONDS, LONGEST_SECONDS = 0.25, 10.0
FACTOR, JITTER = 1.5, 0.2
"""The ECS agent's own, save that it waits for up to 2 minutes: a control plane on the same
machine comes back sooner and can bear it."""


class Backoff:
    """One series of tries."""

    def __init__(self) -> None:
        self._next = FIRST_SECONDS

    def wait(self) -> float:
        """Tell how many seconds to wait now."""
        base, self._next = self._next, min(self._next * FACTOR, LONGEST_SECONDS)
        return base * (1 + random.uniform(0, JITTER))

    def reset(self) -> None:
        """It went well: the next series begins small."""
        self._next = FIRST_SECONDS
