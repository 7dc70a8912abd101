"""`daemonctl local agent`: the instance side of the local ECS, on a Docker engine."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from pathlib import Path

import click

from daemonctl.cli.command import Command
from daemonctl.cli.local_client import DEFAULT_ENDPOINT

BEHAVIORS = ("default", "always", "once", "prefer-cached")
"""Of `daemonctl.local.agent.pulls`, which takes too long to import for `--help`."""

DEFAULT_ENGINE = "unix:///var/run/docker.sock"
CLEANUP_SECONDS = 60.0


@click.command(cls=Command)
@click.option("--docker-host", metavar="URL",
              help="The engine, unix:///path or tcp://host:port "
              f"[default: $DOCKER_HOST, else {DEFAULT_ENGINE}].")  # fmt: skip
@click.option("--endpoint", metavar="URL",
              help="The local ECS [default: $AWS_ENDPOINT_URL, else "
              f"{DEFAULT_ENDPOINT}].")  # fmt: skip
@click.option("--cluster", metavar="NAME", default="local", show_default=True,
              help="The cluster that it joins.")  # fmt: skip
@click.option("--instance-id", metavar="i-…",
              help="The host's EC2 instance id [default: the one it had, else made from the "
              "engine's own id].")  # fmt: skip
@click.option("--instance-type", metavar="TYPE", default="m5.large", show_default=True,
              help="The host's EC2 instance type.")  # fmt: skip
@click.option(
    "--zone", metavar="ZONE", default="us-east-1a", show_default=True, help="Availability zone."
)
@click.option("--private-ip", metavar="ADDRESS",
              help="The host's address [default: where the engine's URL or network has it, else "
              "this machine's].")  # fmt: skip
@click.option("--state", metavar="FILE",
              help="Keeps which container instance this is, and its tasks [default: a file for "
              "each engine and cluster under $XDG_STATE_HOME/daemonctl].")  # fmt: skip
@click.option("--cleanup-seconds", type=click.FloatRange(0), default=CLEANUP_SECONDS,
              show_default=True,
              help="Containers of a task that has ended are removed after so long "
              "(ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION, 3 h in ECS).")  # fmt: skip
@click.option("--image-pull-behavior", type=click.Choice(BEHAVIORS), default="default",
              show_default=True, help="As ECS_IMAGE_PULL_BEHAVIOR.")  # fmt: skip
@click.option("--until-stdin-closes", is_flag=True, hidden=True,
              help="End with whoever started it: `local up` does so.")  # fmt: skip
def agent(
    *,
    docker_host: str | None,
    endpoint: str | None,
    cluster: str,
    instance_id: str | None,
    instance_type: str,
    zone: str,
    private_ip: str | None,
    state: str | None,
    cleanup_seconds: float,
    image_pull_behavior: str,
    until_stdin_closes: bool,
) -> None:
    """Make a Docker engine a container instance of a local ECS, until Ctrl-C.

    It stays in the foreground and ends with the containers left as they are; started again it
    goes on from there.
    """
    try:
        from daemonctl.local.agent import identity, run
    except ModuleNotFoundError as no:
        if no.name != "aiodocker":
            raise
        raise click.ClickException(
            "the agent needs aiodocker: pip install 'daemonctl[local]'"
        ) from no
    if instance_id is not None and not identity.is_instance_id(instance_id):
        raise click.BadParameter(
            f"{instance_id!r} is no EC2 instance id: i- and 8 to 17 of 0-9a-f",
            param_hint="--instance-id",
        )
    engine = docker_host or os.environ.get("DOCKER_HOST") or DEFAULT_ENGINE
    if not engine.startswith(("unix://", "tcp://", "http://", "https://")):
        raise click.BadParameter(
            f"{engine!r} begins neither with unix:// nor with tcp://", param_hint="--docker-host"
        )
    settings = run.Settings(
        docker_host=engine,
        endpoint=endpoint or os.environ.get("AWS_ENDPOINT_URL") or DEFAULT_ENDPOINT,
        cluster=cluster,
        instance_id=instance_id,
        instance_type=instance_type,
        zone=zone,
        private_ip=private_ip,
        state=Path(state) if state else run.default_state(engine, cluster),
        cleanup_seconds=cleanup_seconds,
        pull_behavior=image_pull_behavior,
    )
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    if until_stdin_closes:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    try:
        asyncio.run(run.run(settings))
    except run.AgentError as no:
        raise click.ClickException(str(no)) from no


def _end_with_stdin() -> None:
    """End as on SIGTERM once nobody holds the other end of stdin any more."""
    while os.read(0, 1024):  # not sys.stdin: its lock would be held when the process ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)
