"""Keeps a world in a file: everything that is done is written before it is answered.

The world is deterministic, so what was done and when says everything: a restart reads the last
snapshot and does the rest again. Three kinds of entries: ``call`` is an AWS call that changed
something, ``act`` one of the control plane's, and ``chance`` says how often the dice were thrown,
and which faults struck, where nothing else happened.
"""

from __future__ import annotations

import logging
from time import perf_counter
from typing import TYPE_CHECKING

from daemonctl.local.acts import act
from daemonctl.local.state.codec import UnreadableError, frozen, thaw
from daemonctl.local.state.file import Entry, StateError, StateFile
from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemonctl.local.dice import Dice
    from daemonctl.local.world import World

_LOG = logging.getLogger(__name__)
SNAPSHOT_SECONDS = 30.0
MOST_ENTRIES = 10_000  # about two seconds of doing it again
SHARE = 100.0  # a snapshot stops the world: it may not take more than 1 % of the time


class Keeper:
    """A world's state file.

    Args:
        path: The file; made where there is none.
        world: A new world: filled from the file, if that holds one.
        dice: The world's dice, likewise.
        clock: The machine's time, in epoch seconds.

    Attributes:
        is_new: Nothing was there.
        entries: Journal entries since the last snapshot.
        path: The file's.
        diverged: Entries that, done again, threw the dice another number of times: with another
            version of the local ECS, chance may fall otherwise from there on.

    Raises:
        StateError: The file cannot be used.
    """

    def __init__(self, path: str, world: World, dice: Dice, clock: Callable[[], float]) -> None:
        self.path = path
        self._file = StateFile(path)
        self._world, self._dice, self._clock = world, dice, clock
        self.is_new = self._file.is_new
        self.entries = 0
        self.diverged = 0
        self._saved_at, self._pause = clock(), SNAPSHOT_SECONDS
        self._noted: dict[str, object] = {}
        if not self.is_new:
            self._resume()

    def origin(self, real: float) -> float:
        """Tell the world's time at a moment of the machine's: it went on while nobody ran it.

        It went on at the speed that it had, and never goes back.
        """
        gone_on = max(0.0, real - self.written_at) * self._number("speed")
        return max(self._world.now, self._number("world_time") + gone_on)

    def note(self, kind: str, body: list[object], now: float) -> None:
        """Write down what was done at ``now``, before anybody is told.

        Raises:
            StateError: It cannot be written.
        """
        self._file.append(Entry(now, self._clock(), self._dice.thrown, kind, body))
        self.entries += 1

    @property
    def written_at(self) -> float:
        """When the file was written last, on the machine's clock."""
        return self._number("real_time")

    @property
    def thrown(self) -> int:
        """How often the dice were thrown."""
        return self._dice.thrown

    @property
    def is_due(self) -> bool:
        """A snapshot should be made now."""
        if self.entries >= MOST_ENTRIES:
            return True
        return self.entries > 0 and self._clock() - self._saved_at >= self._pause

    def save(self, now: float, speed: float) -> None:
        """Make a snapshot of the world as it is at ``now``.

        Raises:
            StateError: It cannot be written.
        """
        began = perf_counter()
        self._noted = {
            "world_time": now,
            "real_time": self._clock(),
            "speed": speed,
            "dice": self._dice.state(),
        }
        self._file.replace(frozen(self._world), self._noted)
        self.entries, self._saved_at = 0, self._clock()
        self._pause = max(SNAPSHOT_SECONDS, SHARE * (perf_counter() - began))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _number(self, name: str) -> float:
        found = self._noted.get(name)
        return float(found) if isinstance(found, (int, float)) else 0.0

    def _resume(self) -> None:
        path = self.path
        try:
            self._noted = self._file.meta()
            if "dice" not in self._noted:  # ended before its first snapshot
                self.is_new = True
                return
            thaw(self._world, self._file.snapshot())
            state = self._noted["dice"]
            self._dice.resume(state if isinstance(state, list) else [])
            for entry in self._file.journal():
                self._again(entry)
        except (UnreadableError, ValueError, TypeError, LookupError) as no:
            raise StateError(f"state file {path}: this daemonctl cannot read it: {no}") from no
        if self.diverged:
            _LOG.warning("%s: %d entries fell otherwise this time", path, self.diverged)

    def _again(self, entry: Entry) -> None:
        """Do again what was done."""
        self._world.advance(entry.world_time)
        name, *rest = entry.body
        try:
            if entry.kind == "call":
                operation, params = rest
                self._world.call(str(name), str(operation), _members(params), entry.world_time)
            elif entry.kind == "act":
                act(self._world, str(name), _members(rest[0]), entry.world_time)
            else:
                hits = {kind: int(str(count)) for kind, count in _members(name).items()}
                self._world.faults.hits.update(hits)
        except WorldError:
            self.diverged += 1
        if entry.kind == "chance":
            self._dice.catch_up(entry.thrown)
        elif self._dice.thrown != entry.thrown:
            self.diverged += 1
        self.entries += 1
        self._noted |= {"world_time": entry.world_time, "real_time": entry.real_time}


def _members(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("an entry of the journal is not what it should be")
    return value
