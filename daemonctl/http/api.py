"""The status API. What is here only reads; every answer is a document of ``runtime.report``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Middleware
from msgspec.structs import replace

from daemonctl.http.answer import document, encoded
from daemonctl.http.elsewhere import elsewhere
from daemonctl.http.events import Events
from daemonctl.http.headers import add_headers
from daemonctl.http.openapi import openapi
from daemonctl.http.operate import Operate
from daemonctl.http.operation import Handle, Query, bind
from daemonctl.http.operations import AFTER_INSTANCE, API, CLUSTER, LIMIT, VERDICT, ZONE
from daemonctl.http.page.routes import Page
from daemonctl.http.problem import LARGEST_BODY, ProblemError, problems
from daemonctl.http.refusals import Refusals
from daemonctl.runtime.kept import NotLeadingError
from daemonctl.runtime.report import AmbiguousError, NotFoundError, Plans, Report

T = TypeVar("T")


class Api:
    """The handlers over one report."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def handlers(self) -> dict[str, Handle]:
        """By the operations' ids."""
        return {
            "getStatus": self._status,
            "getDaemon": self._daemon,
            "listInstances": self._instances,
            "getInstance": self._instance,
            "getGrid": self._grid,
            "getPlan": self._plan,
            "getOpenApi": _openapi,
        }

    async def _status(self, request: web.Request, query: Query) -> web.Response:
        alias = CLUSTER.of(query)
        status = self._report.status()
        if not alias:
            return document(status)
        self._led(request, alias)
        found = tuple(each for each in status.clusters if each.alias == alias)
        return document(replace(status, clusters=_chosen(alias, found, self._report.aliases())))

    async def _daemon(self, request: web.Request, _query: Query) -> web.Response:
        at = request.match_info
        self._led(request, at["alias"])
        try:
            return document(self._report.daemon(at["alias"], at["daemon"]))
        except NotFoundError as error:
            raise _not_found(error) from error

    async def _instances(self, request: web.Request, query: Query) -> web.Response:
        limit, after = LIMIT.of(query), AFTER_INSTANCE.of(query)
        verdict, zone = VERDICT.of(query), ZONE.of(query)
        alias = request.match_info["alias"]
        self._led(request, alias)
        try:
            page = self._report.instances(alias, after, limit, verdict, zone)
        except NotFoundError as error:
            raise _not_found(error) from error
        return document(page, following=_following(request, page.next))

    async def _grid(self, request: web.Request, _query: Query) -> web.Response:
        alias = request.match_info["alias"]
        self._led(request, alias)
        try:
            return document(self._report.grid(alias))
        except NotFoundError as error:
            raise _not_found(error) from error

    async def _instance(self, request: web.Request, _query: Query) -> web.Response:
        at = request.match_info
        self._led(request, at["alias"])
        try:
            return document(self._report.instance(at["alias"], at["id"]))
        except NotFoundError as error:
            raise _not_found(error) from error
        except AmbiguousError as error:
            raise ProblemError(
                HTTPStatus.CONFLICT, str(error), candidates=error.candidates
            ) from error

    async def _plan(self, request: web.Request, query: Query) -> web.Response:
        alias = CLUSTER.of(query)
        if not alias:
            return document(self._report.plan())
        self._led(request, alias)
        plans = self._report.plan().clusters
        found = tuple(plan for plan in plans if plan.cluster == alias)
        return document(Plans(_chosen(alias, found, self._report.aliases())))

    def _led(self, request: web.Request, alias: str) -> None:
        """Of one cluster the replica that leads it tells. Raises ProblemError."""
        try:
            self._report.led(alias)
        except NotLeadingError as error:
            raise elsewhere(request, error) from error


def api_app(
    report: Report, guard: Middleware, operate: Operate, refusals: Refusals
) -> web.Application:
    """The application of the API listener."""
    page = Page(report, has_token=operate.authenticates)
    middlewares = [problems, refusals.told, page.guarded(guard)]
    app = web.Application(middlewares=middlewares, client_max_size=LARGEST_BODY)
    app.on_response_prepare.append(add_headers)
    page.add_to(app)
    events = Events(report, guard)
    handlers = {**Api(report).handlers(), **events.handlers(), **operate.handlers()}
    bind(app, API, handlers)
    app.on_shutdown.append(events.streams.close)
    return app


async def _openapi(_request: web.Request, _query: Query) -> web.Response:
    return encoded(await asyncio.to_thread(openapi))  # the first time takes a tenth of a second


def _following(request: web.Request, after: str) -> str:
    """Where the next page is, "" behind the last one."""
    return str(request.rel_url.update_query({AFTER_INSTANCE.name: after})) if after else ""


def _chosen(alias: str, found: tuple[T, ...], known: Sequence[str]) -> tuple[T, ...]:
    """What was found of one cluster. Raises ProblemError where there is no such cluster."""
    if not found:
        words = f'no cluster "{alias}"; the config has: {", ".join(known)}'
        raise ProblemError(HTTPStatus.NOT_FOUND, words)
    return found


def _not_found(error: NotFoundError) -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, str(error))
