"""`daemonctl status`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command
from daemonctl.cli.names import offer_daemons
from daemonctl.cli.options import Server, cluster_option, output_option, server_option


@click.command(cls=Command)
@click.argument("daemon", required=False, shell_complete=offer_daemons)
@server_option
@cluster_option
@output_option
def status(daemon: str | None, server: Server, cluster: str | None, output: str) -> None:
    """Show the daemons in numbers, or one DAEMON with what fails and why."""
    from daemonctl.cli import asking

    if daemon is None:
        asking.show_status(server, cluster, output)
    else:
        asking.show_daemon(server, cluster, output, daemon)
