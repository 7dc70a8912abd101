"""Blocking calls beside the event loop, in threads that never hold up the end of the process.

Not asyncio's own pool, and not concurrent.futures: both are joined when the interpreter ends, so
that one call that hangs in a socket would hold a finished controller for its whole time-out.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


# It names a state, as queue.Empty does.
class Closed(Exception):  # noqa: N818  it says a state
    """The threads were closed. ``begun`` is True where the work had already started."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__("closed while it ran" if begun else "closed before it began")
        self.begun = begun


class _Work(Protocol):
    """A job of any result, as the threads and ``close`` see it."""

    begun: bool

    def run(self) -> None: ...

    def fail(self, error: BaseException) -> None: ...


class _Job(Generic[T]):
    """One piece of work and the future that waits for it. Made in the event loop."""

    def __init__(self, work: Callable[[], T]) -> None:
        self.work = work
        self.begun = False
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()

    def run(self) -> None:
        """In a thread: does the work, unless nobody waits for it any more."""
        if self.future.done():
            return
        self.begun = True
        try:
            result = self.work()
        except BaseException as error:  # noqa: BLE001 — it belongs to whoever awaits the future
            self._tell(self.fail, error)
        else:
            self._tell(self._finish, result)

    def fail(self, error: BaseException) -> None:
        """In the event loop: ends the wait."""
        if not self.future.done():
            self.future.set_exception(error)

    def _finish(self, result: T) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def _tell(self, settle: Callable[..., None], *values: object) -> None:
        # The loop may be gone: then so is everybody who could care.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(settle, *values)


class Threads:
    """At most ``size`` daemon threads that share one queue, first in, first out."""

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._jobs: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._pending: dict[_Work, None] = {}
        self._started = 0
        self._closed = False

    async def run(self, work: Callable[[], T], *, alone: bool = False) -> T:
        """The result of ``work``; ``alone`` gives it a thread of its own.

        Raises:
            Closed: the threads were closed first.
        """
        if self._closed:
            raise Closed(begun=False)
        job = _Job(work)
        self._pending[job] = None
        try:
            if alone:
                self._start(job.run)
            else:
                self._jobs.put(job)
                if self._started < min(self._size, len(self._pending)):
                    self._started += 1
                    self._start(self._serve)
            return await job.future
        finally:
            del self._pending[job]

    def close(self) -> None:
        """Ends every wait at once. What runs is left to end by itself, unheard."""
        self._closed = True
        for job in list(self._pending):
            job.fail(Closed(begun=job.begun))
        for _ in range(self._started):
            self._jobs.put(None)

    def _start(self, target: Callable[[], None]) -> None:
        threading.Thread(target=target, name=self._name, daemon=True).start()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()
