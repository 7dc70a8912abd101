"""Background tasks that belong to one cluster, and a timer among them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from daemonctl.ports import Clock, Sink
from daemonctl.ports.errors import PortError


class Crew:
    """Keeps its tasks alive, tells what they died of, and ends them together."""

    def __init__(self, failed: Callable[[str, BaseException], None]) -> None:
        self._tasks: dict[asyncio.Task[None], None] = {}
        self._failed = failed

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Starts a task. An exception in it goes to ``failed``, with the task's name."""
        task = asyncio.create_task(work, name=name)
        self._tasks[task] = None
        task.add_done_callback(self._ended)
        return task

    async def finish(self, clock: Clock, seconds: float) -> None:
        """Waits for all of them, at most so long."""
        limit = asyncio.create_task(clock.sleep(seconds), name="limit")
        try:
            while self._tasks and not limit.done():
                await asyncio.wait({limit, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            limit.cancel()

    async def cancel(self) -> None:
        """Ends all of them and waits until they have."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(task.get_name(), error)


def end_if_cancelled() -> None:
    """To be called where a loop rides out an error: a cancellation must not be ridden out with it.

    Groups of tasks may answer a cancellation with the error of one of them (asyncio.gather; before
    Python 3.13 TaskGroup), and then it would be lost.

    Raises:
        asyncio.CancelledError: the running task was cancelled.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def why_failed(error: Exception) -> str:
    """An error of a port as it says it; what nobody foresaw is called a bug."""
    if isinstance(error, PortError):
        return f"{error.code}: {error.message}"
    return f"{type(error).__name__}: {error}; this is a bug in daemonctl: report it"


def tell_dead(sink: Sink, loop: str, error: BaseException, **fields: object) -> None:
    """A loop ended with what nobody foresaw."""
    sink.log(
        "error",
        "a loop died",
        **fields,
        loop=loop,
        error=f"{type(error).__name__}: {error}",
        next_step="this is a bug in daemonctl: report it; it is restarted by its probe",
    )


class Timer:
    """Calls back once at a time that can be moved."""

    def __init__(self, clock: Clock, crew: Crew, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._crew = crew
        self._ring = ring
        self._at: float | None = None
        self._task: asyncio.Task[None] | None = None

    def set(self, at: float) -> None:
        """Rings at ``at`` (epoch seconds) and not at the time that was set before."""
        if self._task is not None and not self._task.done():
            if self._at == at:
                return
            self._task.cancel()
        self._at = at
        self._task = self._crew.spawn(self._wait(at), "timer")

    async def _wait(self, at: float) -> None:
        while (left := at - self._clock.now()) > 0:
            await self._clock.sleep(left)
        self._ring()


class Backoff:
    """Growing waits between tries of one thing: first, doubled, up to last."""

    def __init__(self, first: float, last: float) -> None:
        self._first = first
        self._last = last
        self._next = first

    def wait(self) -> float:
        """Seconds to wait after one more failure."""
        wait, self._next = self._next, min(self._last, self._next * 2)
        return wait

    def reset(self) -> None:
        """It worked."""
        self._next = self._first
