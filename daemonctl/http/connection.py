"""What a client meets before any handler does: limits, and errors that are problems, too."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMethod, LineTooLong

from daemonctl.http.headers import add_to
from daemonctl.http.problem import FAILED, ProblemError, answer, of_aiohttp

IDLE: Final = 75.0
"""Seconds that a connection may be silent between requests, or before its headers are whole.

More than the minute after which load balancers give up theirs, so that they end it, not this side.
"""

LINGERING: Final = 5.0
"""Seconds that the rest of a body is waited for once its request was answered without it."""

MOST: Final = 256
"""Connections to a listener: with one more the oldest is closed, after what is under way on it."""


class Connection(web.RequestHandler):
    """One connection of a client."""

    __slots__ = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Makes room for it, and waits for a request."""
        super().connection_made(transport)
        if self._manager is not None:
            held = self._manager.connections
            for each in held[: max(0, len(held) - MOST)]:
                if isinstance(each, Connection):
                    each.give_way()

    def give_way(self) -> None:
        """Ends: now where nothing is under way, else with the answer."""
        if self._current_request is None:
            self.force_close()
        else:
            self.close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What was no HTTP is answered all the same, and not logged: anybody can send it."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            super().handle_error(request, status, exc, message)  # it logs
            response = answer(request, FAILED)
        else:
            response = answer(request, _unreadable(exc))
        add_to(response)
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Errors that no middleware saw become problems."""
        if isinstance(resp, web.HTTPException) and resp.status >= HTTPStatus.BAD_REQUEST:
            resp = answer(request, of_aiohttp(request, resp))
        return await super().finish_response(request, resp, start_time)


class Connections(web.Server):
    """All connections of a listener."""

    def __call__(self) -> web.RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Runs an application with connections of this kind."""

    __slots__ = ()

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return Connections(
            made.request_handler,
            request_factory=made.request_factory,
            access_log=None,
            auto_decompress=False,  # nothing that is sent here is worth it, and bombs stay shut
            keepalive_timeout=IDLE,
            lingering_time=LINGERING,
        )


def _unreadable(error: BaseException | None) -> ProblemError:
    if isinstance(error, LineTooLong):
        words = "the request line or a header is longer than this server reads (8190 bytes)"
        return ProblemError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, words)
    if isinstance(error, BadHttpMethod):
        words = "this is no HTTP request; is it https, to a port that speaks http?"
        return ProblemError(HTTPStatus.BAD_REQUEST, words)
    return ProblemError(HTTPStatus.BAD_REQUEST, "this is no HTTP/1.1 request that can be read")
