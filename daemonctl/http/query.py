"""Query parameters: only those that an operation takes, each once, each in its range.

What is checked here is what the published document says of a parameter: both come from these.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web
from msgspec import Struct

from daemonctl.http.problem import ProblemError

Schema = dict[str, object]
"""A JSON Schema, of the draft that OpenAPI 3.1 uses (2020-12)."""

LONGEST: Final = 256
"""Characters of a value: ARNs are shorter."""


class Word(Struct, frozen=True):
    """A parameter that is text."""

    name: str
    about: str
    values: tuple[str, ...] = ()  # the only ones, where they are known beforehand
    may_be_empty: bool = False  # as good as left out
    in_header: bool = False

    def schema(self) -> Schema:
        """What values it takes."""
        if self.in_header:
            return {"type": "string"}  # headers come from browsers, and are taken as they come
        if self.values:
            return {"type": "string", "enum": list(self.values)}
        least = {} if self.may_be_empty else {"minLength": 1}
        return {"type": "string", **least, "maxLength": LONGEST}

    def of(self, query: Mapping[str, str]) -> str:
        """Its value, "" where it was not given. A problem (400) where that cannot be one."""
        value = query.get(self.name)
        if value is None or (not value and self.may_be_empty):
            return ""
        if not value:
            words = f'"{self.name}" is empty: give a value, or leave it out'
            raise ProblemError(HTTPStatus.BAD_REQUEST, words)
        if self.values and value not in self.values:
            words = f'unknown {self.name} "{value[:LONGEST]}"; there are: {", ".join(self.values)}'
            raise ProblemError(HTTPStatus.BAD_REQUEST, words)
        if len(value) > LONGEST:
            words = f'"{self.name}" is longer than {LONGEST} characters'
            raise ProblemError(HTTPStatus.BAD_REQUEST, words)
        return value


class Whole(Struct, frozen=True):
    """A parameter that is a whole number in a range."""

    name: str
    about: str
    default: int | None
    least: int
    most: int
    in_header: bool = False

    def schema(self) -> Schema:
        """What values it takes."""
        limits = {"minimum": self.least, "maximum": self.most}
        if self.default is not None:
            limits["default"] = self.default
        return {"type": "integer", **limits}

    def of(self, query: Mapping[str, str]) -> int:
        """Its value. A problem (400) where it is no number in the range, or a must and missing."""
        text = query.get(self.name)
        if text is None and self.default is not None:
            return self.default
        text = text or ""
        digits = text.isascii() and text.isdigit() and len(text) <= len(str(self.most))
        if not digits or not self.least <= int(text) <= self.most:
            words = f'"{self.name}" must be a whole number from {self.least} to {self.most}'
            raise ProblemError(HTTPStatus.BAD_REQUEST, words)
        return int(text)


Parameter = Word | Whole


def words_of(request: web.Request, *known: str) -> Mapping[str, str]:
    """The parameters. A problem (400) where one is unknown or comes twice."""
    found: dict[str, str] = {}
    for name, value in request.query.items():
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            words = f'unknown query parameter "{name[:LONGEST]}"; {takes}'
            raise ProblemError(HTTPStatus.BAD_REQUEST, words)
        if name in found:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f'query parameter "{name}" comes twice')
        found[name] = value
    return found
