"""The same rounds for both: kill, wait for another, wait until a new container is found."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.real.bench.table import Table
from tests.real.parts.shell import wait_for
from tests.real.system.member import Member

PAIR = ("consul-agent", "registrator")
STABLE = 4.0
"""Seconds that a daemon runs before it is killed: longer than what counts as a stable run here."""

Running = Callable[[Member, str], list[str]]
"""Ids of a daemon's running containers on a host."""


def rounds(members: list[Member], runs: int, running: Running, table: Table, who: str) -> None:
    """Kill each of the two in turn, going round the hosts."""
    for daemon in PAIR:
        for number in range(runs):
            member = members[number % len(members)]
            time.sleep(STABLE)
            (before,) = running(member, daemon)
            probe = f"probe-{who[:5].lower()}-{daemon}-{number}-{time.monotonic_ns()}"
            began = time.monotonic()
            member.host.cli("kill", before)
            replaced = _other(member, daemon, before, running)
            wait_for(replaced, f"another {daemon} ({who})", 120)
            table.add(f"{daemon} killed → another one runs", who, time.monotonic() - began)
            member.probe(probe)
            member.wait_probe(probe, 120)
            what = f"{daemon} killed → a container started afterwards is found"
            table.add(what, who, time.monotonic() - began)


def _other(member: Member, daemon: str, before: str, running: Running) -> Callable[[], bool]:
    return lambda: any(each != before for each in running(member, daemon))


def both(member: Member, running: Running) -> Callable[[], bool]:
    """Whether the two run on a host."""
    return lambda: all(len(running(member, daemon)) == 1 for daemon in PAIR)
