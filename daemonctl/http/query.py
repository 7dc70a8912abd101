"""Query parameters: only those that are known, each once, each in its range."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from daemonctl.http.problem import ProblemError


def words_of(request: web.Request, *known: str) -> Mapping[str, str]:
    """The parameters. A problem (400) where one is unknown or comes twice."""
    found: dict[str, str] = {}
    for name, value in request.query.items():
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            raise ProblemError(HTTPStatus.BAD_REQUEST, f'unknown query parameter "{name}"; {takes}')
        if name in found:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f'query parameter "{name}" comes twice')
        found[name] = value
    return found


def number(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A whole number in its range. A problem (400) where it is none."""
    text = query.get(name)
    if text is None:
        return default
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not digits or not least <= int(text) <= most:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST, f'"{name}" must be a whole number from {least} to {most}'
        )
    return int(text)
