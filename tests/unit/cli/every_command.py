"""Every command of the program, by the words that call it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from daemonctl.cli.main import main


def commands() -> dict[str, click.Command]:
    return dict(_below(main))


def _below(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _below(command, *path, name)
        else:
            yield " ".join([*path, name]), command
