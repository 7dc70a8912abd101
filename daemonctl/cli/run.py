"""`daemonctl run`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command
from daemonctl.cli.failure import BadInputError, FailError
from daemonctl.cli.options import config_option
from daemonctl.cli.table import plain


@click.command(cls=Command)
@click.option("--dry-run", is_flag=True, help="Decide and tell, write nothing.")
@config_option
def run(config: str, *, dry_run: bool) -> None:
    """Run the controller until SIGTERM or SIGINT."""
    from daemonctl import app
    from daemonctl.cli.config_faults import config_read

    try:
        with config_read(config):
            app.run(config, dry_run=dry_run)
    except app.ListenError as error:
        kind = BadInputError if error.exit_code == BadInputError.exit_code else FailError
        raise kind(plain(str(error))) from error
