"""What `validate` does: reads the config, says that it is good, or every fault."""

from __future__ import annotations

import click

from daemonctl.cli.config_faults import config_read
from daemonctl.cli.documents import ConfigFault, ValidateDocument
from daemonctl.cli.show import print_json
from daemonctl.cli.table import count_of


def show_validity(config: str, output: str) -> None:
    """Raises BadInputError with every fault, or FailError; as JSON they are on stdout, too."""
    from daemonctl import app

    with config_read(config):
        try:
            found, not_here = app.validate(config)
        except app.ConfigError as error:
            if output == "json":
                faults = tuple(ConfigFault(*each) for each in error.faults)
                print_json(ValidateDocument(config, ok=False, faults=faults))
            raise
    for words in not_here:
        click.echo(f"not checked here: {words}", err=True)
    daemons = dict.fromkeys(daemon.name for each in found.clusters for daemon in each.daemons)
    if output == "json":
        clusters = tuple(each.alias for each in found.clusters)
        print_json(ValidateDocument(config, True, found.owner, clusters, tuple(daemons)))
        return
    names = ", ".join(daemons)
    click.echo(
        f"{config}: ok: owner {found.owner}, {count_of(len(found.clusters), 'cluster')},"
        f" {count_of(len(daemons), 'daemon')}{f' ({names})' if names else ''}"
    )
