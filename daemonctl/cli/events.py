"""`daemonctl events`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command
from daemonctl.cli.durations import seconds_of
from daemonctl.cli.names import offer_daemons, offer_instances
from daemonctl.cli.options import cluster_option, output_option, server_option
from daemonctl.cli.server import Server

_KINDS = ["VERDICT", "ACTION", "CONDITION", "VIOLATION", "COMMAND", "LEADERSHIP"]


@click.command(cls=Command)
@click.option("-f", "--follow", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@click.option(
    "--daemon",
    metavar="NAME",
    default="",
    help="Only this daemon.",
    shell_complete=offer_daemons,
)
@click.option(
    "--instance",
    metavar="ID",
    default="",
    help="Only this instance: i-…, its ARN or its last part; the start is enough.",
    shell_complete=offer_instances,
)
@click.option(
    "--kind",
    type=click.Choice(_KINDS, case_sensitive=False),
    help="Only decisions, calls to ECS, conditions, dropped actions, commands, changes of leader.",
)
@click.option(
    "--since", metavar="SPAN", callback=seconds_of, help="Only the last 30s, 10m, 2h or 1d."
)
@server_option
@cluster_option
@output_option
def events(
    *,
    follow: bool,
    daemon: str,
    instance: str,
    kind: str | None,
    since: float | None,
    server: Server,
    cluster: str | None,
    output: str,
) -> None:
    """Show what was decided and done, oldest first: the controller's journal.

    With -f and -o json, one event a line.
    """
    from daemonctl.cli import events_show

    asked = {"cluster": cluster, "daemon": daemon, "instance": instance, "kind": kind}
    filters = {name: value for name, value in asked.items() if value}
    if follow:
        events_show.follow_events(server, filters, since, output)
    else:
        events_show.show_events(server, filters, since, output)
