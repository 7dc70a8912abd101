"""Registrator's command line, in Go's manner: ``-name``, ``-name=value``, ``-name value``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

_SWITCHES = ("cleanup", "internal", "explicit")
_NUMBERS = ("resync", "retry-attempts", "retry-interval")
_WORDS = ("ip", "tags", "deregister")


class UsageError(Exception):
    """The command line is not registrator's; the words say where."""


@dataclass(frozen=True)
class Options:
    """``resync`` in seconds (0: never), ``retry_interval`` in milliseconds; -1 attempts: no end."""

    consul: tuple[str, int] = ("127.0.0.1", 8500)
    cleanup: bool = False
    internal: bool = False
    explicit: bool = False
    resync: int = 0
    retry_attempts: int = 0
    retry_interval: int = 2000
    ip: str = ""
    tags: str = ""
    deregister: str = "always"


def parse(arguments: Sequence[str]) -> Options:
    """What the command line asks for.

    Raises:
        UsageError: An unknown flag, a value that is none, or no ``consul://`` address.
    """
    found: dict[str, object] = {}
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        name, given, value = rest.pop(0).lstrip("-").partition("=")
        if name in _SWITCHES:
            found[name] = not given or value == "true"
            continue
        if name not in (*_NUMBERS, *_WORDS):
            raise UsageError(f"flag provided but not defined: -{name}")
        if not given:
            if not rest:
                raise UsageError(f"flag needs an argument: -{name}")
            value = rest.pop(0)
        try:
            found[name] = int(value) if name in _NUMBERS else value
        except ValueError:
            raise UsageError(f"invalid value {value!r} for flag -{name}") from None
    if len(rest) != 1:
        raise UsageError("one registry address is needed, as consul://127.0.0.1:8500")
    if found.get("deregister", "always") not in {"always", "on-success"}:
        raise UsageError('-deregister must be "always" or "on-success"')
    found = {name.replace("-", "_"): value for name, value in found.items()}
    return Options(consul=_address(rest[0]), **found)  # type: ignore[arg-type]  # by the names above


def _address(uri: str) -> tuple[str, int]:
    parts = urlsplit(uri)
    if parts.scheme != "consul":
        raise UsageError(f"unrecognized adapter: {uri}")
    return parts.hostname or "127.0.0.1", parts.port or 8500
