"""What must outlive the process, between one cluster's memory and the store.

The writer marks what changed as unsaved; planning holds the updates of such a daemon until the
store has it. Only this module talks to the store, one write at a time, each with check-and-set.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from msgspec import Struct

from daemonctl.model.ids import ClusterAlias, DaemonName, Owner
from daemonctl.model.memory import Freeze, Removal
from daemonctl.model.rollout import Rollout
from daemonctl.model.stored import SchemaError, pack, root, unpack
from daemonctl.ports import Clock, Sink
from daemonctl.ports.consul import Store, StoreError
from daemonctl.runtime.crew import Backoff
from daemonctl.runtime.describe import Emit
from daemonctl.runtime.facts import Kept, Recalled

SCHEMA: Final = 1
"""Of every value here."""

_LONGEST_WAIT: Final = 30.0  # seconds between two tries of what fails

_MISSED: Final = 60.0  # seconds between two looks whether what is kept is still there

_LOOK: Final = 0.05  # seconds between two looks whether all is saved

_FREEZE: Final = "freeze"
_ROLLOUTS: Final = "rollouts/"
_REMOVALS: Final = "removals/"


class FreezeKept(Struct, frozen=True):
    """The value of the freeze's key: it is written when a freeze ends, too."""

    freeze: Freeze | None


Value = Rollout | Removal | FreezeKept


