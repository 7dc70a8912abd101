"""The status API. What is here only reads; every answer is a document of ``runtime.report``."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Middleware
from msgspec.structs import replace

from daemonctl.http.elsewhere import elsewhere
from daemonctl.http.events import LARGEST_PAGE, PAGE, Events
from daemonctl.http.headers import add_headers
from daemonctl.http.operate import Operate
from daemonctl.http.problem import ProblemError, problems
from daemonctl.http.query import number, words_of
from daemonctl.model.reason import Code
from daemonctl.runtime.kept import NotLeadingError
from daemonctl.runtime.report import AmbiguousError, NotFoundError, Plans, Report
from daemonctl.runtime.report_rows import Document

T = TypeVar("T")

_LARGEST_BODY = 16 * 1024


class Api:
    """The handlers over one report."""

    def __init__(self, report: Report) -> None:
        self._report = report

    async def status(self, request: web.Request) -> web.Response:
        alias = words_of(request, "cluster").get("cluster")
        status = self._report.status()
        if alias is None:
            return _json(status)
        self._led(request, alias)
        found = tuple(each for each in status.clusters if each.alias == alias)
        return _json(replace(status, clusters=_chosen(alias, found, self._report.aliases())))

    async def daemon(self, request: web.Request) -> web.Response:
        words_of(request)
        at = request.match_info
        self._led(request, at["alias"])
        try:
            return _json(self._report.daemon(at["alias"], at["daemon"]))
        except NotFoundError as error:
            raise _not_found(error) from error

    async def instances(self, request: web.Request) -> web.Response:
        query = words_of(request, "after", "limit", "verdict")
        limit = number(query, "limit", PAGE, 1, LARGEST_PAGE)
        verdict = query.get("verdict", "")
        if verdict and verdict not in tuple(Code):
            raise ProblemError(
                HTTPStatus.BAD_REQUEST,
                f'unknown verdict "{verdict}"; there are: {", ".join(Code)}',
            )
        alias = request.match_info["alias"]
        self._led(request, alias)
        try:
            page = self._report.instances(alias, query.get("after", ""), limit, verdict)
        except NotFoundError as error:
            raise _not_found(error) from error
        return _json(page)

    async def grid(self, request: web.Request) -> web.Response:
        words_of(request)
        alias = request.match_info["alias"]
        self._led(request, alias)
        try:
            return _json(self._report.grid(alias))
        except NotFoundError as error:
            raise _not_found(error) from error

    async def instance(self, request: web.Request) -> web.Response:
        words_of(request)
        at = request.match_info
        self._led(request, at["alias"])
        try:
            return _json(self._report.instance(at["alias"], at["id"]))
        except NotFoundError as error:
            raise _not_found(error) from error
        except AmbiguousError as error:
            raise ProblemError(
                HTTPStatus.CONFLICT, str(error), candidates=error.candidates
            ) from error

    async def plan(self, request: web.Request) -> web.Response:
        alias = words_of(request, "cluster").get("cluster")
        if alias is None:
            return _json(self._report.plan())
        self._led(request, alias)
        plans = self._report.plan().clusters
        found = tuple(plan for plan in plans if plan.cluster == alias)
        return _json(Plans(_chosen(alias, found, self._report.aliases())))

    def _led(self, request: web.Request, alias: str) -> None:
        """Of one cluster the replica that leads it tells. Raises ProblemError."""
        try:
            self._report.led(alias)
        except NotLeadingError as error:
            raise elsewhere(request, error) from error


def api_app(report: Report, guard: Middleware, operate: Operate) -> web.Application:
    """The application of the API listener."""
    app = web.Application(middlewares=[problems, guard], client_max_size=_LARGEST_BODY)
    app.on_response_prepare.append(add_headers)
    api = Api(report)
    app.router.add_get("/v1/status", api.status)
    app.router.add_get("/v1/clusters/{alias}/daemons/{daemon}", api.daemon)
    app.router.add_get("/v1/clusters/{alias}/instances", api.instances)
    app.router.add_get("/v1/clusters/{alias}/instances/{id:.+}", api.instance)
    app.router.add_get("/v1/clusters/{alias}/grid", api.grid)
    app.router.add_get("/v1/plan", api.plan)
    operate.add_to(app)
    events = Events(report, guard)
    app.router.add_get("/v1/events", events.events)
    app.on_shutdown.append(events.streams.close)
    return app


def _chosen(alias: str, found: tuple[T, ...], known: Sequence[str]) -> tuple[T, ...]:
    """What was found of one cluster. Raises ProblemError where there is no such cluster."""
    if not found:
        words = f'no cluster "{alias}"; the config has: {", ".join(known)}'
        raise ProblemError(HTTPStatus.NOT_FOUND, words)
    return found


def _json(document: Document) -> web.Response:
    return web.Response(body=msgspec.json.encode(document), content_type="application/json")


def _not_found(error: NotFoundError) -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, str(error))
