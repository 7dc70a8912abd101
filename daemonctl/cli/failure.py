"""The way a command fails."""

from __future__ import annotations

from collections.abc import Sequence

import click


class FailError(click.ClickException):
    """Ends the command: its words on stderr, exit code 1.

    Behind the words come ``items``, a line each; where they are too many for the screen,
    ``all_of`` says how all of them are seen.
    """

    def __init__(self, words: str, items: Sequence[str] = (), all_of: str = "") -> None:
        super().__init__(words)
        self.items = tuple(items)
        self.all_of = all_of


class BadInputError(FailError):
    """The config or the command line is bad: exit code 2."""

    exit_code = 2
