"""Prints: a document as JSON, or lines; colour only on a terminal."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

import click
import msgspec

_BAD = re.compile(
    r"\b(START_TIMEOUT|NO_FIT|NO_DEFINITION|BACKOFF|UNHEALTHY|AGENT_DISCONNECTED|unreachable|stale)\b"
)


def now() -> datetime:
    """The time that ages are counted to."""
    return datetime.now(UTC)


def print_json(body: bytes | msgspec.Struct) -> None:
    """A document, two blanks an indent."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    click.echo(msgspec.json.format(raw, indent=2).decode())


def print_json_line(document: msgspec.Struct) -> None:
    """A document in one line, there at once for whoever reads the other end of a pipe."""
    click.echo(msgspec.json.encode(document))


def print_lines(lines: Iterable[str]) -> None:
    """Lines; the codes in them coloured on a terminal."""
    for line in lines:
        click.echo(coloured(line), color=True)


def coloured(line: str) -> str:
    """The line; on a terminal that is to have colour, with the codes in it red."""
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return line
    return _BAD.sub(_red, line)


def _red(found: re.Match[str]) -> str:
    return click.style(found.group(), fg="red")
