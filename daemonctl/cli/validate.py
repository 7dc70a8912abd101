"""`daemonctl validate`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command
from daemonctl.cli.options import config_option


@click.command(cls=Command)
@config_option
def validate(config: str) -> None:
    """Check the config. Exits 0 where it is good, 2 where it is bad.

    Offline: nothing but the config is read. One in S3, Systems Manager or Consul that cannot be
    read exits 1.
    """
    from daemonctl import app
    from daemonctl.cli.config_faults import config_read
    from daemonctl.cli.table import count_of

    with config_read(config):
        found = app.load(config)
    daemons = dict.fromkeys(daemon.name for each in found.clusters for daemon in each.daemons)
    clusters = count_of(len(found.clusters), "cluster")
    names = ", ".join(daemons)
    click.echo(
        f"{config}: ok: owner {found.owner}, {clusters}, {count_of(len(daemons), 'daemon')}"
        f"{f' ({names})' if names else ''}"
    )
