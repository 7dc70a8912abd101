"""A controller's listeners over any report, in a thread, for the command line to ask."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from prometheus_client import CollectorRegistry

from daemonctl.http.serve import serve
from daemonctl.model.spec import HttpSpec, TlsSpec
from daemonctl.ports import Sink
from daemonctl.runtime.commands import Operator
from daemonctl.runtime.liveness import LoopTurn
from daemonctl.runtime.report import Report

PATIENCE = 30.0


class _Still:
    def now(self) -> float:
        return 0.0

    def loops(self) -> Sequence[LoopTurn]:
        return ()


@contextmanager
def serving(
    report: Report,
    operator: Operator,
    sink: Sink,
    *,
    token_file: str = "",
    tls: TlsSpec | None = None,
) -> Iterator[str]:
    """A server's URL, for as long as the context lasts."""
    ready: list[int] = []
    up = threading.Event()
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    async def run() -> None:
        spec = HttpSpec("127.0.0.1:0", "127.0.0.1:0", token_file, tls=tls)
        there = (report, _Still(), operator, CollectorRegistry())
        async with serve(spec, *there, sink=sink) as served:
            ready.append(served.api[1])
            up.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        assert up.wait(PATIENCE)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{ready[0]}"
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(PATIENCE)
        loop.close()
