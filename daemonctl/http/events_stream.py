"""Server-sent events out of the journal (WHATWG HTML, "Server-sent events").

A stream has no queue: it holds the number of the last row that it sent, reads on from there and
waits until its client has taken that. What falls out of the ring meanwhile is told as ``lost``.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web
from aiohttp.typedefs import Middleware

from daemonctl.http.problem import ProblemError
from daemonctl.runtime.report import EventsPage, Report
from daemonctl.runtime.report_rows import Document
from daemonctl.runtime.wanted import Wanted

HEARTBEAT: Final = 15.0
"""Seconds of silence at most: proxies cut what is silent for longer (nginx: 60 s)."""

PATIENCE: Final = 30.0
"""Seconds that a client may take for one write before it is cut off; it can resume."""

MOST: Final = 64
"""Streams at once: each costs a socket, its buffers (128 KiB at most) and its share of the loop."""

_AT_ONCE: Final = 100  # rows a write: the loop turns between two writes
_RETRY_MS: Final = 2000

_HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Vary": "Accept",
    "X-Accel-Buffering": "no",  # nginx would hold events back until its buffer is full
}


class Lost(Document, frozen=True):
    """Rows behind ``after`` are gone: the client was too slow, or daemonctl began anew."""

    after: int
    words: str


class Streams:
    """All streams of one listener, and how many are open."""

    def __init__(
        self,
        report: Report,
        guard: Middleware,
        *,
        heartbeat: float = HEARTBEAT,
        patience: float = PATIENCE,
        most: int = MOST,
    ) -> None:
        self._report = report
        self._guard = guard
        self._heartbeat = heartbeat
        self._patience = patience
        self._most = most
        self.open = 0
        self._closing = asyncio.Event()

    async def close(self, _app: web.Application) -> None:
        """For ``on_shutdown``: every stream sends what there is and ends."""
        self._closing.set()

    async def serve(self, request: web.Request, after: int, wanted: Wanted) -> web.StreamResponse:
        """Streams until the client goes, its token is taken back, or the listener closes."""
        if self.open >= self._most:
            words = f"{self._most} streams of events are open, no more are served: try again later"
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, words, headers={"Retry-After": "30"})
        response = web.StreamResponse(headers=_HEADERS)
        self.open += 1
        try:
            await response.prepare(request)
            if request.method != "HEAD":
                await self._run(request, response, after, wanted)
        except TimeoutError:
            _cut(request)
        except ConnectionError:
            pass  # the client went away
        finally:
            self.open -= 1
        return response

    async def _run(
        self, request: web.Request, response: web.StreamResponse, after: int, wanted: Wanted
    ) -> None:
        await self._write(response, f"retry: {_RETRY_MS}\n\n".encode())
        closing = asyncio.ensure_future(self._closing.wait())
        silent = False
        try:
            while await self._may_go_on(request):
                grown = self._report.grown()  # asked for first: a row between is not overlooked
                page = self._report.events(after, _AT_ONCE, wanted)
                if page.events or page.lost:
                    await self._write(response, _encoded(page, after))
                elif silent:
                    # An id without data moves the client on over rows that it did not ask for.
                    await self._write(response, f": heartbeat\nid: {page.next}\n\n".encode())
                behind, after = page.next != after, page.next
                if behind:
                    silent = False
                    await asyncio.sleep(0)
                elif self._closing.is_set():
                    return
                else:
                    waiting = (grown, closing)
                    done, _ = await asyncio.wait(
                        waiting, timeout=self._heartbeat, return_when=asyncio.FIRST_COMPLETED
                    )
                    silent = not done
        finally:
            closing.cancel()

    async def _may_go_on(self, request: web.Request) -> bool:
        """Who was let in would be let in again: a token may have been taken back meanwhile."""
        try:
            await self._guard(request, _nothing)
        except ProblemError:
            return False
        return True

    async def _write(self, response: web.StreamResponse, data: bytes) -> None:
        """Raises TimeoutError where the client does not read, ConnectionError where it is gone."""
        async with asyncio.timeout(self._patience):
            await response.write(data)


async def _nothing(_request: web.Request) -> web.StreamResponse:
    return web.Response()


def _encoded(page: EventsPage, after: int) -> bytes:
    parts = []
    if page.lost:
        before = page.events[0].seq - 1 if page.events else page.next
        words = "events in between are gone: they fell out of the journal, or daemonctl began anew"
        lost = msgspec.json.encode(Lost(after, words))
        parts.append(b"id: %d\nevent: lost\ndata: %b\n\n" % (before, lost))
    parts += [b"id: %d\ndata: %b\n\n" % (row.seq, msgspec.json.encode(row)) for row in page.events]
    return b"".join(parts)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
