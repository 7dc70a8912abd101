"""`daemonctl plan`."""

from __future__ import annotations

import os

import click

from daemonctl.cli.command import Command
from daemonctl.cli.options import cluster_option, config_option, file_options, output_option
from daemonctl.cli.server import DEFAULT_SERVER, server_of

CHANGES = 3
"""Exit code where there is something to do."""

_DEFAULT = "DAEMONCTL_SERVER"


@click.command(cls=Command)
@config_option
@click.option(
    "--server",
    is_flag=False,
    flag_value=_DEFAULT,
    default=None,
    metavar="[URL]",
    help="The running controller's plan instead; its API is DAEMONCTL_SERVER without a URL.",
)
@file_options
@cluster_option
@output_option
def plan(config: str, server: str | None, cluster: str | None, output: str, **files: str) -> None:
    """Show what would be done now, and why. Changes nothing."""
    from daemonctl.cli.planning import show_plan

    if server == _DEFAULT:
        server = os.environ.get("DAEMONCTL_SERVER") or DEFAULT_SERVER
    asked = None if server is None else server_of({"server": server, **files})
    if show_plan(config, asked, cluster, output):
        raise SystemExit(CHANGES)
