"""`daemonctl freeze`, `unfreeze` and `resync`: an operator's hands on whole clusters."""

from __future__ import annotations

import click

from daemonctl.cli.options import Server, cluster_option, output_option, server_option


@click.command()
@server_option
@cluster_option
@output_option
def freeze(server: Server, cluster: str | None, output: str) -> None:
    """Stop every write at once, on all clusters or on one, until `unfreeze`.

    The controller goes on looking and telling; it starts and stops nothing.
    """
    from daemonctl.cli.ordering import order

    order(server, cluster, output, "freeze")


@click.command()
@server_option
@cluster_option
@output_option
def unfreeze(server: Server, cluster: str | None, output: str) -> None:
    """Let writes go on after `freeze`."""
    from daemonctl.cli.ordering import order

    order(server, cluster, output, "unfreeze")


@click.command()
@server_option
@cluster_option
@output_option
def resync(server: Server, cluster: str | None, output: str) -> None:
    """Read everything from ECS anew now, not when it is due."""
    from daemonctl.cli.ordering import order

    order(server, cluster, output, "resync")
