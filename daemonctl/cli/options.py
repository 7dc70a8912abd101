"""Options that commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import click

from daemonctl.cli.names import offer_clusters, offer_files
from daemonctl.cli.server import DEFAULT_SERVER, OF_SERVER, server_of

F = TypeVar("F", bound=Callable[..., Any])


def config_option(command: F) -> F:
    """``--config``, for commands that read the config."""
    return click.option(
        "-c",
        "--config",
        envvar="DAEMONCTL_CONFIG",
        default="daemonctl.yaml",
        show_default=True,
        metavar="SOURCE",
        shell_complete=offer_files,
        help="The config: a file, s3://bucket/key, ssm:/name or consul:key (DAEMONCTL_CONFIG).",
    )(command)


_FILES = (
    ("--token-file", "DAEMONCTL_TOKEN_FILE", "A file with the API's token"),
    ("--ca-file", "DAEMONCTL_CA_FILE", "https: the CA of its certificate, if not the system's"),
    ("--cert", "DAEMONCTL_CERT_FILE", "https: a client certificate, and its key"),
    ("--key", "DAEMONCTL_KEY_FILE", "https: that key, in a file of its own"),
)


def file_options(command: F) -> F:
    """``--token-file`` and those of https, for what asks a running controller."""
    for name, variable, words in reversed(_FILES):
        command = click.option(
            name,
            envvar=variable,
            default="",
            metavar="PATH",
            shell_complete=offer_files,
            help=f"{words} ({variable}).",
        )(command)
    return command


def server_option(command: F) -> F:
    """``--server`` and its files, which the command gets as one ``Server``."""

    @wraps(command)
    def with_server(*args: Any, **named: Any) -> Any:
        server = server_of(named)
        rest = {name: value for name, value in named.items() if name not in OF_SERVER}
        return command(*args, server=server, **rest)

    option = click.option(
        "--server",
        envvar="DAEMONCTL_SERVER",
        default=DEFAULT_SERVER,
        show_default=True,
        metavar="URL",
        help="The controller's API (DAEMONCTL_SERVER).",
    )
    return cast("F", option(file_options(with_server)))


def cluster_option(command: F) -> F:
    """``--cluster``."""
    return click.option(
        "--cluster", metavar="ALIAS", help="Only this cluster.", shell_complete=offer_clusters
    )(command)


def output_option(command: F) -> F:
    """``-o``."""
    return _output_option(command, "table", "json")


def wide_output_option(command: F) -> F:
    """``-o``, also with more columns."""
    return _output_option(command, "table", "wide", "json")


def _output_option(command: F, *forms: str) -> F:
    more = ", with more columns and nothing cut," if "wide" in forms else ","
    return click.option(
        "-o",
        "--output",
        type=click.Choice(forms),
        default="table",
        show_default=True,
        help=f"For people{more} or JSON: `daemonctl schema` describes it.",
    )(command)


def watch_option(command: F) -> F:
    """``--watch``."""
    return click.option(
        "-w",
        "--watch",
        is_flag=True,
        help="Look every 2 s and show what changes, until Ctrl-C.",
    )(command)
