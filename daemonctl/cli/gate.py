"""`daemonctl gate`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Group
from daemonctl.cli.failure import FailError
from daemonctl.cli.options import cluster_option, config_option, output_option


@click.group(cls=Group)
def gate() -> None:
    """Open or remove the gates of all instances, to take daemonctl away.

    Reads the config and writes to ECS. A controller whose config has the gate would set them again:
    take `gate` out of its config, or stop it, first. The steps are in docs/gate.md.
    """


@gate.command("open")
@click.option("--attribute", metavar="NAME", help="Default: the config's, else daemonctl.ready.")
@config_option
@cluster_option
@output_option
def open_(config: str, cluster: str | None, attribute: str | None, output: str) -> None:
    """Open the gate of every instance: services may be placed anywhere."""
    _ungate(config, cluster, attribute, output, remove=False)


@gate.command()
@click.option("--attribute", metavar="NAME", help="Default: the config's, else daemonctl.ready.")
@config_option
@cluster_option
@output_option
def remove(config: str, cluster: str | None, attribute: str | None, output: str) -> None:
    """Remove the gate's attribute from every instance: what asks for it is placed nowhere."""
    _ungate(config, cluster, attribute, output, remove=True)


def _ungate(
    config: str, cluster: str | None, attribute: str | None, output: str, *, remove: bool
) -> None:
    from daemonctl import app
    from daemonctl.cli.config_faults import config_read
    from daemonctl.cli.documents import GatesDocument, GatesRow
    from daemonctl.cli.show import print_json
    from daemonctl.cli.table import count_of, plain
    from daemonctl.ports import ApiError

    try:
        with config_read(config):
            found = app.ungate_all(config, cluster, attribute, remove=remove)
    except ApiError as error:
        words = f"gates could not all be set: {str(error).rstrip('. ')}; then run it again"
        raise FailError(plain(words)) from error
    if output == "json":
        print_json(
            GatesDocument(tuple(GatesRow(each.cluster, each.done, each.refused) for each in found))
        )
    what = "removed from" if remove else "open on"
    for each in found if output != "json" else ():
        click.echo(f"{each.cluster}: {what} {count_of(each.done, 'instance')}")
        for words in each.refused:
            click.echo(f"  refused: {plain(words)}")
    if any(each.refused for each in found):
        raise FailError("some instances were refused: mend what is named and run it again")
