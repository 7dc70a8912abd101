"""`daemonctl local up`: the local ECS in the foreground."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemonctl.cli.command import Command
from daemonctl.cli.local_client import DEFAULT_ENDPOINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemonctl.local.machines import Wanted
    from daemonctl.local.state.keeper import Keeper
    from daemonctl.local.world import World

DEFAULT_PORT = 4577
DEFAULT_INSTANCES = 3
HOST = "127.0.0.1"
DOCKER = "docker"


@click.command(cls=Command)
@click.option("--instances", type=click.IntRange(0, 5_000),
              help="Simulated container instances in cluster `local` "
              f"[default: {DEFAULT_INSTANCES}].")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65_535), default=DEFAULT_PORT, show_default=True,
              help="Port on 127.0.0.1; 0 takes a free one.")  # fmt: skip
@click.option("--speed", type=click.FloatRange(0, 1_000, min_open=True), default=1.0,
              show_default=True, help="Simulated seconds in a real second.")  # fmt: skip
@click.option("--seed", type=int, help="Makes chance repeatable.")
@click.option("--switch", multiple=True, metavar="NAME=VALUE",
              help="What ECS is taken to do where nobody could verify it, or how long it "
              "takes; docs/local-ecs.md lists them.")  # fmt: skip
@click.option(
    "--runtime",
    type=click.Choice(["simulated", DOCKER]),
    default="simulated",
    show_default=True,
    help="Where containers run; docker: on Docker engines, an agent for each.",
)
@click.option("--docker-host", multiple=True, metavar="URL",
              help="A Docker engine, once for each container instance: unix:///path or "
              "tcp://host:port [default: $DOCKER_HOST, else the local socket].")  # fmt: skip
@click.option("--private-ip", multiple=True, metavar="ADDRESS",
              help="The address of each, in the same order [default: found out].")  # fmt: skip
@click.option("--state", metavar="FILE",
              help="Keeps everything in FILE, made if need be; started again it goes on from "
              "there, and --instances and --seed mean nothing then [default: none; with docker "
              "one for each port under $XDG_STATE_HOME/daemonctl].")  # fmt: skip
def up(
    *,
    instances: int | None,
    port: int,
    speed: float,
    seed: int | None,
    switch: tuple[str, ...],
    runtime: str,
    docker_host: tuple[str, ...],
    private_ip: tuple[str, ...],
    state: str | None,
) -> None:
    """Run a local ECS in the foreground, until Ctrl-C."""
    from daemonctl.local.dice import Dice
    from daemonctl.local.server import CannotListenError, serve, steady_clock
    from daemonctl.local.state.file import StateError
    from daemonctl.local.state.keeper import Keeper
    from daemonctl.local.switching import switched
    from daemonctl.local.world import World
    from daemonctl.local.world.ready_made import seed as furnish

    simulated = DEFAULT_INSTANCES if instances is None else instances
    machines: Sequence[Wanted] = ()
    if runtime == DOCKER:
        if instances is not None or speed != 1.0:
            raise click.UsageError("--instances and --speed are for --runtime simulated")
        simulated, machines = 0, _engines(docker_host, private_ip)
        state = state or _default_state(port)
    elif docker_host or private_ip:
        raise click.UsageError("--docker-host and --private-ip need --runtime docker")
    try:
        switches = switched(switch)
    except ValueError as no:
        raise click.UsageError(f"--switch: {no}") from no
    clock = steady_clock()
    dice = Dice(seed)
    world = World(dice=dice, switches=switches)
    try:
        keeper = None if state is None else Keeper(state, world, dice, clock)
        if keeper is None or keeper.is_new:
            furnish(world, simulated, clock())
        if keeper is not None:
            _begin_keeping(keeper, world, clock(), speed)
        asyncio.run(
            serve(
                HOST, port, world, speed=speed, clock=clock, ready=_say_ready, keeper=keeper,
                machines=machines, say=_say,
            )
        )  # fmt: skip
    except (CannotListenError, StateError) as no:
        raise click.ClickException(str(no)) from no


def _engines(urls: tuple[str, ...], addresses: tuple[str, ...]) -> list[Wanted]:
    """The Docker engines that are to join, each asked whether it is there."""
    from daemonctl.local import docker_host
    from daemonctl.local.machines import Wanted

    given = urls or (os.environ.get("DOCKER_HOST") or docker_host.DEFAULT,)
    if addresses and len(addresses) != len(given):
        raise click.UsageError("--private-ip is given for every --docker-host or for none")
    if len(dict.fromkeys(given)) < len(given):
        raise click.UsageError("a --docker-host is given twice: each is one container instance")
    try:
        for url in given:
            docker_host.check(url)
    except docker_host.EngineError as no:
        raise click.ClickException(str(no)) from no
    places = addresses or (None,) * len(given)
    try:
        return [
            Wanted(docker_host=url, private_ip=address)
            for url, address in zip(given, places, strict=True)
        ]
    except ValueError as no:
        raise click.UsageError(f"--private-ip: {no}") from no


def _default_state(port: int) -> str | None:
    """Real containers outlive a local ECS, so it has to know them again: a file for each port.

    None for a port that is taken by chance: nobody could ask for the same one again.
    """
    if port == 0:
        return None
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    folder = Path(home) / "daemonctl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as no:
        raise click.ClickException(
            f"cannot make {folder} for the state file: {no.strerror}; name a file with --state"
        ) from no
    return str(folder / f"local-{port}.state")


def _begin_keeping(keeper: Keeper, world: World, now: float, speed: float) -> None:
    """Write a new world down before anybody sees it; of an old one, say what was found."""
    if keeper.is_new:
        keeper.save(now, speed)
        click.echo(f"{keeper.path}: everything is kept here", err=True)
        return
    clusters = world.clusters.values()
    hosts = sum(cluster.registered for cluster in clusters)
    tasks = sum(cluster.running + cluster.pending for cluster in clusters)
    click.echo(
        f"{keeper.path}: {hosts} container instances, {tasks} tasks, "
        f"last written {now - keeper.written_at:.0f} s ago",
        err=True,
    )


def _say_ready(endpoint: str) -> None:
    at = "" if endpoint == DEFAULT_ENDPOINT else f" --endpoint {endpoint}"
    click.echo(
        f'local ECS ready at {endpoint}; next: eval "$(daemonctl local env{at})" '
        "&& aws ecs list-container-instances --cluster local"
    )


def _say(line: str) -> None:
    click.echo(line, err=True)
