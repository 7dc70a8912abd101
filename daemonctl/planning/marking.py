"""The attribute that says what of a daemon that runs once has run on an instance.

It is what a later controller goes by: ECS tells of a stopped task for an hour only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil

from msgspec import structs

from daemonctl.model.ids import ContainerInstanceArn, Slot, once_slot, short
from daemonctl.model.memory import NOTHING, GateMark, SlotMemory
from daemonctl.model.once import attribute_of
from daemonctl.model.plan import MarkOnce
from daemonctl.model.reason import Notice
from daemonctl.planning.assessment import MarkEntry, WantMark
from daemonctl.planning.eligibility import Should
from daemonctl.planning.gates import free_at, tidy
from daemonctl.planning.queue import Queue
from daemonctl.planning.rules import Rule
from daemonctl.planning.scene import Scene
from daemonctl.planning.spending import Counter

GATHER_SECONDS = 1.0
"""So long others' marks are waited for, and then to the whole second: ten go into one call."""

BATCH = 10
"""Attributes in one PutAttributes (ECS API: attributes)."""


def look(scene: Scene, memory: Mapping[Slot, SlotMemory]) -> tuple[MarkEntry, ...]:
    """The marks of a host whose daemons have been looked at."""
    arn = scene.host.instance.arn
    return tuple(
        _look(scene, rule, memory.get((arn, once_slot(rule.name)), NOTHING))
        for rule in scene.rules.daemons
        if rule.spec.once
    )


def _look(scene: Scene, rule: Rule, held: SlotMemory) -> MarkEntry:
    done = scene.done.get(rule.index, "")
    marked = scene.host.instance.attributes.values.get(attribute_of(rule.name), "")
    if done == marked or not done or scene.should not in (Should.RUN, Should.KEEP):
        return MarkEntry(rule.index, NOTHING)
    held = tidy(held, scene.now)
    before = held.gate or GateMark()
    since = scene.now if before.since is None else before.since
    held = structs.replace(held, gate=structs.replace(before, since=since))
    refused = "" if held.failure is None else held.failure.words
    at = max(ceil(since + GATHER_SECONDS), free_at(held) or 0.0)
    if scene.now < at:
        return MarkEntry(rule.index, held, refused=refused, wake=at)
    return MarkEntry(rule.index, held, WantMark(done, before.alone), refused)


class Marker:
    """All marks of a cluster. Kept up a host at a time."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._wants: dict[int, Queue[WantMark]] = {r.index: Queue() for r in rules if r.spec.once}
        self._refused: dict[tuple[int, ContainerInstanceArn], str] = {}

    def put(self, zone: str, arn: ContainerInstanceArn, entries: tuple[MarkEntry, ...]) -> None:
        """Takes a host's marks in; none: the host has left."""
        by_rule = {entry.index: entry for entry in entries}
        for index, wants in self._wants.items():
            entry = by_rule.get(index)
            wants.put(zone, arn, None if entry is None else entry.want)
            self._refused.pop((index, arn), None)
            if entry is not None and entry.refused:
                self._refused[index, arn] = entry.refused

    def allot(self, counter: Counter) -> None:
        """Sets what may be set, and tells what ECS does not take."""
        for index, wants in self._wants.items():
            rule = counter.rules.daemons[index]
            self._tell(counter, rule)
            for marks in _batches(wants):
                if counter.calls <= 0:
                    return
                counter.calls -= 1
                words = f"{rule.name} has run"
                counter.out.slots.extend((arn, once_slot(rule.name)) for arn, _ in marks)
                counter.out.actions.append(MarkOnce(rule.name, tuple(marks), words))

    def _tell(self, counter: Counter, rule: Rule) -> None:
        refused = sorted(
            (arn, w) for (index, arn), w in self._refused.items() if index == rule.index
        )
        if not refused:
            return
        arn, words = refused[0]
        host = counter.observed.hosts.get(arn)
        name = host.instance.ec2_id if host is not None else short(arn)
        others = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
        counter.tell(
            Notice.ONCE_REFUSED,
            f"ECS does not mark {name}{others} with {attribute_of(rule.name)}: {words}; "
            "without the mark a later controller may run it there again",
            rule.name,
        )


def _batches(wants: Queue[WantMark]) -> list[list[tuple[ContainerInstanceArn, str]]]:
    """Ten a call; those that ECS refused in company go alone."""
    alone = [[(arn, want.value)] for arn, want in wants if want.alone]
    others = [(arn, want.value) for arn, want in wants if not want.alone]
    return [*(others[at : at + BATCH] for at in range(0, len(others), BATCH)), *alone]
