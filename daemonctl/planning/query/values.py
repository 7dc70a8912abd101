"""Values that are more than text: versions, moments, counts, numbers.

A value that cannot be read so has no key; `eval` says what that means for a comparison.
Unverified, the guide being silent: a moment without an offset is UTC, a date is its midnight
(so `registeredAt == 2018-06-18` asks for that very second), `1.14` and `1.14.0` are the same
version, and attributes are ordered as numbers where both sides are numbers.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemonctl.planning.query.nodes import Key

# [0-9] and counted: \d takes every script's digits, and int() refuses very long texts.
_COUNT = re.compile(r"[0-9]{1,9}")
_VERSION = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,7}")
_NUMBER = re.compile(r"(-?)([0-9]{1,18})(?:\.([0-9]{1,9}))?")
_DOCUMENTED_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NANO_DIGITS = 9
_NANO = 10**_NANO_DIGITS


def number_key(text: str) -> Key | None:
    """Read a decimal number; the key is in billionths, exact."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    sign, whole, fraction = found.groups()
    size = int(whole) * _NANO + int((fraction or "").ljust(_NANO_DIGITS, "0"))
    return (-size if sign else size,)


def count_key(text: str) -> Key | None:
    """Read a whole number that is not negative."""
    return (int(text),) if _COUNT.fullmatch(text) else None


def version_key(text: str) -> Key | None:
    """Read a version such as `1.14.5`, ordered part by part as numbers."""
    if not _VERSION.fullmatch(text):
        return None
    parts = [int(part) for part in text.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def moment_key(text: str) -> Key | None:
    """Read an ISO 8601 date or date-time, or seconds since 1970, as an instance may give it."""
    seconds = number_key(text)
    if seconds is not None:
        return seconds
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - _EPOCH
    return ((since.days * 86400 + since.seconds) * _NANO + since.microseconds * 1000,)


def argument_moment_key(text: str) -> Key | None:
    """Read a moment in one of the four formats that the guide allows in an expression."""
    return moment_key(text) if _DOCUMENTED_MOMENT.fullmatch(text) else None


READERS: dict[str, Callable[[str], Key | None]] = {
    "agentVersion": version_key,
    "registeredAt": moment_key,
    "runningTasksCount": count_key,
}
"""How the values of the subjects that are not text are read."""

ARGUMENT_READERS: dict[str, tuple[Callable[[str], Key | None], str]] = {
    "agentVersion": (version_key, "a version such as 1.14.5"),
    "registeredAt": (argument_moment_key, "a date such as 2018-06-18 or 2018-06-18T22:28:28Z"),
    "runningTasksCount": (count_key, "a whole number"),
}
"""How their arguments are read, and what was expected where that fails."""
