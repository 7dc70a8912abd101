"""`daemonctl instances`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command
from daemonctl.cli.names import offer_codes, offer_zones
from daemonctl.cli.options import cluster_option, server_option, watch_option, wide_output_option
from daemonctl.cli.server import Server


def _verdict(_ctx: click.Context, _param: click.Parameter, word: str) -> str:
    """A verdict that there is, in its upper case."""
    from daemonctl.model.reason import Code

    asked = word.upper()
    if asked in ("", *Code):
        return asked
    from daemonctl.cli.near import meant

    near = meant(word, [each.value for each in Code])
    known = f"there are: {', '.join(Code)}"
    raise click.BadParameter(f'"{word}" is none; {f"{near} {known}" if near else known}')


@click.command(cls=Command)
@click.option(
    "--verdict",
    metavar="CODE",
    default="",
    help="Only with this verdict, as BACKOFF.",
    callback=_verdict,
    shell_complete=offer_codes,
)
@click.option(
    "--zone",
    metavar="ZONE",
    default="",
    help="Only of this availability zone.",
    shell_complete=offer_zones,
)
@click.option("--no-headers", is_flag=True, help="Rows only, for scripts.")
@watch_option
@server_option
@cluster_option
@wide_output_option
def instances(
    *,
    verdict: str,
    zone: str,
    no_headers: bool,
    watch: bool,
    server: Server,
    cluster: str | None,
    output: str,
) -> None:
    """Show a row an instance: its daemons, its gate, and why not.

    With --watch into a file or a pipe a row is added for each change, with -o json a document a
    line. A controller that goes away is waited for.
    """
    from daemonctl.cli import showing

    asked = {"verdict": verdict, "zone": zone}
    filters = {name: value for name, value in asked.items() if value}
    form = showing.Form(output, watch, headers=not no_headers)
    showing.show_instances(server, cluster, form, filters)
