"""`daemonctl rollout`, as `kubectl rollout`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Group
from daemonctl.cli.durations import seconds_of
from daemonctl.cli.names import offer_daemons
from daemonctl.cli.options import cluster_option, output_option, server_option
from daemonctl.cli.server import Server


@click.group(cls=Group)
def rollout() -> None:
    """Watch and steer the updates of a daemon.

    An update begins by itself: with a new revision in the config (or registered, with follow:
    LATEST), or with changed overrides.
    """


@rollout.command()
@click.argument("daemon", shell_complete=offer_daemons)
@click.option(
    "--watch",
    type=bool,
    default=True,
    metavar="BOOL",
    help="--watch=false says how it stands and does not wait.",
)
@click.option(
    "--timeout",
    metavar="SPAN",
    callback=seconds_of,
    help="Wait at most 30s, 10m, 2h or 1d; without it, as long as it takes.",
)
@server_option
@cluster_option
@output_option
def status(
    *,
    daemon: str,
    watch: bool,
    timeout: float | None,
    server: Server,
    cluster: str | None,
    output: str,
) -> None:
    """Wait until DAEMON is rolled out, and tell how it goes."""
    from daemonctl.cli.rolling import show_rollout

    show_rollout(server, cluster, output, daemon, watch=watch, timeout=timeout)


@rollout.command()
@click.argument("daemon", shell_complete=offer_daemons)
@server_option
@cluster_option
@output_option
def history(daemon: str, server: Server, cluster: str | None, output: str) -> None:
    """List the rollouts of DAEMON: when, why, how they ended."""
    from daemonctl.cli.rolling import show_history

    show_history(server, cluster, output, daemon)


@rollout.command()
@click.argument("daemon", shell_complete=offer_daemons)
@click.option("--reason", default="", metavar="WORDS", help="Why, for those who look later.")
@server_option
@cluster_option
@output_option
def pause(daemon: str, reason: str, server: Server, cluster: str | None, output: str) -> None:
    """Stop the updates of DAEMON, not its repair."""
    from daemonctl.cli.rolling import steer

    steer(server, cluster, output, on=daemon, verb="pause", body={"reason": reason})


@rollout.command()
@click.argument("daemon", shell_complete=offer_daemons)
@server_option
@cluster_option
@output_option
def resume(daemon: str, server: Server, cluster: str | None, output: str) -> None:
    """Let the updates of DAEMON go on after a pause or a halt."""
    from daemonctl.cli.rolling import steer

    steer(server, cluster, output, on=daemon, verb="resume")


@rollout.command()
@click.argument("daemon", shell_complete=offer_daemons)
@click.option(
    "--to-revision",
    type=click.IntRange(min=1),
    metavar="N",
    help="A number of `rollout history`; without it, the revision before this one.",
)
@server_option
@cluster_option
@output_option
def undo(
    daemon: str, to_revision: int | None, server: Server, cluster: str | None, output: str
) -> None:
    """Roll DAEMON back to an earlier revision.

    It stays there until the config asks for another one than it asks for now.
    """
    from daemonctl.cli.rolling import steer

    body: dict[str, object] = {} if to_revision is None else {"toRevision": to_revision}
    steer(server, cluster, output, on=daemon, verb="undo", body=body)


@rollout.command()
@click.argument("daemon", shell_complete=offer_daemons)
@server_option
@cluster_option
@output_option
def restart(daemon: str, server: Server, cluster: str | None, output: str) -> None:
    """Replace every task of DAEMON, within the budget.

    By one of the same revision, at most maxUnavailable at a time.
    """
    from daemonctl.cli.rolling import steer

    steer(server, cluster, output, on=daemon, verb="restart")
