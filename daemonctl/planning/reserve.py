"""Room that an update has freed on a host is kept for the daemon that it was taken from.

Else a daemon that waits for room takes it in the moment between stop and start: the update would
have lost an instance for good, and with maxUnavailable 1 its rollout would stand still.
"""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.cluster import Resources
from daemonctl.model.memory import Kind
from daemonctl.model.plan import StopKind
from daemonctl.planning.assessment import STARTING
from daemonctl.planning.fit import add
from daemonctl.planning.losses import lost_by_us
from daemonctl.planning.rules import Rule
from daemonctl.planning.scene import Scene, soonest


def kept_from(scene: Scene, rule: Rule) -> tuple[Resources, str]:
    """What of the host's room is not for this daemon, and for whom it is; "" for nobody.

    Those that need this one, directly or not, keep nothing from it: they would wait for each other.
    """
    kept, names = Resources(), []
    waiting = _that_need(scene, rule)
    for other in scene.rules.daemons:
        if other.index not in waiting and not _starts(scene, other) and _emptied(scene, other):
            fill, _ = scene.belongs(other)
            if fill is not None:
                kept = add(kept, fill.aim.needs)
                names.append(other.name)
    return kept, ", ".join(names)


def hold_back(scene: Scene) -> float | None:
    """Takes back stops while a start that should not fit is under way: it could take their room.

    Its answer is looked at anew. Returns until when it is waited for, None where nothing is held.
    """
    if not any(entry.stop is not None for entry in scene.entries):
        return None
    until = soonest(*map(scene.probing, scene.rules.daemons))
    if until is None:
        return None
    for index, entry in enumerate(scene.entries):
        if entry.stop is not None and entry.stop.kind is StopKind.VOLUNTARY:
            scene.entries[index] = structs.replace(entry, stop=None)
    return until


def _that_need(scene: Scene, rule: Rule) -> list[int]:
    """The daemon itself and those that need it, by index."""
    found = [rule.index]
    for index in found:
        found += (i for i in scene.rules.daemons[index].dependents if i not in found)
    return found


def others_start(scene: Scene, rule: Rule) -> bool:
    """Whether another daemon starts here: a start that should not fit could take its room."""
    return any(
        _starts(scene, other) or scene.under_way(other, Kind.START) is not None
        for other in scene.rules.daemons
        if other is not rule
    )


def _starts(scene: Scene, other: Rule) -> bool:
    """What starts is promised its room already."""
    if other.index >= len(scene.entries):
        return False
    entry = scene.entries[other.index]
    return entry.start is not None or bool(entry.flags & STARTING)


def _emptied(scene: Scene, other: Rule) -> bool:
    """A stop of ours has left it without a task here, and nothing has lasted since.

    Or is about to: ECS frees the room before anybody hears that the task is to stop.
    """
    own = scene.own.get(other.group, ())
    live = sum(task.live for task in own)
    if live:
        # Of two it was a duplicate's.
        return live == 1 and scene.under_way(other, Kind.STOP) is not None
    return bool(own) and lost_by_us(own, other.spec, fails=False)
