"""`daemonctl local instance`: what happens to container instances."""

from __future__ import annotations

import click

from daemonctl.cli.command import Group
from daemonctl.cli.local_client import LocalEcs, endpoint_option
from daemonctl.cli.options import output_option


@click.group(cls=Group)
def instance() -> None:
    """What happens to container instances; ID is an i-… id, an ARN or its last part."""


@instance.command()
@click.option("--count", type=click.IntRange(1, 5_000), default=1, show_default=True,
              help="How many.")  # fmt: skip
@click.option("--cluster", metavar="NAME", default="local", show_default=True,
              help="The cluster that they join.")  # fmt: skip
@click.option("--capacity-provider", metavar="NAME", help="That they belong to [default: none].")
@click.option("--docker-host", metavar="URL",
              help="A real one: this Docker engine, with an agent of its own.")  # fmt: skip
@click.option("--own-agent", is_flag=True,
              help="A real one whose agent you start yourself: prints the environment that "
              "points Amazon's ECS agent here.")  # fmt: skip
@click.option("--private-ip", metavar="ADDRESS", help="A real one's address.")
@click.option(
    "--zone", metavar="ZONE", help="A real one's availability zone [default: a, b and c in turn]."
)
@click.option("--instance-type", metavar="TYPE", help="A real one's type [default: m5.large].")
@endpoint_option
@output_option
def add(
    *,
    count: int,
    cluster: str,
    capacity_provider: str | None,
    docker_host: str | None,
    own_agent: bool,
    private_ip: str | None,
    zone: str | None,
    instance_type: str | None,
    endpoint: str | None,
    output: str,
) -> None:
    """Boot new hosts that register; prints their ARNs, of a real one its i-… id."""
    real = {
        "dockerHost": docker_host,
        "privateIp": private_ip,
        "zone": zone,
        "instanceType": instance_type,
    }
    if docker_host is None and not own_agent:
        if any(real.values()):
            raise click.UsageError("a real instance needs --docker-host or --own-agent")
        body = {"count": count, "cluster": cluster, "capacityProvider": capacity_provider}
        arns = LocalEcs(endpoint).ask("POST", "instances", body=body)["containerInstanceArns"]
        _tell_added(arns if isinstance(arns, list) else [], {}, output)
        return
    if docker_host is not None and own_agent:
        raise click.UsageError("--docker-host brings an agent along, --own-agent leaves it to you")
    if count > 1 or capacity_provider is not None:
        raise click.UsageError("--count and --capacity-provider are for simulated instances")
    found = LocalEcs(endpoint).ask("POST", "machines", body={"cluster": cluster} | real)
    variables = found.get("environment")
    ident = str(found["ec2InstanceId"])
    _tell_added([ident], variables if isinstance(variables, dict) else {}, output)


def _tell_added(names: list[str], variables: dict[str, str], output: str) -> None:
    if output == "json":
        from daemonctl.cli.documents import HostsDocument
        from daemonctl.cli.show import print_json

        print_json(HostsDocument(tuple(names), variables))
        return
    for name in names:
        click.echo(f"# {name}" if variables else name)
    for name, value in variables.items():
        click.echo(f"export {name}={value}")


def _happening(act: str, words: str) -> None:
    @endpoint_option
    @click.argument("instance", metavar="ID")
    def happen(instance: str, endpoint: str | None) -> None:
        LocalEcs(endpoint).ask("POST", "instances", instance, act, body={})

    instance.command(act, help=words)(happen)


_happening("terminate", "EC2 terminates the host; a real one's containers stay on its engine.")
_happening("stop", "EC2 stops the host.")
_happening("start", "EC2 starts the stopped host again.")
_happening("reboot", "EC2 reboots the host: everything on it ends, and its agent comes back.")
_happening("disconnect", "The ECS agent loses its connection (a real one ends); containers run on.")
_happening("reconnect", "The ECS agent is back.")
