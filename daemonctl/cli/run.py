"""`daemonctl run`."""

from __future__ import annotations

import click

from daemonctl.cli.options import BadInputError, config_option


@click.command()
@config_option
@click.option("--dry-run", is_flag=True, help="Decide and tell, write nothing: not supported yet.")
def run(config: str, *, dry_run: bool) -> None:
    """Run the controller until SIGTERM or SIGINT."""
    if dry_run:
        raise BadInputError("--dry-run: not supported yet; `daemonctl plan` decides once")
    from daemonctl import app

    raise SystemExit(app.run(config))
