"""`daemonctl local`: a local ECS to try things on, and what happens to its hosts and tasks."""

from __future__ import annotations

from math import isfinite

import click

from daemonctl.cli.command import Group
from daemonctl.cli.demo import demo
from daemonctl.cli.local_agent import agent
from daemonctl.cli.local_client import LocalEcs, endpoint_option
from daemonctl.cli.local_instance import instance
from daemonctl.cli.local_up import up
from daemonctl.cli.options import output_option

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


@click.group(cls=Group)
def local() -> None:
    """Run a local ECS and decide what happens to it; no AWS account needed."""


local.add_command(demo)
local.add_command(agent)
local.add_command(instance)
local.add_command(up)


@local.command()
@endpoint_option
@output_option
def env(endpoint: str | None, output: str) -> None:
    """Print the lines that point AWS SDKs and the AWS CLI at it, for `eval`."""
    ecs = LocalEcs(endpoint)
    region = str(ecs.ask("GET", "about")["region"])
    variables = {
        "AWS_ENDPOINT_URL": ecs.endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
    }
    if output == "json":
        from daemonctl.cli.documents import EnvironmentDocument
        from daemonctl.cli.show import print_json

        print_json(EnvironmentDocument(variables))
        return
    for name, value in variables.items():
        click.echo(f"export {name}={value}")


@local.group(cls=Group)
def task() -> None:
    """What happens to tasks."""


@task.command()
@click.argument("arn")
@click.option("--exit-code", type=click.IntRange(0, 255), default=137, show_default=True,
              help="What its process exits with.")  # fmt: skip
@endpoint_option
def kill(arn: str, exit_code: int, endpoint: str | None) -> None:
    """Let the essential container of a task die."""
    LocalEcs(endpoint).ask("POST", "tasks", "kill", body={"task": arn, "exitCode": exit_code})


@task.command()
@click.argument("arn")
@click.argument("status", type=click.Choice(["HEALTHY", "UNHEALTHY", "UNKNOWN"]))
@click.option("--container", metavar="NAME", help="Of this container [default: all checked ones].")
@endpoint_option
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
@endpoint_option
@output_option
def fault(
    *,
    kind: str,
    rate: float,
    seconds: float | None,
    size: float | None,
    endpoint: str | None,
    output: str,
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
    _tell_faults(answer, output)


def _tell_faults(answer: dict[str, object], output: str) -> None:
    active, hits = answer["active"], answer["hits"]
    if not isinstance(active, dict) or not isinstance(hits, dict):
        return
    if output == "json":
        from daemonctl.cli.documents import LocalFault, LocalFaults
        from daemonctl.cli.show import print_json

        rates = {kind: each["rate"] for kind, each in active.items()}
        rows = [LocalFault(kind.replace("_", "-"), hits[kind], rates.get(kind)) for kind in hits]
        print_json(LocalFaults(tuple(rows)))
        return
    for kind, struck in hits.items():
        now = f"rate {active[kind]['rate']:g}" if kind in active else "off"
        click.echo(f"{kind.replace('_', '-'):<16} {now:<10} struck {struck}")
