"""`daemonctl completion`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command

SHELLS = ("bash", "zsh", "fish")


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that makes TAB work in SHELL: bash (4.4 or newer), zsh or fish.

    Commands, options and their values are completed, and the names of clusters, daemons and
    instances as the running controller has them; where it does not answer at once, nothing.
    """
    from daemonctl.cli.completing import script

    click.echo(script(shell, ctx.find_root().command), nl=False)
