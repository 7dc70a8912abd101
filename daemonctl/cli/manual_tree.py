"""All commands with all that is said of them, from which the manual page and docs/cli.md are made.

What is said stands once, at the command; here it is only collected.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import NamedTuple

import click

from daemonctl.cli.command import environment_of, path_of
from daemonctl.cli.manual import page_of
from daemonctl.cli.manual_page import Page


class Entry(NamedTuple):
    """One command; a group has no ``page``."""

    path: tuple[str, ...]  # ("rollout", "undo"); () is the program
    usage: str
    words: tuple[str, ...]  # paragraphs
    options: tuple[tuple[str, str], ...]
    environment: tuple[tuple[str, str], ...]
    page: Page | None


def tree_of(root: click.Command) -> tuple[Entry, ...]:
    """Every command in the order of ``--help``, groups before what is in them."""
    return tuple(_walk(root, click.Context(root, info_name="daemonctl", **root.context_settings)))


def _walk(command: click.Command, ctx: click.Context) -> Iterator[Entry]:
    if isinstance(command, click.Group):
        yield _entry(command, ctx, None)
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            if inner is not None and not inner.hidden:
                yield from _walk(inner, click.Context(inner, parent=ctx, info_name=name))
    else:
        yield _entry(command, ctx, page_of(path_of(ctx)))


def _entry(command: click.Command, ctx: click.Context, page: Page | None) -> Entry:
    text = inspect.cleandoc(command.help or "").split("\n\n")
    # --help is on every command: it is said once, of the program.
    params = command.params if ctx.parent is not None else command.get_params(ctx)
    records = [each.get_help_record(ctx) for each in params if isinstance(each, click.Option)]
    options = tuple(each for each in records if each is not None)
    environment = environment_of(command, page.environment) if page is not None else ()
    return Entry(
        path_of(ctx),
        " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)]),
        tuple(" ".join(paragraph.split()) for paragraph in text),
        options,
        tuple(environment),
        page,
    )