class Keeper:
    """Loads and saves the rollouts, the removals and the freeze of one cluster."""

    def __init__(
        self,
        store: Store,
        owner: Owner,
        alias: ClusterAlias,
        *,
        emit: Emit,
        clock: Clock,
        sink: Sink,
    ) -> None:
        self.trouble = ""
        self._store = store
        self._owner = owner
        self._alias = alias
        self._emit = emit
        self._clock = clock
        self._sink = sink
        self._root = ""
        self._loaded = False
        self._index: dict[str, int] = {}
        self._held: dict[str, Value] = {}  # what the store has, as far as this process knows
        self._locked: dict[str, str] = {}  # keys that are not ours to write, and why
        self._wanted: dict[str, Value | None] = {}  # None: there is to be no such key
        self._bell = asyncio.Event()
        self._backoff = Backoff(1.0, _LONGEST_WAIT)

    async def open(self, cluster_arn: str) -> None:
        """Tries once to load what is kept; where that fails, ``run`` goes on trying."""
        self._root = root(self._owner, cluster_arn, self._alias)
        try:
            await self._load()
        except StoreError as error:
            self._hindered(error)

    async def run(self) -> None:
        """Loads, then saves whatever is asked for, for ever."""
        while True:
            error = await self._tried()
            if error is not None:
                await self._clock.sleep(self._hindered(error))
                continue
            self._relieved()
            self._bell.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_MISSED):
                    await self._bell.wait()

    async def settled(self, seconds: float) -> str:
        """Waits until all is saved, at most so long; why it is not, or ""."""
        end = self._clock.now() + seconds
        while self._wanted or not self._loaded:
            if self.trouble or self._clock.now() >= end:
                return f"not saved yet: {self.trouble or 'the store has not answered'}"
            await self._clock.sleep(_LOOK)
        return ""

    async def _tried(self) -> StoreError | None:
        """Saves all that is wanted; the first error, if any, after every key was tried."""
        first: StoreError | None = None
        try:
            if not self._loaded:
                await self._load()
            elif not self._wanted:
                await self._miss()
        except StoreError as error:
            return error
        while self._wanted and first is None:
            for key in tuple(self._wanted):
                try:
                    await self._save(key)
                except StoreError as error:
                    first = first or error
        return first

    def keep(self, name: DaemonName, rollout: Rollout) -> None:
        """Asks for this state of a rollout to be saved; a later one takes its place."""
        self._want(f"{_ROLLOUTS}{name}", rollout)

    def keep_freeze(self, freeze: Freeze | None) -> None:
        """Asks for a freeze, or its end, to be saved."""
        self._want(_FREEZE, FreezeKept(freeze))

    def keep_removal(self, name: DaemonName, removal: Removal | None) -> None:
        """Asks for what was said of a daemon's tasks to be saved; None where that is over."""
        self._want(f"{_REMOVALS}{name}", removal)

    def _want(self, key: str, value: Value | None) -> None:
        self._wanted[key] = value
        self._bell.set()

    async def _load(self) -> None:
        rollouts: dict[DaemonName, Rollout] = {}
        removals: dict[DaemonName, Removal] = {}
        freeze: FreezeKept | None = None
        for found in await self._store.list(self._root):
            key = found.key.removeprefix(self._root)
            if not _known(key):
                continue
            self._index[key] = found.index
            value = self._read(key, found.value)
            if value is not None:
                self._held[key] = value
            if isinstance(value, Rollout):
                rollouts[DaemonName(key.removeprefix(_ROLLOUTS))] = value
            elif isinstance(value, Removal):
                removals[DaemonName(key.removeprefix(_REMOVALS))] = value
            elif isinstance(value, FreezeKept):
                freeze = value
        self._loaded = True
        # Nobody may steer a rollout before this; but a freeze is obeyed at once, and stays newer.
        held = freeze.freeze if freeze is not None and _FREEZE not in self._wanted else None
        self._emit((Recalled(rollouts, held, self._clock.now(), removals),))

    async def _miss(self) -> None:
        """What somebody has deleted is saved again: this process still knows it."""
        for key, value in tuple(self._held.items()):
            if await self._store.get(self._root + key) is None and key not in self._wanted:
                self._index[key] = 0
                self._wanted[key] = value
                words = "what was kept is gone from the store, and saved again"
                self._sink.log("warning", words, cluster=self._alias, key=self._root + key)

    def _read(self, key: str, raw: bytes) -> Value | None:
        """The value; None where it is of a newer daemonctl or none of ours, which is told."""
        self._locked.pop(key, None)
        try:
            if key == _FREEZE:
                return unpack(raw, FreezeKept, SCHEMA)
            if key.startswith(_REMOVALS):
                return unpack(raw, Removal, SCHEMA)
            return unpack(raw, Rollout, SCHEMA)
        except SchemaError as error:
            self._locked[key] = f"{self._root}{key} is not overwritten: {error}"
            self._sink.log(
                "error",
                "what is kept cannot be used",
                cluster=self._alias,
                key=self._root + key,
                error=str(error),
            )
            return None

    async def _save(self, key: str) -> None:
        """One write. Raises StoreError."""
        if key in self._locked:
            await self._look(key)  # somebody may have deleted it
        if key not in self._wanted:
            return
        value, index = self._wanted[key], self._index.get(key, 0)
        if key in self._locked:
            raise StoreError("Refused", self._locked[key])
        try:
            if value is None:
                after = await self._delete(key, index)
            else:
                after = await self._store.put(self._root + key, pack(value, SCHEMA), index)
        except StoreError as error:
            if error.ambiguous:
                await self._look(key)
            raise
        if after is None:
            await self._look(key)
            return
        self._index[key] = after
        self._done(key, value)

    async def _delete(self, key: str, index: int) -> int | None:
        """The index of no key, None where somebody else has written it. Raises StoreError."""
        gone = not index or await self._store.delete(self._root + key, index)
        return 0 if gone else None

    async def _look(self, key: str) -> None:
        """Somebody else wrote the key, or our own write may have worked: what is there counts."""
        found = await self._store.get(self._root + key)
        self._index[key] = 0 if found is None else found.index
        value = None if found is None else self._read(key, found.value)
        if found is None:
            self._locked.pop(key, None)
        if value is None:
            return
        if value == self._wanted.get(key):
            self._done(key, value)
        elif isinstance(value, Rollout):
            self._wanted.pop(key, None)
            self._held[key] = value
            name = DaemonName(key.removeprefix(_ROLLOUTS))
            self._emit((Recalled({name: value}, None, self._clock.now()),))

    def _done(self, key: str, value: Value | None) -> None:
        if key in self._wanted and self._wanted[key] == value:
            del self._wanted[key]
        if value is None:
            self._held.pop(key, None)
        else:
            self._held[key] = value
        if isinstance(value, Rollout):
            self._emit((Kept(DaemonName(key.removeprefix(_ROLLOUTS)), value),))

    def _hindered(self, error: StoreError) -> float:
        wait = self._backoff.wait()
        if not self.trouble or wait >= _LONGEST_WAIT:
            self._sink.log(
                "warning",
                "the state of rollouts cannot be loaded or saved",
                cluster=self._alias,
                error=str(error),
                again_in_seconds=wait,
            )
        self.trouble = f"the state of rollouts cannot be {'saved' if self._loaded else 'loaded'}"
        self.trouble += f": {error}"
        return wait

    def _relieved(self) -> None:
        self._backoff.reset()
        if self.trouble:
            self.trouble = ""
            self._sink.log("info", "the state of rollouts is saved again", cluster=self._alias)


def _known(key: str) -> bool:
    return key == _FREEZE or (key.startswith((_ROLLOUTS, _REMOVALS)) and key.count("/") == 1)
