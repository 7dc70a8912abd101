"""`daemonctl help` and `daemonctl man`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from daemonctl.cli.command import Command

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _offer(ctx: click.Context, _param: click.Parameter, word: str) -> list[CompletionItem]:
    """The commands below the words that are there."""
    from click.shell_completion import CompletionItem

    at: click.Command | None = ctx.find_root().command
    for each in ctx.params.get("command") or ():
        at = at.get_command(ctx, each) if isinstance(at, click.Group) else None
    names = at.list_commands(ctx) if isinstance(at, click.Group) else []
    return [CompletionItem(name) for name in names if name.startswith(word)]


@click.command("help", cls=Command)
@click.argument("command", nargs=-1, shell_complete=_offer)
@click.pass_context
def help_(ctx: click.Context, command: tuple[str, ...]) -> None:
    """Show how COMMAND is used: as `daemonctl COMMAND --help`."""
    root = ctx.find_root()
    # --help where a word stands that is no command: click says so, with the nearest one.
    with root.command.make_context(root.info_name, [*command, "--help"]) as asked:
        root.command.invoke(asked)


@click.command(cls=Command)
@click.pass_context
def man(ctx: click.Context) -> None:
    """Print the manual page daemonctl(1), in roff."""
    from daemonctl.cli.manual_roff import roff
    from daemonctl.cli.manual_tree import tree_of

    click.echo(roff(tree_of(ctx.find_root().command)), nl=False)
