"""Scenario 6: Consul's server is paused for a minute, then gone: the daemons are kept."""

from __future__ import annotations

import functools
import time

from tests.real.parts.shell import wait_for
from tests.real.system.figures import Figures
from tests.real.system.member import Member
from tests.real.system.system import System

HERE = "6 Consul away"
MINUTE = 60.0
BOTH = ("consul-agent", "registrator")


def replace_both(system: System, member: Member, figures: Figures, when: str) -> None:
    """Kill the two, one after the other, and see each replaced."""
    for family in BOTH:
        with figures.timed(HERE, f"{when}: {family} killed → replaced"):
            before = member.kill(family)
            wait_for(functools.partial(member.replaced, family, before), f"another {family}", 60)


def test_paused_for_a_minute(system: System, three: list[Member], figures: Figures) -> None:
    member = three[0]
    before = system.started()
    began = time.monotonic()
    system.consul.pause()
    replace_both(system, member, figures, "paused")
    wait_for(lambda: "Consul has not answered" in system.daemonctl("status"), "words", MINUTE)
    time.sleep(max(0.0, began + MINUTE - time.monotonic()))
    system.consul.resume()
    with figures.timed(HERE, "back after a minute → status knows Consul again"):
        wait_for(lambda: "has not answered" not in system.daemonctl("status"), "its end", MINUTE)
    wait_for(member.alive, "the new agent in Consul")
    system.wait_ready(len(system.members))
    assert once_each(system.more(before), member) == {}
    assert system.doubles() == []


def test_gone_for_good(system: System, three: list[Member], figures: Figures) -> None:
    before = system.started()
    system.consul.stop()
    with figures.timed(HERE, "gone → status says that Consul is not known"):
        wait_for(
            lambda: "starts go by what ECS tells" in system.daemonctl("status"), "words", 2 * MINUTE
        )
    replace_both(system, three[1], figures, "gone")
    joined = system.add_host()
    joined.host.ready()
    with figures.timed(HERE, "gone: a host joins → all daemons run on it"):
        joined.start_agent()
        wait_for(functools.partial(everything, joined), "all daemons of the new host", 90)
    said = system.daemonctl("explain", joined.ec2)
    assert "not known: Consul's catalog is not known now" in said, said
    system.consul.start()
    system.find(joined)
    with figures.timed(HERE, "back → every agent alive and ready"):
        wait_for(lambda: all(system.consul.alive().get(m.ec2) for m in system.members), "alive", 60)
        system.wait_ready(len(system.members))
    new = {(family, joined.arn): 1 for family in system.daemons}
    assert once_each(system.more(before), three[1]) == new
    assert system.doubles() == []


def once_each(more: dict[tuple[str, str], int], member: Member) -> dict[tuple[str, str], int]:
    """The starts on other hosts; on this one an agent, and a registrator.

    Where Consul was still taken to be there, the registrator of before was restarted after the
    agent's replacement, and then killed.
    """
    assert more[BOTH[0], member.arn] == 1, more
    assert more[BOTH[1], member.arn] in (1, 2), more
    return {key: number for key, number in more.items() if key[1] != member.arn}


def everything(member: Member) -> bool:
    return all(len(member.containers(family)) == 1 for family in System.daemons)
