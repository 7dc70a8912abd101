"""`daemonctl local`: a local ECS to try things on, and what happens to its hosts and tasks."""

from __future__ import annotations

import asyncio
from math import isfinite
from typing import TYPE_CHECKING

import click

from daemonctl.cli.demo import demo
from daemonctl.cli.local_agent import agent
from daemonctl.cli.local_client import DEFAULT_ENDPOINT, LocalEcs

if TYPE_CHECKING:
    from daemonctl.local.state.keeper import Keeper
    from daemonctl.local.world import World

DEFAULT_PORT = 4577
HOST = "127.0.0.1"

_endpoint = click.option(
    "--endpoint",
    metavar="URL",
    help=f"The local ECS [default: $AWS_ENDPOINT_URL, else {DEFAULT_ENDPOINT}].",
)
_instance_id = click.argument("instance", metavar="ID")


FAULTS = (
    "throttle",
    "server-error",
    "latency",
    "event-lost",
    "event-doubled",
    "event-shuffled",
    "stale-list",
    "ambiguous-start",
)
"""The kinds of `daemonctl.local.world.faults`, which takes too long to import for `--help`."""


class _Finite(click.FloatRange):
    """A range without nan and infinity, which are floats and cannot be told in JSON."""

    def convert(
        self, value: float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found = float(super().convert(value, param, ctx))
        if not isfinite(found):
            self.fail(f"{value} is no finite number.", param, ctx)
        return found


def _fault_kind(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    kind = value.replace("_", "-")
    if kind not in (*FAULTS, "list", "clear"):
        raise click.BadParameter(f"{value!r} is none of {', '.join(FAULTS)}; nor list or clear.")
    return kind


@click.group()
def local() -> None:
    """Run a local ECS and decide what happens to it; no AWS account needed."""


local.add_command(demo)
local.add_command(agent)


@local.command()
@click.option("--instances", type=click.IntRange(0, 5_000), default=3, show_default=True,
              help="Container instances in cluster `local`.")  # fmt: skip
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
    type=click.Choice(["simulated", "docker"]),
    default="simulated",
    show_default=True,
    help="Where containers run; docker is not supported yet.",
)
@click.option("--docker-host", multiple=True, metavar="URL", help="Not supported yet.")
@click.option("--state", metavar="FILE",
              help="Keeps everything in FILE, made if need be; started again it goes on from "
              "there, and --instances and --seed mean nothing then.")  # fmt: skip
def up(
    *,
    instances: int,
    port: int,
    speed: float,
    seed: int | None,
    switch: tuple[str, ...],
    runtime: str,
    docker_host: tuple[str, ...],
    state: str | None,
) -> None:
    """Run a local ECS in the foreground, until Ctrl-C."""
    for option, given in (
        ("--runtime docker", runtime == "docker"),
        ("--docker-host", bool(docker_host)),
    ):
        if given:
            raise click.UsageError(f"{option} is not supported yet")
    from daemonctl.local.dice import Dice
    from daemonctl.local.server import CannotListenError, serve, steady_clock
    from daemonctl.local.state.file import StateError
    from daemonctl.local.state.keeper import Keeper
    from daemonctl.local.switching import switched
    from daemonctl.local.world import World
    from daemonctl.local.world.ready_made import seed as furnish

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
            furnish(world, instances, clock())
        if keeper is not None:
            _begin_keeping(keeper, world, clock(), speed)
        asyncio.run(
            serve(HOST, port, world, speed=speed, clock=clock, ready=_say_ready, keeper=keeper)
        )
    except (CannotListenError, StateError) as no:
        raise click.ClickException(str(no)) from no


def _begin_keeping(keeper: Keeper, world: World, now: float, speed: float) -> None:
    """Write a new world down before anybody sees it; of an old one, say what was found."""
    if keeper.is_new:
        keeper.save(now, speed)
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


@local.command()
@_endpoint
def env(endpoint: str | None) -> None:
    """Print the lines that point AWS SDKs and the AWS CLI at it, for `eval`."""
    ecs = LocalEcs(endpoint)
    about = ecs.ask("GET", "about")
    for name, value in (
        ("AWS_ENDPOINT_URL", ecs.endpoint),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_DEFAULT_REGION", about["region"]),
        ("AWS_REGION", about["region"]),
    ):
        click.echo(f"export {name}={value}")


@local.group()
def instance() -> None:
    """What happens to container instances; ID is an i-… id, an ARN or its last part."""


@instance.command()
@click.option("--count", type=click.IntRange(1, 5_000), default=1, show_default=True)
@click.option("--cluster", default="local", show_default=True)
@click.option("--capacity-provider", metavar="NAME", help="That they belong to [default: none].")
@_endpoint
def add(count: int, cluster: str, capacity_provider: str | None, endpoint: str | None) -> None:
    """Boot new hosts that register; prints their ARNs."""
    body = {"count": count, "cluster": cluster, "capacityProvider": capacity_provider}
    arns = LocalEcs(endpoint).ask("POST", "instances", body=body)["containerInstanceArns"]
    for arn in arns if isinstance(arns, list) else ():
        click.echo(arn)


def _happening(act: str, words: str) -> None:
    @_endpoint
    @_instance_id
    def happen(instance: str, endpoint: str | None) -> None:
        LocalEcs(endpoint).ask("POST", "instances", instance, act, body={})

    instance.command(act, help=words)(happen)


_happening("terminate", "EC2 terminates the host.")
_happening("stop", "EC2 stops the host.")
_happening("start", "EC2 starts the stopped host again.")
_happening("reboot", "EC2 reboots the host: everything on it ends, and its agent comes back.")
_happening("disconnect", "The ECS agent loses its connection; containers run on.")
_happening("reconnect", "The ECS agent is back.")


@local.group()
def task() -> None:
    """What happens to tasks."""


@task.command()
@click.argument("arn")
@click.option("--exit-code", type=click.IntRange(0, 255), default=137, show_default=True)
@_endpoint
def kill(arn: str, exit_code: int, endpoint: str | None) -> None:
    """Let the essential container of a task die."""
    LocalEcs(endpoint).ask("POST", "tasks", "kill", body={"task": arn, "exitCode": exit_code})


@task.command()
@click.argument("arn")
@click.argument("status", type=click.Choice(["HEALTHY", "UNHEALTHY", "UNKNOWN"]))
@click.option("--container", metavar="NAME", help="Of this container [default: all checked ones].")
@_endpoint
def health(arn: str, status: str, container: str | None, endpoint: str | None) -> None:
    """Let the health checks of a task come out so, until its containers start anew."""
    body = {"task": arn, "health": status, "container": container}
    LocalEcs(endpoint).ask("POST", "tasks", "health", body=body)


@local.command()
@click.argument("kind", callback=_fault_kind)
@click.option("--rate", type=_Finite(0, 1), default=1.0, show_default=True,
              help="Share of the chances that it takes.")  # fmt: skip
@click.option("--seconds", type=_Finite(0, min_open=True),
              help="How long it lasts, in simulated seconds [default: until cleared].")  # fmt: skip
@click.option("--size", type=_Finite(0),
              help="Seconds of latency, delay or staleness, where a kind has them.")  # fmt: skip
@_endpoint
def fault(
    kind: str, rate: float, seconds: float | None, size: float | None, endpoint: str | None
) -> None:
    """Make things go wrong; `fault list` tells what does, `fault clear` ends it all.

    KIND is throttle, server-error, latency, event-lost, event-doubled, event-shuffled,
    stale-list or ambiguous-start.
    """
    ecs = LocalEcs(endpoint)
    if kind == "clear":
        answer = ecs.ask("DELETE", "faults")
    elif kind == "list":
        answer = ecs.ask("GET", "faults")
    else:
        body = {"rate": rate, "seconds": seconds, "size": size}
        answer = ecs.ask("PUT", "faults", kind.replace("-", "_"), body=body)
    _tell_faults(answer)


def _tell_faults(answer: dict[str, object]) -> None:
    active, hits = answer["active"], answer["hits"]
    if not isinstance(active, dict) or not isinstance(hits, dict):
        return
    for kind, struck in hits.items():
        now = f"rate {active[kind]['rate']:g}" if kind in active else "off"
        click.echo(f"{kind.replace('_', '-'):<16} {now:<10} struck {struck}")
