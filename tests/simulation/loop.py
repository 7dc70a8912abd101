"""An asyncio loop on virtual time: nothing waits, and all comes always in the same order."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable

EPOCH = 1_800_000_000.0
"""What the clock says at the loop's time 0."""


class DeadlockError(Exception):
    """Everything waits and nothing will ever happen."""


class _Selector(selectors.SelectSelector):
    """Instead of waiting for sockets, moves the loop's time to its next timer."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise DeadlockError
        self.loop.pass_time(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time starts at 0 (small numbers keep their digits) and jumps from timer to timer."""

    def __init__(self) -> None:
        self._virtual = 0.0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self._virtual

    def pass_time(self, seconds: float) -> None:
        if seconds > 0:
            self._virtual += seconds


class VirtualClock:
    """ports.Clock on the running loop."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        return EPOCH + self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class VirtualSchedule:
    """ports.Schedule on the running loop."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._closed = False

    def every(self, seconds: float, name: str, nudge: Callable[[], None]) -> None:
        def again() -> None:
            if not self._closed:
                nudge()
                self._loop.call_later(seconds, again)

        self._loop.call_later(seconds, again)

    def close(self) -> None:
        self._closed = True
