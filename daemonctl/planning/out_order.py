"""Where a daemon and what depends on it both have to leave a host, the dependent leaves first."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.reason import Code
from daemonctl.planning.scene import Scene
from daemonctl.planning.slots import Sorted

_LEAVE = (Code.MISPLACED, Code.UNUSED, Code.ORPHAN)
"""Stops of a daemon that is not to come back."""


def hold_back(scene: Scene, tasks: Sorted) -> None:
    """Takes back the stops of daemons that another one, which leaves as well, still needs."""
    for rule in reversed(scene.rules.daemons):
        entry = scene.entries[rule.index]
        if entry.stop is None or entry.stop.code not in _LEAVE:
            continue
        for index in rule.dependents:
            other = scene.rules.daemons[index]
            there = any(not task.stopped for task in tasks.own.get(other.group, ()))
            if there and index in scene.unwanted:
                words = f"{entry.verdict.words}; {other.name} leaves first"
                verdict = structs.replace(entry.verdict, words=words)
                scene.entries[rule.index] = structs.replace(entry, verdict=verdict, stop=None)
                break
