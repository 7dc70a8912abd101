"""The listeners as ``daemonctl run`` opens them, in a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from prometheus_client import CollectorRegistry

from daemonctl.http.serve import serve
from daemonctl.model.spec import HttpSpec
from daemonctl.runtime.commands import Operator
from daemonctl.runtime.liveness import LoopTurn
from daemonctl.runtime.report import Report
from tests.stand_ins.sink import Silent

T = TypeVar("T")
_PATIENCE = 60.0


class Alive:
    """Nothing to hang."""

    def now(self) -> float:
        return 0.0

    def loops(self) -> Sequence[LoopTurn]:
        return ()


class Served:
    """``url`` is the API's; what a report shows is changed by ``do`` alone."""

    def __init__(self, report: Report, operator: Operator, token: Path | None, port: int) -> None:
        self._spec = HttpSpec(
            listen=f"127.0.0.1:{port}",
            metrics_listen="127.0.0.1:0",
            auth_token_file="" if token is None else str(token),
        )
        self._parts = report, operator
        self._opened: Future[int] = Future()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self.port = self._opened.result(_PATIENCE)
        self.url = f"http://127.0.0.1:{self.port}"

    def do(self, act: Callable[[], T]) -> T:
        """In the thread of those who read it."""

        async def here() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(here(), self._loop).result(_PATIENCE)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_PATIENCE)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:  # noqa: BLE001  # told to who waits for the port
            self._opened.set_exception(error)

    async def _serve(self) -> None:
        report, operator = self._parts
        async with serve(
            self._spec, report, Alive(), operator, CollectorRegistry(), sink=Silent()
        ) as served:
            self._opened.set_result(served.api[1])
            await self._over.wait()


@contextmanager
def serving(
    report: Report, operator: Operator, token: Path | None = None, port: int = 0
) -> Iterator[Served]:
    """Open until the block ends."""
    served = Served(report, operator, token, port)
    try:
        yield served
    finally:
        served.close()
