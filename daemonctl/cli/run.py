"""`daemonctl run`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command
from daemonctl.cli.options import config_option


@click.command(cls=Command)
@click.option("--dry-run", is_flag=True, help="Decide and tell, write nothing.")
@config_option
def run(config: str, *, dry_run: bool) -> None:
    """Run the controller until SIGTERM or SIGINT."""
    from daemonctl import app

    raise SystemExit(app.run(config, dry_run=dry_run))
