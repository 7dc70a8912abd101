"""The newest rows of one cluster's journal in the store: a restart or a takeover shows the past.

They are written every few seconds at most, so that a crash loses the rows of a few seconds; whoever
reads on from there is told that rows may be missing.
"""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec import Struct

from daemonctl.model.ids import ClusterAlias, Owner
from daemonctl.model.stored import SchemaError, pack, root, unpack
from daemonctl.ports import Clock, Sink
from daemonctl.ports.consul import Store, StoreError
from daemonctl.runtime.journal import Journal, Kept

SCHEMA: Final = 1
"""Of the value."""

MOST_ROWS: Final = 200
MOST_BYTES: Final = 400_000
"""Of a value: Consul takes 512 KiB."""

WRITE_SECONDS: Final = 5.0
"""Between two writes at least."""

_LAST_WRITE_SECONDS: Final = 1.0  # for what a process that ends still has to say
_KEY: Final = "journal"


class Tail(Struct, frozen=True):
    """The value. ``ended`` is the journal's last number where its process has ended by itself."""

    rows: tuple[Kept, ...]
    ended: int = 0


class JournalTail:
    """Loads the rows of whoever led before, then saves those of this process among them."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        owner: Owner,
        alias: ClusterAlias,
        *,
        clock: Clock,
        sink: Sink,
    ) -> None:
        self._store = store
        self._journal = journal
        self._owner = owner
        self._alias = alias
        self._clock = clock
        self._sink = sink
        self._key = ""
        self._index: int | None = None  # None: not loaded yet
        self._saved: tuple[Kept, ...] = ()
        self._told = ""

    async def run(self, cluster_arn: str) -> None:
        """For ever."""
        self._key = root(self._owner, cluster_arn, self._alias) + _KEY
        while True:
            try:
                if self._index is None:
                    await self._load()
                await self._save(0)
            except StoreError as error:
                self._hindered(error.code)
            except SchemaError as error:
                self._hindered(str(error))
            else:
                self._told = ""
            await self._clock.sleep(WRITE_SECONDS)

    async def close(self) -> None:
        """The last write of a process that ends; without an answer soon it does without."""
        if self._index is None:
            return
        try:
            async with asyncio.timeout(_LAST_WRITE_SECONDS):
                await self._save(self._journal.last)
        except (StoreError, SchemaError, TimeoutError) as error:
            self._hindered(str(error) or "no answer in time")

    async def _load(self) -> None:
        """Raises StoreError, SchemaError."""
        found = await self._store.get(self._key)
        if found is not None:
            tail = unpack(found.value, Tail, SCHEMA)
            self._journal.restore(tail.rows, tail.ended)
            self._saved = tail.rows
        self._index = 0 if found is None else found.index

    async def _save(self, ended: int) -> None:
        """Raises StoreError, SchemaError."""
        rows = tuple(self._journal.tail(self._alias, MOST_ROWS))
        if self._index is None or (rows == self._saved and not ended):
            return
        try:
            index = await self._store.put(self._key, _packed(rows, ended), self._index)
        except StoreError:
            self._index = None  # it may have worked all the same: look
            raise
        if index is not None:
            self._index, self._saved = index, rows
            return
        await self._load()  # somebody else wrote: theirs and ours, with the next turn
        if ended:
            raise StoreError("Refused", "another controller writes the same key")

    def _hindered(self, why: str) -> None:
        if why != self._told:
            self._told = why
            self._sink.log(
                "warning",
                "the journal's tail cannot be loaded or saved",
                cluster=self._alias,
                key=self._key,
                error=why,
                next_step="the journal goes on in memory; what is lost is its past at a restart",
            )


def _packed(rows: tuple[Kept, ...], ended: int) -> bytes:
    raw = pack(Tail(rows, ended), SCHEMA)
    while len(raw) > MOST_BYTES:
        rows = rows[len(rows) // 4 + 1 :]
        raw = pack(Tail(rows, ended), SCHEMA)
    return raw
