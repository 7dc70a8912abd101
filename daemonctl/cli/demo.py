"""`daemonctl local demo`."""

from __future__ import annotations

import click

from daemonctl.cli.command import Command


@click.command(cls=Command)
@click.option("--keep", is_flag=True, help="Leave it running afterwards, until Ctrl-C.")
def demo(*, keep: bool) -> None:
    """Watch the main job as a story, in under a minute.

    Starts a local ECS and a controller, makes things go wrong, and ends both. Each step has to be
    seen to hold through the API and ECS.
    """
    from daemonctl.cli.demo_tell import tell

    raise SystemExit(tell(keep=keep))
