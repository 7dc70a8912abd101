"""Every error is ``application/problem+json`` (RFC 9457), whoever raised it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import hdrs, web
from msgspec import Struct

CONTENT_TYPE: Final = "application/problem+json"

LARGEST_BODY: Final = 16 * 1024
"""Bytes of a request's body, once it is unpacked."""

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


FAILED: Final = ProblemError(
    HTTPStatus.INTERNAL_SERVER_ERROR, "daemonctl failed at this; its log has the trace"
)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what a handler or the router raises into a problem."""
    try:
        return await handler(request)
    except ProblemError as problem:
        return answer(request, problem)
    except web.HTTPException as error:
        if isinstance(error, web.HTTPMethodNotAllowed) and request.method == hdrs.METH_OPTIONS:
            return web.Response(status=HTTPStatus.NO_CONTENT, headers={"Allow": _allowed(error)})
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        return answer(request, of_aiohttp(request, error))
    except web.RequestPayloadError:
        words = "the body cannot be read: it is not encoded as its headers say"
        return answer(request, ProblemError(HTTPStatus.BAD_REQUEST, words))
    except Exception:  # noqa: BLE001  # whatever it is, the client gets a problem and the log the trace
        _log.exception("a request failed: %s %s", request.method, request.rel_url.raw_path)
        return answer(request, FAILED)


def of_aiohttp(request: web.BaseRequest, error: web.HTTPException) -> ProblemError:
    """What aiohttp itself refuses, in our words."""
    status = HTTPStatus(error.status)
    if isinstance(error, web.HTTPMethodNotAllowed):
        useful = ", ".join(sorted(error.allowed_methods))
        words = f"{request.method} is not allowed here, only {useful}"
        return ProblemError(status, words, headers={"Allow": _allowed(error)})
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return ProblemError(status, f"the body is larger than {LARGEST_BODY} bytes")
    if isinstance(error, web.HTTPExpectationFailed):
        return ProblemError(status, "of Expect only 100-continue is understood: leave it out")
    if status is HTTPStatus.NOT_FOUND:
        return ProblemError(status, f"there is nothing at {request.rel_url.raw_path}")
    return ProblemError(status, error.reason)


def _allowed(error: web.HTTPMethodNotAllowed) -> str:
    return ", ".join(sorted({*error.allowed_methods, hdrs.METH_OPTIONS}))


def answer(request: web.BaseRequest, problem: ProblemError) -> web.Response:
    """The problem as an answer."""
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
