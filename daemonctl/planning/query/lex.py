"""Reading the text of an expression from left to right.

What a piece of text means depends on where it stands (`and` is a value after `==`), so the
parser asks for what may stand there instead of being handed a list of tokens. Nothing is read
twice: the time is linear in the text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_LENGTH = 2000
"""Longest expression in characters, as ECS's API reference says of `PlacementConstraint`."""

BARE_VALUE = re.compile(r"""[^\s'"()\[\],&|=<>!~]+""")
"""A value without quotes. Everything an attribute's value may hold, save spaces."""

BARE_PATTERN = re.compile(r"""(?:[^\s'"()&|]|&(?!&)|\|(?!\|))+""")
"""A pattern without quotes. The guide: a single expression holds no parentheses, so they need
quotes; brackets, commas and single bars are the pattern's own."""

_SPACE = re.compile(r"\s*")
# A backslash is an ordinary character in quotes: attribute values may hold one, patterns do.
_QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")
_SNIPPET = 20


class QueryError(ValueError):
    """The text is no expression. `str()` is one line that says what was expected and where.

    Attributes:
        message: what was expected, and what was found instead.
        position: offset in the text, in characters from 0, of the place that is wrong.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message, position)
        self.message = message
        self.position = position

    def __str__(self) -> str:
        return f"{self.message} (at character {self.position + 1})"


def snippet(text: str) -> str:
    """Quote the beginning of a text for an error, on one line."""
    return f"{text[:_SNIPPET]!r}…" if len(text) > _SNIPPET else repr(text)


class Value(NamedTuple):
    """An argument as written, without its quotes, and where its first character stands."""

    text: str
    position: int


class Scanner:
    """A place in a text; white space is skipped before it.

    Raises:
        QueryError: the text is longer than `MAX_LENGTH`.
    """

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise QueryError(
                f"expected at most {MAX_LENGTH} characters, found {len(text)}", MAX_LENGTH
            )
        self._text = text
        self.position = 0
        self._advance(0)

    def take(self, pattern: re.Pattern[str]) -> str | None:
        """Read what the pattern describes, if it stands here."""
        found = pattern.match(self._text, self.position)
        if found is None:
            return None
        self._advance(found.end())
        return found[0]

    def value(self, bare: re.Pattern[str]) -> Value | None:
        """Read an argument, in quotes or as `bare` describes it."""
        start = self.position
        quoted = self.take(_QUOTED)
        if quoted is not None:
            return Value(quoted[1:-1], start + 1)
        plain = self.take(bare)
        return None if plain is None else Value(plain, start)

    def at_end(self) -> bool:
        """Whether everything is read."""
        return self.position == len(self._text)

    def expected(self, what: str) -> QueryError:
        """Make the error that `what` should stand here."""
        rest = self._text[self.position :]
        found = snippet(rest) if rest else "the end"
        return QueryError(f"expected {what}, found {found}", self.position)

    def _advance(self, end: int) -> None:
        space = _SPACE.match(self._text, end)
        self.position = end if space is None else space.end()
