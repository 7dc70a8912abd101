"""`daemonctl status`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command
from daemonctl.cli.names import offer_daemons
from daemonctl.cli.options import cluster_option, server_option, watch_option, wide_output_option
from daemonctl.cli.server import Server


@click.command(cls=Command)
@click.argument("daemon", required=False, shell_complete=offer_daemons)
@watch_option
@server_option
@cluster_option
@wide_output_option
def status(
    *, daemon: str | None, watch: bool, server: Server, cluster: str | None, output: str
) -> None:
    """Show the daemons in numbers, or one DAEMON with what fails and why.

    With --watch into a file or a pipe a row is added for each change, with -o json a document a
    line. A controller that goes away is waited for.
    """
    from daemonctl.cli import showing

    form = showing.Form(output, watch)
    if daemon is None:
        showing.show_status(server, cluster, form)
    else:
        showing.show_daemon(server, cluster, form, daemon)
