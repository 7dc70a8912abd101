"""`daemonctl instances`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command
from daemonctl.cli.names import offer_codes
from daemonctl.cli.options import Server, cluster_option, output_option, server_option


@click.command(cls=Command)
@server_option
@cluster_option
@click.option(
    "--verdict",
    metavar="CODE",
    default="",
    help="Only with this verdict, as BACKOFF.",
    shell_complete=offer_codes,
)
@output_option
def instances(server: Server, cluster: str | None, verdict: str, output: str) -> None:
    """Show a row an instance: its daemons, and why not."""
    from daemonctl.cli import asking

    asking.show_instances(server, cluster, output, verdict.upper())
