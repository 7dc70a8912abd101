"""`/v1/events`: the journal in pages, or as a stream of server-sent events."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from daemonctl.http.answer import document
from daemonctl.http.events_stream import Streams
from daemonctl.http.operation import Handle, Query
from daemonctl.http.operations import (
    AFTER_EVENT,
    CLUSTER,
    DAEMON,
    INSTANCE,
    KIND,
    LIMIT,
    NEWEST,
    RESUMED,
    STREAM,
)
from daemonctl.http.problem import ProblemError
from daemonctl.runtime.report import EventsPage, Report
from daemonctl.runtime.wanted import Wanted

_FILTERS: Final = (CLUSTER, DAEMON, INSTANCE, KIND)


class Events:
    """The handler over one report's journal."""

    def __init__(self, report: Report, guard: Middleware) -> None:
        self._report = report
        self.streams = Streams(report, guard)

    def handlers(self) -> dict[str, Handle]:
        """By the operations' ids."""
        return {"listEvents": self._events}

    async def _events(self, request: web.Request, query: Query) -> web.StreamResponse:
        """JSON, or a stream where ``Accept`` asks for one."""
        if _accepts_stream(request):
            return await self._stream(request, query)
        response = document(self._page(query))
        response.headers.add(hdrs.VARY, hdrs.ACCEPT)
        return response

    def _page(self, query: Query) -> EventsPage:
        if NEWEST.name in query:
            return self._newest(query)
        after, limit = AFTER_EVENT.of(query), LIMIT.of(query)
        return self._report.events(after, limit, self._wanted(query))

    def _newest(self, query: Query) -> EventsPage:
        """``?newest=N``: the journal's end, for whoever has no number to come back with yet."""
        if AFTER_EVENT.name in query or LIMIT.name in query:
            words = '"newest" says how many rows: it goes with neither "after" nor "limit"'
            raise ProblemError(HTTPStatus.BAD_REQUEST, words)
        return self._report.newest(NEWEST.of(query), self._wanted(query))

    async def _stream(self, request: web.Request, query: Query) -> web.StreamResponse:
        for each in (LIMIT, NEWEST):
            if each.name in query:
                words = f'a stream has no end: "{each.name}" is for pages'
                raise ProblemError(HTTPStatus.BAD_REQUEST, words)
        # A browser repeats the URL when it comes back: how far it got stands in the header.
        resumed = request.headers.get(RESUMED.name)
        try:
            after = AFTER_EVENT.of({AFTER_EVENT.name: resumed} if resumed else query)
        except ProblemError as problem:
            if not resumed:
                raise
            words = "Last-Event-ID must be the id of an event of this stream, a whole number"
            raise ProblemError(HTTPStatus.BAD_REQUEST, words) from problem
        return await self.streams.serve(request, after, self._wanted(query))

    def _wanted(self, query: Query) -> Wanted:
        """The filters. A problem where a kind or a cluster is one that there cannot be."""
        wanted = Wanted(**{each.name: each.of(query) for each in _FILTERS})
        aliases = self._report.aliases()
        if wanted.cluster and wanted.cluster not in aliases:
            words = f'no cluster "{wanted.cluster}"; the config has: {", ".join(aliases)}'
            raise ProblemError(HTTPStatus.NOT_FOUND, words)
        return wanted


def _accepts_stream(request: web.Request) -> bool:
    kinds = request.headers.get("Accept", "").split(",")
    return STREAM in [kind.partition(";")[0].strip().lower() for kind in kinds]
