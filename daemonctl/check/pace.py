"""Invariants 9 and 10: one thing at a time to a slot, after its pauses, and not too often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.check.scene import Fault, Scene, Write
from daemonctl.model.ids import Slot
from daemonctl.model.memory import Failure
from daemonctl.model.plan import StartTask

MOST_WRITES = 6
WRITES_WINDOW_SECONDS = 60.0


def hold(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """Nothing while a write is in flight or a pause lasts; no start in a backoff, of any scope."""
    for write in writes:
        wait = _pause(scene, write.slot)
        if not wait and isinstance(write.action, StartTask):
            wait = _backoff(scene, write.slot)
        if wait:
            yield write, f"{write.where}: {wait}"


def _pause(scene: Scene, slot: Slot) -> str:
    memory = scene.remembered(slot)
    expected = scene.in_flight(slot)
    if expected is not None:
        return f"a {expected.kind} is in flight for {expected.expires - scene.now:g} s more"
    if memory.hold is not None and scene.now < memory.hold.until:
        return f"held for {memory.hold.until - scene.now:g} s more ({memory.hold.code})"
    return ""


def _backoff(scene: Scene, slot: Slot) -> str:
    daemon = scene.memory.daemons.get(slot[1])
    failures: tuple[tuple[str, Failure | None], ...] = (
        ("the slot", scene.remembered(slot).failure),
        ("the daemon", daemon.failure if daemon is not None else None),
        ("the cluster", scene.memory.cluster),
    )
    for whose, failure in failures:
        if failure is not None and scene.now < failure.until:
            left = failure.until - scene.now
            return f"backoff of {whose} for {left:g} s more ({failure.code})"
    return ""


def write_rate(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """At most six writes a minute to a slot, this plan's included."""
    planned: dict[Slot, int] = {}
    since = scene.now - WRITES_WINDOW_SECONDS
    for write in writes:
        recent = sum(1 for at in scene.remembered(write.slot).writes if at > since)
        total = recent + planned.get(write.slot, 0) + 1
        if total > MOST_WRITES:
            yield write, f"{write.where}: write {total} within {WRITES_WINDOW_SECONDS:g} s"
        else:
            planned[write.slot] = planned.get(write.slot, 0) + 1


def slot_twice(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """The first action of a plan for a slot makes the next one a guess."""
    del scene  # what is known does not matter
    taken: dict[Slot, int] = {}
    for write in writes:
        first = taken.setdefault(write.slot, write.index)
        if first != write.index:
            yield write, f"{write.where}: action {first + 1} of the plan is for it already"
