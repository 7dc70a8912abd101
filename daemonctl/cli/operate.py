"""`daemonctl freeze`, `unfreeze` and `resync`: an operator's hands on whole clusters."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command
from daemonctl.cli.options import cluster_option, output_option, server_option
from daemonctl.cli.server import Server


@click.command(cls=Command)
@server_option
@cluster_option
@output_option
def freeze(server: Server, cluster: str | None, output: str) -> None:
    """Stop every write at once, on all clusters or on one, until `unfreeze`.

    The controller goes on looking and telling; it starts and stops nothing.
    """
    from daemonctl.cli.ordering import order

    order(server, cluster, output, "freeze")


@click.command(cls=Command)
@server_option
@cluster_option
@output_option
def unfreeze(server: Server, cluster: str | None, output: str) -> None:
    """Let writes go on after `freeze`."""
    from daemonctl.cli.ordering import order

    order(server, cluster, output, "unfreeze")


@click.command(cls=Command)
@server_option
@cluster_option
@output_option
def resync(server: Server, cluster: str | None, output: str) -> None:
    """Read everything from ECS anew now, not when it is due."""
    from daemonctl.cli.ordering import order

    order(server, cluster, output, "resync")


@click.command(cls=Command)
@click.argument("daemon", required=False, default="")
@click.option("--misplaced", is_flag=True, help="Over half of DAEMON is misplaced: let it go.")
@server_option
@cluster_option
@output_option
def prune(
    server: Server, cluster: str | None, output: str, *, daemon: str, misplaced: bool
) -> None:
    """Stop the orphans: tasks of daemons that are not in the config any more, or of DAEMON only.

    They go within the limits on voluntary stops. With --misplaced it confirms instead that tasks of
    DAEMON may be stopped where it should not run, although they are over half of all it has.
    """
    from daemonctl.cli.ordering import order

    if misplaced and not daemon:
        raise click.UsageError("--misplaced needs the DAEMON whose tasks may go")
    body: dict[str, object] = {"daemon": daemon} if daemon else {}
    order(server, cluster, output, "prune", body=body | ({"misplaced": True} if misplaced else {}))
