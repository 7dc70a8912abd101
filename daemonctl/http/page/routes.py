"""`GET /` and the files that it needs, and who gets to see what of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from daemonctl.http.answer import packed
from daemonctl.http.elsewhere import elsewhere
from daemonctl.http.operation import opened
from daemonctl.http.page.assets import load
from daemonctl.http.page.frame import POLICY, frame, shell_main
from daemonctl.http.page.listing import ROWS, listing
from daemonctl.http.page.markup import Markup
from daemonctl.http.page.overview import overview
from daemonctl.http.problem import Handler, ProblemError
from daemonctl.http.query import words_of
from daemonctl.runtime.kept import NotLeadingError
from daemonctl.runtime.report import NotFoundError, Report

_HOME: Final = "page"
_FILE: Final = "/page/{digest}/{name}"
_EVENTS: Final = 10
"""Rows of the journal that the server writes into the page."""

_FOREVER: Final = "public, max-age=31536000, immutable"
"""Of what has its own digest in its path."""


class Page:
    """The handlers over one report."""

    def __init__(self, report: Report, *, has_token: bool) -> None:
        self._report = report
        self._has_token = has_token
        self._assets = load()

    def add_to(self, app: web.Application) -> None:
        """Adds the routes."""
        app.router.add_get("/", self.home, name=_HOME)
        app.router.add_get(_FILE, self.asset)
        opened(app).add(_FILE)

    async def home(self, request: web.Request) -> web.Response:
        """The overview; ``?cluster=`` lists its instances, ``&after=`` goes on behind one."""
        query = words_of(request, "cluster", "after")
        if "cluster" in query:
            main = self._listing(request, query["cluster"], query.get("after", ""))
        else:
            main = overview(self._report.status(), self._report.newest(_EVENTS).events)
        return await packed(request, self._answer("daemonctl", main, anonymous=False))

    def shell(self) -> web.Response:
        """The page of somebody without the token. It is the same whatever there is."""
        return self._answer("daemonctl", shell_main(), anonymous=True)

    async def asset(self, request: web.Request) -> web.Response:
        """A file of the page. Another version's are not here: a reload asks for these."""
        words_of(request)
        at = request.match_info
        found = self._assets.files.get(at["name"])
        if found is None or at["digest"] != self._assets.digest:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is nothing at {request.path}")
        response = web.Response(
            body=found.body,
            content_type=found.content_type,
            charset="utf-8",
            headers={"Cache-Control": _FOREVER},
        )
        return await packed(request, response)

    def guarded(self, guard: Middleware) -> Middleware:
        """The guard, which whoever has no token passes to the form for it, and to nothing else."""

        @web.middleware
        async def welcome(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await guard(request, handler)
            except ProblemError as problem:
                if problem.status is not HTTPStatus.UNAUTHORIZED:
                    raise
                if request.match_info.route.name != _HOME or "Authorization" in request.headers:
                    raise
                return await packed(request, self.shell())

        return welcome

    def _listing(self, request: web.Request, alias: str, after: str) -> Markup:
        try:
            self._report.led(alias)
            return listing(self._report.instances(alias, after, ROWS))
        except NotLeadingError as error:
            raise elsewhere(request, error) from error
        except NotFoundError as error:
            raise ProblemError(HTTPStatus.NOT_FOUND, str(error)) from error

    def _answer(self, title: str, main: Markup, *, anonymous: bool) -> web.Response:
        body = frame(self._assets, title, main, has_token=self._has_token, anonymous=anonymous)
        return web.Response(
            body=body,
            content_type="text/html",
            charset="utf-8",
            headers={"Content-Security-Policy": POLICY},
        )
