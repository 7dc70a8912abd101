"""`daemonctl validate`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command
from daemonctl.cli.options import config_option, output_option


@click.command(cls=Command)
@config_option
@output_option
def validate(config: str, output: str) -> None:
    """Check the config, and name every fault.

    Offline: nothing but the config is read, and the files of http.tls where they are here. A
    config in S3, Systems Manager or Consul that cannot be read exits 1. With -o json every fault
    is in the document, with its path and line.
    """
    from daemonctl.cli.validating import show_validity

    show_validity(config, output)
