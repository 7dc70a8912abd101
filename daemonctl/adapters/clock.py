"""The machine's time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class SystemClock:
    """ports.Clock on the machine's clocks.

    The wall clock is read once: an operator, NTP or a suspended host that sets it later must not
    make backoffs and expiries jump.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._offset = wall() - monotonic()

    def now(self) -> float:
        """Epoch seconds."""
        return self._offset + self._monotonic()

    async def sleep(self, seconds: float) -> None:
        """Waits; nothing or less only lets others run."""
        await asyncio.sleep(max(0.0, seconds))
