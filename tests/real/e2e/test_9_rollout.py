"""consul-agent is updated on running hosts while kibana asks; a bad image is undone."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.real.parts.shell import wait_for
from tests.real.system.figures import Figures
from tests.real.system.kibana import Kibana
from tests.real.system.member import Member
from tests.real.system.system import System

HERE = "9 rollout"
EVERY = 0.1
"""Seconds between two looks at Consul's catalog."""

WHILE_ITS_OWN_AGENT_STARTS = 5
"""Requests that may fail: its only name server is away for a second."""


@contextmanager
def names_missing(system: System) -> Iterator[list[int]]:
    """How many of elasticsearch's nodes the catalog lacked, look by look."""
    missing: list[int] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(EVERY):
            missing.append(2 - len(system.consul.services("elasticsearch")))

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield missing
    finally:
        over.set()
        looker.join()


def revisions(system: System) -> set[str]:
    """Of consul-agent's running tasks."""
    rows = [row for row in system.tasks(family="consul-agent") if row["lastStatus"] == "RUNNING"]
    return {revision_of(row) for row in rows}


def proven(system: System) -> None:
    """Waits until the rollout has ended: only then is its revision the good one."""
    asked = ("rollout", "status", "consul-agent", "--watch=false")
    wait_for(
        lambda: "rolled out; " in system.daemonctl(*asked), "the rollout's end", 120, every=0.5
    )


def test_a_rolling_update_of_consul_agent(
    system: System, three: list[Member], kibana: Kibana, figures: Figures
) -> None:
    assert three
    before, counts = system.started(), kibana.counts()
    new = system.register("consul-agent", {"name": "UPDATED", "value": "yes"})
    with names_missing(system) as missing:
        system.pin("consul-agent", new)
        with figures.timed(HERE, f"consul-agent updated on {len(system.members)} hosts"):
            wait_for(lambda: revisions(system) == {new}, f"{new} everywhere", 120, every=0.5)
            system.wait_ready(len(system.members), 60)
    proven(system)
    looks = f"of {len(missing)} looks into Consul, those that lacked a node"
    figures.add(HERE, looks, sum(1 for each in missing if each), "")
    # An agent is READY once Consul's servers see it alive; a busy machine may go on to the next
    # before what is registered there counts as passing again.
    figures.add(HERE, "and those that lacked both", missing.count(2), "")
    wait_for(lambda: len(system.consul.services("elasticsearch")) == 2, "both nodes found", 60)
    failed = kibana.measure(figures, HERE, "consul-agent is updated", counts)
    assert failed <= WHILE_ITS_OWN_AGENT_STARTS, kibana.counts()
    once = {("consul-agent", member.arn): 1 for member in system.members}
    assert {key: n for key, n in system.more(before).items() if key[0] == "consul-agent"} == once
    assert system.doubles() == []


def test_a_bad_image_is_undone(
    system: System, three: list[Member], kibana: Kibana, figures: Figures
) -> None:
    assert three
    (good,) = revisions(system)
    counts = kibana.counts()
    bad = system.register("consul-agent", image="consul-that-nobody-pushed:e2e")
    system.pin("consul-agent", bad)
    told = functools.partial(system.daemonctl, "rollout", "status", "consul-agent")
    with figures.timed(HERE, "a bad image asked for → back on the good one everywhere"):
        wait_for(lambda: "CannotPull" in told("--watch=false"), "the failure", 180, every=0.5)
        wait_for(lambda: revisions(system) == {good}, f"{good} everywhere", 180, every=0.5)
        system.wait_ready(len(system.members), 120)
    what = "a bad image is undone (its host may be the client's own)"
    kibana.measure(figures, HERE, what, counts)
    tried = [row for row in system.tasks(family="consul-agent") if revision_of(row) == bad]
    assert len({row["containerInstanceArn"] for row in tried}) == 1, "one host at a time"
    assert system.doubles() == []


def revision_of(task: dict[str, Any]) -> str:
    return str(task["taskDefinitionArn"]).rsplit("/", 1)[-1]
