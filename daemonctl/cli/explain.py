"""`daemonctl explain`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command
from daemonctl.cli.names import offer_instances
from daemonctl.cli.options import cluster_option, output_option, server_option
from daemonctl.cli.server import Server


@click.command(cls=Command)
@click.argument("instance", shell_complete=offer_instances)
@server_option
@cluster_option
@output_option
def explain(instance: str, server: Server, cluster: str | None, output: str) -> None:
    """Explain one INSTANCE: what runs, what should, the reason, the next step.

    INSTANCE is a container instance's ARN or its last part, or an i-…; the start is enough.
    """
    from daemonctl.cli import asking

    asking.show_instance(server, cluster, output, instance)
