"""What one route is: the one description that serves it, checks its query and publishes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from aiohttp import web
from msgspec import Struct

from daemonctl.http.answer import JSON, marked, packed
from daemonctl.http.query import Parameter, words_of

Query = Mapping[str, str]
"""The query parameters that came, all of them known to the operation."""

Handle = Callable[[web.Request, Query], Awaitable[web.StreamResponse]]

OPEN: Final = web.AppKey("open", set[str])
"""Paths that are answered without a token: they tell nothing of any cluster."""

_SPANNING: Final = frozenset({"id"})
"""Parts of a path that may hold slashes themselves: ARNs do."""


class Operation(Struct, frozen=True):
    """A route. ``answer`` is the type of what it answers, ``body`` that of what it is sent."""

    id: str
    method: str
    path: str
    tag: str
    summary: str
    about: str = ""
    answer: object = None  # None: an object of JSON, or text
    media: tuple[str, ...] = (JSON,)
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    body: object = None
    refuses: tuple[HTTPStatus, ...] = ()
    open: bool = False  # wants no token
    conditional: bool = False  # has an ETag
    linked: bool = False  # comes in pages, with a Link to the next one

    @property
    def takes(self) -> tuple[str, ...]:
        """The names of its query parameters."""
        return tuple(each.name for each in self.query)


def bind(
    app: web.Application, operations: Sequence[Operation], handlers: Mapping[str, Handle]
) -> None:
    """Adds a route an operation. Raises ValueError where one has no handler, or the reverse."""
    if {each.id for each in operations} != set(handlers):
        raise ValueError("every operation has one handler, and every handler one operation")
    for each in operations:
        serve(app, each, handlers[each.id])


def serve(app: web.Application, operation: Operation, handle: Handle) -> None:
    """Adds one route; of GET its HEAD, too."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = await handle(request, words_of(request, *operation.takes))
        if not isinstance(response, web.Response) or response.status != HTTPStatus.OK:
            return response  # a stream, or an error
        if operation.conditional:
            response = marked(request, response)
        return await packed(request, response)

    path = operation.path
    for name in _SPANNING:
        path = path.replace(f"{{{name}}}", f"{{{name}:.+}}")
    if operation.method == "GET":
        app.router.add_get(path, handler)
    else:
        app.router.add_route(operation.method, path, handler)
    if operation.open:
        opened(app).add(operation.path)


def opened(app: web.Application) -> set[str]:
    """The paths that are answered without a token; more may be added until the app runs."""
    if OPEN not in app:
        app[OPEN] = set()
    return app[OPEN]


def is_open(request: web.Request) -> bool:
    """Whether what is asked for is answered without a token."""
    resource = request.match_info.route.resource
    return resource is not None and resource.canonical in request.app.get(OPEN, set())
