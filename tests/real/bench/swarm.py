"""Swarm's half: the same two images as global services, in the host's network as ours are."""

from __future__ import annotations

import json
import time
import uuid
from urllib.parse import quote

from tests.real.bench.ours import pull
from tests.real.bench.rounds import both, rounds
from tests.real.bench.table import SWARM, SWARM_LATER, Table
from tests.real.parts.shell import wait_for
from tests.real.system.manifests import NO_BIOS
from tests.real.system.member import Member
from tests.real.system.system import System


def measure_swarm(system: System, delay: int, runs: int, table: Table) -> None:
    """A swarm of the hosts that are there, rounds in it, joins where nothing is delayed."""
    who = SWARM_LATER if delay else SWARM
    members = list(system.members)
    manager = members[0]
    for member in members:
        _another_machine(member)
    address = ("--advertise-addr", manager.host.address)
    manager.host.cli("swarm", "init", *address)
    token = manager.host.cli("swarm", "join-token", "-q", "worker")
    for member in members[1:]:
        _join(member, manager, token)
    _services(system, manager, delay)
    for member in members:
        wait_for(both(member, running), f"both daemons of {member.host.hostname}", 120)
    wait_for(lambda: sum(system.consul.alive().values()) >= len(members), "agents alive")
    rounds(members, runs, running, table, who)
    for _ in range(0 if delay else runs):
        _join_and_go(system, manager, token, table)
    for member in reversed(members):
        member.host.cli("swarm", "leave", "--force")
        member.empty()


def running(member: Member, daemon: str) -> list[str]:
    """Of a swarm service's containers on a host."""
    wanted = {"label": [f"com.docker.swarm.service.name={daemon}"], "status": ["running"]}
    rows = member.engine(f"/containers/json?filters={quote(json.dumps(wanted))}")
    return [str(row["Id"]) for row in rows]


def _another_machine(member: Member) -> None:
    """Another id, and a node name of its own, which Swarm's templates cannot give to a command."""
    member.host.run("sh", "-c", f"echo {uuid.uuid4().hex} >/etc/machine-id")
    name = json.dumps({"node_name": f"i-{uuid.uuid4().hex[:17]}"})
    (member.host.folder / "consul.d" / "node.json").write_text(name, "utf-8")


def _join(member: Member, manager: Member, token: str) -> None:
    address = ("--advertise-addr", member.host.address)
    member.host.cli("swarm", "join", *address, "--token", token, f"{manager.host.address}:2377")


def _services(system: System, manager: Member, delay: int) -> None:
    common = ("--detach", "--mode", "global", "--network", "host", "--no-resolve-image")
    again = ("--restart-delay", f"{delay}s")
    create = ("service", "create", *common, *again)
    manager.host.cli(
        *(*create, "--name", "consul-agent", "--env", f"{NO_BIOS['name']}={NO_BIOS['value']}"),
        *_mount("/var/lib/consul", "/consul/data"),
        *_mount("/etc/consul.d", "/consul/config"),
        *_mount("/etc/machine-id", "/etc/machine-id"),
        *(system.images["consul"], "agent", "-bind={{ GetPrivateIP }}", "-client=127.0.0.1"),
        *("-data-dir=/consul/data", "-config-dir=/consul/config", "-disable-host-node-id=false"),
    )
    token = system.consul.token("registrator")
    manager.host.cli(
        *(*create, "--name", "registrator", "--env", f"CONSUL_HTTP_TOKEN={token}"),
        *_mount("/var/run/docker.sock", "/tmp/docker.sock"),  # noqa: S108  registrator's place
        *(system.images["registrator"], "-resync=15", "-cleanup", "-retry-attempts=-1"),
        "consul://127.0.0.1:8500",
    )


def _mount(source: str, target: str) -> tuple[str, str]:
    return "--mount", f"type=bind,src={source},dst={target}"


def _join_and_go(system: System, manager: Member, token: str, table: Table) -> None:
    member = system.add_host()
    member.host.ready()
    pull(system, member)
    _another_machine(member)
    began = time.monotonic()
    _join(member, manager, token)
    wait_for(both(member, running), "both daemons", 60)
    table.add("a host joins → both run", SWARM, time.monotonic() - began)
    system.members.remove(member)
    member.host.pull_the_plug()
