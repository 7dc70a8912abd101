"""daemonctl's half."""

from __future__ import annotations

import time

from tests.real.bench.rounds import PAIR, both, rounds
from tests.real.bench.table import OURS, Table
from tests.real.parts.shell import wait_for
from tests.real.system.member import Member
from tests.real.system.system import System


def measure_ours(system: System, runs: int, table: Table) -> None:
    """Rounds on the hosts that are there, then hosts that join and go; leaves the engines empty."""
    members = list(system.members)
    system.start_controller()
    for member in members:
        pull(system, member)
        member.start_agent()
    system.wait_ready(len(members), 120, PAIR)
    rounds(members, runs, running, table, OURS)
    for _ in range(runs):
        _join(system, table)
    system.kill_controller()
    for member in members:
        member.stop_agent()
        member.empty()


def pull(system: System, member: Member) -> None:
    """What a machine image would have."""
    for image in ("consul", "registrator", "elasticsearch"):
        member.host.cli("pull", "-q", system.images[image])


def running(member: Member, daemon: str) -> list[str]:
    return member.containers(daemon)


def _join(system: System, table: Table) -> None:
    member = system.add_host()
    member.host.ready()
    pull(system, member)
    began = time.monotonic()
    member.start_agent()
    wait_for(both(member, running), "both daemons", 60)
    table.add("a host joins → both run", OURS, time.monotonic() - began)
    system.wait_ready(len(system.members), 60, PAIR)
    table.add("a host joins → both ready", OURS, time.monotonic() - began)
    system.members.remove(member)
    system.find(member)
    member.lost()
    wait_for(lambda: system.gone_from_ecs(member), "the end of the host in ECS", 120, every=0.5)
    system.wait_ready(len(system.members), 120, PAIR)
