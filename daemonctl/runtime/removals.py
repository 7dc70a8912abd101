"""Daemons on their way out of a cluster: remembered from the config to the end of their tasks."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.desired import Desired
from daemonctl.model.ids import DaemonName
from daemonctl.model.memory import Memory
from daemonctl.model.spec import DaemonSpec
from daemonctl.planning import removal
from daemonctl.planning.board import Board


class Removals:
    """What a process knows of the daemons that left its config while it ran."""

    def __init__(self) -> None:
        self._known: dict[DaemonName, DaemonSpec] = {}

    def carried(self, old: Desired, new: Desired) -> Desired:
        """The new desired state, with those whose tasks have to go."""
        for spec in removal.gone(old, new):
            self._known[spec.name] = spec
        return removal.carry(old, new)

    def pruned(self, desired: Desired, board: Board, only: DaemonName | None) -> Desired:
        """The desired state with orphans on their way out: those of all daemons, or of one."""
        orphans = [task for tasks in board.orphans.values() for task in tasks]
        return removal.prune(desired, orphans, self._known, only)

    @staticmethod
    def left(desired: Desired, board: Board, memory: Memory) -> Desired:
        """The desired state without those that have left nothing behind any more."""
        if not desired.removed:
            return desired
        awaited = [name for (_, name), held in memory.slots.items() if held.expectation is not None]
        still = tuple(
            spec for spec in desired.removed if spec.name in awaited or board.has_tasks(spec.name)
        )
        return structs.replace(desired, removed=still) if still != desired.removed else desired
