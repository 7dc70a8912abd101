"""Every error is ``application/problem+json`` (RFC 9457), whoever raised it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus

import msgspec
from aiohttp import web
from msgspec import Struct

CONTENT_TYPE = "application/problem+json"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = logging.getLogger(__name__)


class Problem(Struct, frozen=True, omit_defaults=True):
    """What went wrong with a request (RFC 9457)."""

    type: str  # always "about:blank": the status and the words say it all
    title: str  # the status in words
    status: int
    detail: str  # what is wrong and what to do, in one sentence
    instance: str  # the path that was asked for
    candidates: tuple[str, ...] = ()  # what an ambiguous id may mean


class ProblemError(Exception):
    """An answer that is an error: what is wrong and what to do, in one sentence."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        candidates: Sequence[str] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.candidates = tuple(candidates)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what a handler or the router raises into a problem."""
    try:
        return await handler(request)
    except ProblemError as problem:
        return _response(request, problem)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        return _response(request, _of_router(request, error))
    except Exception:  # noqa: BLE001  # whatever it is, the client gets a problem and the log the trace
        _log.exception("a request failed: %s %s", request.method, request.path)
        words = "daemonctl failed at this; its log has the trace"
        return _response(request, ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, words))


def _of_router(request: web.Request, error: web.HTTPException) -> ProblemError:
    status = HTTPStatus(error.status)
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        words = f"{request.method} is not allowed here, only {allowed}"
        return ProblemError(status, words, headers={"Allow": allowed})
    if status is HTTPStatus.NOT_FOUND:
        return ProblemError(status, f"there is nothing at {request.path}")
    return ProblemError(status, error.reason)


def _response(request: web.Request, problem: ProblemError) -> web.Response:
    body = Problem(
        type="about:blank",
        title=problem.status.phrase,
        status=problem.status.value,
        detail=problem.detail,
        instance=request.rel_url.raw_path,
        candidates=problem.candidates,
    )
    return web.Response(
        body=msgspec.json.encode(body),
        status=problem.status.value,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )
