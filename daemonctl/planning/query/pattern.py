r"""Java's regular expressions, as far as Python's `re` means the same by them.

The guide: `matches` and `not_matches` take java.util.regex.Pattern. Unverified: the whole value
must match, as with Java's `matches`; the guide's `t2.*` "places tasks on T2 instances", where a
search would not need its `.*`.

Both engines backtrack, so a pattern can be slow on purpose or by accident. A pattern is read
here before `re` sees it: what the two languages read differently is refused (look-around, named
groups, flags but a leading `(?i)`, possessive quantifiers, classes in classes, `\p{…}`, `\b`,
back references), and so is one whose worst case is not small: the number of ways to try a value
is multiplied out and held under `MAX_WAYS`.
"""

from __future__ import annotations

import re
import string
from typing import NamedTuple

MAX_PATTERN = 256
"""Longest pattern in characters."""

MAX_GROUPS_DEEP = 16
"""Deepest nesting of groups."""

SPAN = 128
"""How often an unbounded quantifier is taken to repeat: an attribute's value is ≤ 128 long."""

MAX_WAYS = SPAN**3
"""Most ways to try a pattern on a value: three unbounded quantifiers in a row."""

MAX_ATOMS = 1024
"""Most atoms of a pattern, its counted repetitions written out."""

_COUNTED = re.compile(r"\{([0-9]{1,3})(,?)([0-9]{0,3})\}")
_ESCAPABLE = "dDwWsStnrf " + string.punctuation
# Python warns of these inside a class, Java reads `&&` as an intersection.
_DOUBLED = ("&&", "--", "||", "~~")


class PatternError(ValueError):
    """The pattern is not supported; `position` is an offset in the pattern."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class _Effort(NamedTuple):
    """What matching may cost: ways to try, and atoms once repetitions are written out."""

    ways: int
    atoms: int


def compile_pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern; match it with `fullmatch`.

    Raises:
        PatternError: it is too long, not in the supported subset, or could be slow.
    """
    if len(text) > MAX_PATTERN:
        raise PatternError(f"expected a pattern of at most {MAX_PATTERN} characters", MAX_PATTERN)
    # Java's \d, \w, \s and (?i) are ASCII unless told otherwise.
    flags, start = (re.ASCII | re.IGNORECASE, 4) if text.startswith("(?i)") else (re.ASCII, 0)
    _Reader(text, start).read()
    try:
        return re.compile(text[start:], flags)
    except re.error as error:
        reason = repr(error.msg)[1:-1]  # it may quote a line break of the pattern
        position = start + (error.pos or 0)
        raise PatternError(f"expected a valid pattern: {reason}", position) from error


class _Reader:
    """Reads a pattern once, from left to right."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._at = start
        self._deep = 0

    def read(self) -> None:
        self._alternatives()
        if self._at < len(self._text):
            raise self._refusal("no ) without its (")

    def _refusal(self, expected: str) -> PatternError:
        return PatternError(f"expected {expected} in the pattern", self._at)

    def _peek(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _alternatives(self) -> _Effort:
        ways, atoms = self._sequence()
        while self._peek("|"):
            self._at += 1
            more = self._sequence()
            ways, atoms = ways + more.ways, atoms + more.atoms
        return self._bounded(ways, atoms)

    def _sequence(self) -> _Effort:
        ways, atoms = 1, 1
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            each = self._repeated(self._atom())
            ways, atoms = ways * each.ways, atoms + each.atoms
            self._bounded(ways, atoms)
        return _Effort(ways, atoms)

    def _bounded(self, ways: int, atoms: int) -> _Effort:
        if ways > MAX_WAYS or atoms > MAX_ATOMS:
            raise self._refusal("fewer repetitions and alternatives, this could be slow,")
        return _Effort(ways, atoms)

    def _atom(self) -> _Effort:
        first = self._text[self._at]
        if first == "(":
            return self._group()
        if first == "[":
            self._class()
        elif first == "\\":
            self._escape()
        elif first in "*+?{":
            raise self._refusal("something to repeat")
        else:
            self._at += 1
        return _Effort(1, 1)

    def _group(self) -> _Effort:
        self._at += 3 if self._peek("(?:") else 1
        if self._peek("?"):
            raise self._refusal("no special group, they are not supported,")
        self._deep += 1
        if self._deep > MAX_GROUPS_DEEP:
            raise self._refusal(f"at most {MAX_GROUPS_DEEP} groups in one another")
        effort = self._alternatives()
        self._deep -= 1
        if not self._peek(")"):
            raise self._refusal("a )")
        self._at += 1
        return effort

    def _class(self) -> None:
        self._at += 2 if self._peek("[^") else 1
        if self._peek("]"):
            raise self._refusal("a character in the class")
        while not self._peek("]"):
            if self._at >= len(self._text):
                raise self._refusal("a ]")
            if self._peek("[") or any(self._peek(pair) for pair in _DOUBLED):
                raise self._refusal("a plain class, without [ && -- || ~~,")
            if self._peek("\\"):
                self._escape()
            else:
                self._at += 1
        self._at += 1

    def _escape(self) -> None:
        self._at += 1
        if self._at >= len(self._text) or self._text[self._at] not in _ESCAPABLE:
            raise self._refusal("one of \\d \\D \\w \\W \\s \\S \\t \\n \\r \\f or a sign after \\")
        self._at += 1

    def _repeated(self, body: _Effort) -> _Effort:
        if self._at >= len(self._text) or self._text[self._at] not in "*+?{":
            return body
        least, most = self._quantifier()
        if self._peek("?"):  # a lazy one: the same values match
            self._at += 1
        if most is None:
            # A body with choices of its own, repeated without bound, tries exponentially many.
            if body.ways > 1:
                raise self._refusal("no repetition of a choice, this could be slow,")
            return _Effort(SPAN, body.atoms + least)
        if most < least:
            raise self._refusal("{least,most}")
        times = max(most, 1)
        # A body of one way gives one for each count; capped, for powers grow long.
        ways = min(body.ways**times * (most - least + 1), MAX_WAYS + 1)
        return _Effort(ways, body.atoms * times)

    def _quantifier(self) -> tuple[int, int | None]:
        sign = self._text[self._at]
        if sign != "{":
            self._at += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        counted = _COUNTED.match(self._text, self._at)
        if counted is None:
            raise self._refusal("{n}, {n,} or {n,m}")
        self._at = counted.end()
        least, comma, most = counted.groups()
        if comma:
            return int(least), int(most) if most else None
        if most:  # {12345}: more digits than a count may have
            raise self._refusal("a smaller count")
        return int(least), int(least)
