"""How a command ends that could not do what it was asked for: its words, and its exit code.

A failure is one line, so that a log keeps it whole. On a terminal its words are wrapped, never
cut, and what would scroll away is counted instead, with the command that shows all of it.
"""

from __future__ import annotations

import errno
import os
import sys
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import click

from daemonctl.cli.failure import FailError

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 and SIGINT's number, as of a shell."""

_UNWRITTEN = 1


class Screen(NamedTuple):
    """A terminal's columns and lines."""

    width: int
    height: int


def failed(error: Exception) -> int:
    """The exit code after what a command raised, which is told; raises what is a bug."""
    if isinstance(error, click.ClickException):
        tell(error)
        return error.exit_code
    if isinstance(error, click.Abort):
        return INTERRUPTED
    if not isinstance(error, OSError) or error.filename is not None or not _unwritten(error):
        raise error
    return _UNWRITTEN


def warn(words: str) -> None:
    """Says on stderr what whoever reads the answer has to know beside it."""
    for line in told(f"daemonctl: {words}", (), "", screen_of_stderr()):
        click.echo(line, err=True)


def tell(error: click.ClickException) -> None:
    """Writes a failure to stderr."""
    screen = screen_of_stderr()
    usage: list[str] = []
    if isinstance(error, click.UsageError) and error.ctx is not None:
        usage = [*error.ctx.get_usage().splitlines(), _help_of(error.ctx), ""]
    items, all_of = (error.items, error.all_of) if isinstance(error, FailError) else ((), "")
    for line in [*usage, *told(f"daemonctl: {error.format_message()}", items, all_of, screen)]:
        click.echo(line, err=True)


def told(head: str, items: Sequence[str], all_of: str, screen: Screen | None) -> list[str]:
    """The lines of a failure: what happened, then each item; on a screen only what fits it."""
    if screen is None:
        return [head, *(f"  {each}" for each in items)]
    lines = _wrapped(head, screen.width, indent="  ")
    shown = [_wrapped(f"  {each}", screen.width, indent="    ") for each in items]
    room = screen.height - 1 - len(lines)  # the prompt's line
    if sum(map(len, shown)) <= room:
        return [*lines, *(line for each in shown for line in each)]
    for number, each in enumerate(shown):
        more = _wrapped(f"  … and {len(items) - number} more: {all_of}", screen.width, indent="  ")
        if len(each) + len(more) > room:
            return [*lines, *more]
        lines += each
        room -= len(each)
    return lines


def screen_of_stderr() -> Screen | None:
    """The terminal that stderr is; None where it is none."""
    try:
        return Screen(*os.get_terminal_size(sys.stderr.fileno()))
    except (OSError, ValueError):  # no terminal; closed, or of a test
        return None


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    """Words that are longer than a line (a URL, an ARN) stay whole: people copy them."""
    return textwrap.wrap(
        text,
        max(width, 20),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _help_of(ctx: click.Context) -> str:
    return f"Try '{ctx.command_path} --help' for help."


def _unwritten(error: OSError) -> bool:
    """Tells that the answer could not be written (a full disk); a reader that left knows it."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing is left to flush
    except (OSError, ValueError):
        return False
    if error.errno != errno.EPIPE:
        click.echo(f"daemonctl: stdout cannot be written: {error.strerror}", err=True)
    return True
