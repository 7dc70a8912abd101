"""`daemonctl import`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command
from daemonctl.cli.failure import FailError
from daemonctl.cli.options import config_option, output_option


@click.command("import", cls=Command)
@click.argument("service")
@config_option
@click.option(
    "--cluster",
    metavar="NAME",
    default="default",
    show_default=True,
    help="The alias of a cluster of the config, else an ECS cluster's name or ARN.",
)
@output_option
def import_(service: str, config: str, cluster: str, output: str) -> None:
    """Write a daemon for the config from the ECS DAEMON service SERVICE.

    Reads ECS and changes nothing. The steps of a takeover are in docs/takeover.md.
    """
    from daemonctl import app
    from daemonctl.cli.config_faults import config_read
    from daemonctl.cli.documents import ImportDocument
    from daemonctl.cli.show import print_json
    from daemonctl.cli.table import plain
    from daemonctl.ports import ApiError

    try:
        with config_read(config):
            found = app.import_service(config, cluster, service)
    except app.NotImportableError as error:
        raise FailError(plain(str(error))) from error
    except ApiError as error:
        again = "; AWS failed at it, run it again in a minute" if error.ambiguous else ""
        why = f"{str(error).rstrip('. ')}{again}"
        words = f"service {service} of cluster {cluster} cannot be read: {why}"
        raise FailError(plain(words)) from error
    if output == "json":
        print_json(ImportDocument(found.service, found.daemon, found.notes))
    else:
        click.echo(found.yaml(), nl=False)
