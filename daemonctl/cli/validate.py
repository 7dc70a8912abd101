"""`daemonctl validate`."""

from __future__ import annotations

import click

from daemonctl.cli.options import config_option


@click.command()
@config_option
def validate(config: str) -> None:
    """Check the config, offline. Exits 0 where it is good, 2 where it is bad."""
    from daemonctl import app
    from daemonctl.cli.config_faults import bad_config
    from daemonctl.cli.table import count_of

    try:
        found = app.load(config)
    except app.ConfigError as error:
        raise bad_config(config, error) from error
    daemons = dict.fromkeys(daemon.name for each in found.clusters for daemon in each.daemons)
    clusters = count_of(len(found.clusters), "cluster")
    names = ", ".join(daemons)
    click.echo(
        f"{config}: ok: owner {found.owner}, {clusters}, {count_of(len(daemons), 'daemon')}"
        f"{f' ({names})' if names else ''}"
    )
