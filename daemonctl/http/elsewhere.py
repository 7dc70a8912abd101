"""What a standby answers to what only the leader of a cluster can: where to ask instead."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from daemonctl.http.problem import ProblemError
from daemonctl.runtime.kept import NotLeadingError


def elsewhere(request: web.Request, error: NotLeadingError) -> ProblemError:
    """307 to the same path at the leader, 503 where no leader is known."""
    if not error.address:
        words = f"this replica stands by: {error}"
        return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, words, headers={"Retry-After": "5"})
    target = f"{error.address}{request.rel_url.raw_path_qs}"
    return ProblemError(
        HTTPStatus.TEMPORARY_REDIRECT,
        f"this replica stands by: {error}",
        headers={"Location": target},
    )
