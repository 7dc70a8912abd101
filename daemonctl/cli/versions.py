"""`daemonctl version`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command
from daemonctl.cli.failure import FailError
from daemonctl.cli.options import output_option, server_option
from daemonctl.cli.server import Server


@click.command(cls=Command)
@server_option
@output_option
def version(server: Server, output: str) -> None:
    """Show the version of this command, and of the controller where it answers."""
    from importlib.metadata import version as version_of

    from daemonctl.cli.client import Client
    from daemonctl.cli.documents import VersionDocument
    from daemonctl.cli.show import print_json, print_lines
    from daemonctl.cli.table import wrap
    from daemonctl.runtime.report import Status

    found, why = "", ""
    try:
        found = Client(server).get(Status, "status").version
    except FailError as error:
        why = error.message
    document = VersionDocument(version_of("daemonctl"), found, server.url, why)
    if output == "json":
        print_json(document)
        return
    print_lines([f"client: {document.client}"])
    print_lines(wrap("server: ", f"{found} at {server.url}" if found else why))
