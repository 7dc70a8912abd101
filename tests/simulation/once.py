"""A daemon that runs once, and others that wait for its end, by the world's truth."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from msgspec.structs import replace as changed

from daemonctl.local.world import Behaviour
from daemonctl.local.world.task import Task
from daemonctl.model.ids import DaemonName
from daemonctl.model.spec import DaemonSpec, Dependency, DependsOn, Restart, Share
from tests.simulation.hands import Hands
from tests.simulation.life import Slot
from tests.simulation.scenario import Family, Scenario
from tests.simulation.truth import Record, Truth, succeeded

NAME = DaemonName("once")
ATTRIBUTE = f"daemonctl.once.{NAME}"


def with_once(dice: random.Random, scenario: Scenario) -> Scenario:
    """In one of six there is one, and some of the others begin after it."""
    if dice.random() >= 1 / 6:
        return scenario
    spec = DaemonSpec(
        NAME,
        NAME,
        once=True,
        start_timeout_seconds=60.0,
        restart=Restart(1.0, 15.0),
        max_unavailable=dice.choice((Share(1), Share(2), Share(50, percent=True))),
        required=dice.random() < 0.7,
    )
    family = Family(name=str(NAME), cpu=16, memory=16, port=None, checked=False)
    return replace(
        scenario,
        families=(*scenario.families, family),
        daemons=(spec, *(_after(dice, one) for one in scenario.daemons)),
        once=str(NAME),
        labels=(*scenario.labels, "once"),
        happenings=scenario.happenings + 1,
        only=(*scenario.only, "once_renewed") if scenario.only else (),
    )


def _after(dice: random.Random, one: DaemonSpec) -> DaemonSpec:
    if dice.random() < 0.4:
        return one
    return changed(one, depends_on=(*one.depends_on, Dependency(NAME, DependsOn.SUCCESS)))


def set_up(hands: Hands) -> None:
    """How long a run takes; on some hosts it fails until the quiet."""
    stage = hands.stage
    if not stage.scenario.once:
        return
    stage.world.behave(NAME, Behaviour(exit_after=hands.dice.uniform(0.3, 20.0), exit_code=0))
    for arn in stage.truth.cluster.instances:
        if hands.dice.random() < 0.2:
            hands.clumsy[arn] = None
            fails = Behaviour(exit_after=hands.dice.uniform(0.3, 5.0), exit_code=1)
            stage.world.behave(NAME, fails, instance=arn)


def calm(hands: Hands) -> None:
    """It fails nowhere any more, and the config is loaded once more."""
    stage = hands.stage
    if not stage.scenario.once:
        return
    works = stage.world.core.manners.of(NAME, 0, "*")
    for arn in hands.clumsy:
        if arn in stage.truth.cluster.instances and (NAME, arn) not in hands.broken:
            stage.world.behave(NAME, works, instance=arn)
    hands.reload()


def has_run(truth: Truth, slot: Slot) -> str:
    """What ran there last to a good end, as family:revision; "" for nothing."""
    ended = [one for one in truth.slots.get(slot, ()) if succeeded(one)]
    last = max(ended, key=lambda one: one.left_at or one.at, default=None)
    return "" if last is None else _revision(last.task)


def run_again(truth: Truth, new: Record, now: float) -> str:
    """Why a start of it should not have been, "" where it may: nothing succeeded there lately."""
    if not truth.daemons[new.slot[1]].once:
        return ""
    known = now - truth.scenario.blind
    before = [
        one for one in truth.slots[new.slot] if succeeded(one) and (one.left_at or now) < known
    ]
    last = max(before, key=lambda one: one.left_at or one.at, default=None)
    if last is None or _revision(last.task) != _revision(new.task):
        return ""
    return (
        f"{_revision(new.task)} has run on {new.slot[0][-6:]} {now - (last.left_at or 0):.0f} s ago"
    )


def marked_wrongly(truth: Truth, row: Mapping[str, str]) -> str:
    """Why an instance must not be marked so, "" where that is true or no mark of it."""
    if row["name"] != ATTRIBUTE:
        return ""
    records = truth.slots.get((row["targetId"], str(NAME)), ())
    if any(succeeded(one) and _revision(one.task) == row["value"] for one in records):
        return ""
    return f"{row['targetId'][-6:]} is marked with {row['value']}, which has not run there"


_HANGS = 45.0
"""Seconds: in the quiet a run that works has ended long before."""


def to_run(truth: Truth, slot: Slot, live: list[Task], now: float) -> str:
    """What is left to do in the quiet, "" where nothing is.

    Runs that hang may hold all of the few places for another revision: then others wait for them.
    """
    latest = len(truth.world.core.families[NAME])
    wanted = f"{NAME}:{latest}"
    marked = truth.cluster.instances[slot[0]].attributes.get(ATTRIBUTE)
    if live:
        return "runs"
    if wanted in truth.bad or (marked and _no_place(truth, wanted, now)):
        return ""
    return "" if marked == wanted else f"is marked with {marked}, not {wanted}"


def _no_place(truth: Truth, wanted: str, now: float) -> bool:
    """Whether runs that hang, where another revision has run, are maxUnavailable or more."""
    there = [one for one in truth.cluster.instances.values() if one.status == "ACTIVE"]
    hang = [
        one
        for one in there
        if one.attributes.get(ATTRIBUTE) not in (None, wanted)
        and any(task.created_at < now - _HANGS for task in truth.live((one.arn, str(NAME))))
    ]
    most = truth.daemons[NAME].max_unavailable
    return len(hang) >= most.of(sum(1 for one in there if one.connected))


def _revision(task: Task) -> str:
    return f"{task.definition.family}:{task.definition.revision}"
