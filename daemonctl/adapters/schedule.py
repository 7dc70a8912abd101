"""Timed nudges by APScheduler 3."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from apscheduler.schedulers.asyncio import AsyncIOScheduler


class ApSchedule:
    """ports.Schedule. To be used inside a running event loop.

    A late nudge still comes (``misfire_grace_time=None``), several late ones come as one
    (``coalesce``): the nudged decides by its own clock what is overdue.
    """

    def __init__(self) -> None:
        # UTC: an interval must not stretch or shrink when summer time comes.
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._closed = False

    def every(self, seconds: float, name: str, nudge: Callable[[], None]) -> None:
        """Calls ``nudge`` in the event loop every so many seconds; a known name is replaced.

        Raises:
            RuntimeError: the schedule is closed.
            ValueError: ``seconds`` is not above 0.
        """
        if self._closed:
            raise RuntimeError(f"the schedule is closed; it cannot take on {name!r}")
        if not seconds > 0:
            raise ValueError(f"{name!r} cannot be nudged every {seconds} seconds")

        async def run() -> None:
            # A coroutine, because APScheduler would run a plain function in a thread.
            if not self._closed:
                nudge()

        if not self._scheduler.running:
            self._scheduler.start()
        self._scheduler.add_job(
            run, "interval", seconds=seconds, id=name, name=name, replace_existing=True
        )

    def close(self) -> None:
        """No more nudges. May be called twice."""
        self._closed = True
        if self._scheduler.running:
            # Not shut down: that cancels a nudge which is just being made, and logs it as an error.
            self._scheduler.remove_all_jobs()
            self._scheduler.pause()
