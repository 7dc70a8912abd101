"""`/v1/events`: the journal in pages, or as a stream of server-sent events."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web
from aiohttp.typedefs import Middleware

from daemonctl.http.events_stream import Streams
from daemonctl.http.problem import ProblemError
from daemonctl.http.query import number, words_of
from daemonctl.runtime.journal import Happened
from daemonctl.runtime.report import EventsPage, Report
from daemonctl.runtime.wanted import Wanted

PAGE: Final = 100
LARGEST_PAGE: Final = 1000
STREAM: Final = "text/event-stream"
_LAST_SEQ: Final = 2**53 - 1  # what every JSON reader can hold
_FILTERS: Final = ("cluster", "daemon", "instance", "kind")


class Events:
    """The handler over one report's journal."""

    def __init__(self, report: Report, guard: Middleware) -> None:
        self._report = report
        self.streams = Streams(report, guard)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """JSON, or a stream where ``Accept`` asks for one."""
        if _accepts_stream(request):
            return await self._stream(request)
        query = words_of(request, "after", "limit", *_FILTERS, "newest")
        if "newest" in query:
            page = self._newest(query)
            return web.Response(body=msgspec.json.encode(page), content_type="application/json")
        after = number(query, "after", 0, 0, _LAST_SEQ)
        limit = number(query, "limit", PAGE, 1, LARGEST_PAGE)
        page = self._report.events(after, limit, self._wanted(query))
        return web.Response(body=msgspec.json.encode(page), content_type="application/json")

    def _newest(self, query: Mapping[str, str]) -> EventsPage:
        """``?newest=N``: the journal's end, for whoever has no number to come back with yet."""
        if "after" in query or "limit" in query:
            words = '"newest" says how many rows: it goes with neither "after" nor "limit"'
            raise ProblemError(HTTPStatus.BAD_REQUEST, words)
        most = number(query, "newest", PAGE, 1, LARGEST_PAGE)
        return self._report.newest(most, self._wanted(query))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        query = dict(words_of(request, "after", *_FILTERS))
        # A browser repeats the URL when it comes back: how far it got stands in the header.
        if resumed := request.headers.get("Last-Event-ID"):
            query["after"] = resumed
        try:
            after = number(query, "after", 0, 0, _LAST_SEQ)
        except ProblemError as problem:
            if not resumed:
                raise
            words = "Last-Event-ID must be the id of an event of this stream, a whole number"
            raise ProblemError(HTTPStatus.BAD_REQUEST, words) from problem
        return await self.streams.serve(request, after, self._wanted(query))

    def _wanted(self, query: Mapping[str, str]) -> Wanted:
        """The filters. A problem where a kind or a cluster is one that there cannot be."""
        wanted = Wanted(**{name: query[name] for name in _FILTERS if name in query})
        if wanted.kind and wanted.kind not in tuple(Happened):
            known = ", ".join(Happened)
            words = f'unknown kind "{wanted.kind}"; there are: {known}'
            raise ProblemError(HTTPStatus.BAD_REQUEST, words)
        aliases = self._report.aliases()
        if wanted.cluster and wanted.cluster not in aliases:
            words = f'no cluster "{wanted.cluster}"; the config has: {", ".join(aliases)}'
            raise ProblemError(HTTPStatus.NOT_FOUND, words)
        return wanted


def _accepts_stream(request: web.Request) -> bool:
    kinds = request.headers.get("Accept", "").split(",")
    return STREAM in [kind.partition(";")[0].strip().lower() for kind in kinds]
