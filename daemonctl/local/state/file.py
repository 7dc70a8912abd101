"""The SQLite file: one snapshot, the journal of what was done since, and where time stands.

Writes are handed to the operating system before they count as done, so a killed process loses
none. They are not forced to the disk one by one: a power cut may take the last of them, never
the file's consistency (WAL, synchronous=NORMAL).
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemonctl.local.state.codec import encoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from daemonctl.local.state.codec import Row

SCHEMA = 2
APPLICATION = 0x64634C45  # "dcLE", in the file's header: what `file` and we know it by
TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE snapshot (number INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE journal (
    place INTEGER PRIMARY KEY, world_time REAL NOT NULL, real_time REAL NOT NULL,
    thrown INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL
)
"""


class StateError(Exception):
    """The file cannot be used; the text is for the operator, and names it."""


@dataclass(frozen=True)
class Entry:
    """One thing that was done.

    Attributes:
        world_time: When, in the world's epoch seconds; ``real_time`` on the machine's clock.
        thrown: How often the dice were thrown when it was done.
        kind: ``call``, ``act`` or ``chance``; see `keeper`.
        body: What exactly, in JSON values.
    """

    world_time: float
    real_time: float
    thrown: int
    kind: str
    body: list[object]


class StateFile:
    """An open state file, for this process alone.

    Raises:
        StateError: It is somebody else's, in use, of a newer version, or not to be opened.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._open(path)
        except sqlite3.Error as no:
            raise self._error(no) from no

    def _open(self, path: str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=0.0)
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("BEGIN EXCLUSIVE")
        application = self._db.execute("PRAGMA application_id").fetchone()[0]
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        self.is_new = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if self.is_new:
            for table in TABLES.split(";"):
                self._db.execute(table)
            self._db.execute(f"PRAGMA application_id = {APPLICATION}")
            self._db.execute(f"PRAGMA user_version = {SCHEMA}")
        elif application != APPLICATION:
            raise StateError(f"{path} is a database, but no state of a local ECS")
        elif version != SCHEMA:
            raise StateError(f"{path} is of version {version}; this daemonctl reads {SCHEMA}")
        self._db.execute("COMMIT")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")

    def snapshot(self) -> Iterator[Row]:
        """Read the rows of the snapshot."""
        yield from self._db.execute("SELECT number, kind, body FROM snapshot ORDER BY rowid")

    def journal(self) -> Iterator[Entry]:
        """Read what was done since the snapshot, in order."""
        rows = self._db.execute(
            "SELECT world_time, real_time, thrown, kind, body FROM journal ORDER BY place"
        )
        for world_time, real_time, thrown, kind, body in rows:
            yield Entry(world_time, real_time, thrown, kind, json.loads(body))

    def meta(self) -> dict[str, object]:
        """Read what is noted beside the snapshot."""
        rows = self._db.execute("SELECT name, value FROM meta")
        return {name: json.loads(value) for name, value in rows}

    def append(self, entry: Entry) -> None:
        """Write one thing that was done.

        Raises:
            StateError: It cannot be written: whoever asked for it may not be told that it is done.
        """
        row = (
            entry.world_time, entry.real_time, entry.thrown, entry.kind, encoded(entry.body),
        )  # fmt: skip
        try:
            self._db.execute(
                "INSERT INTO journal (world_time, real_time, thrown, kind, body)"
                " VALUES (?, ?, ?, ?, ?)",
                row,
            )
        except sqlite3.Error as no:
            raise self._error(no) from no

    def replace(self, rows: Iterable[Row], meta: dict[str, object]) -> None:
        """Put a new snapshot in the place of the old one and its journal, all or nothing.

        Raises:
            StateError: It cannot be written; the old ones stay.
        """
        try:
            with self._db:
                self._db.execute("BEGIN")
                for table in ("snapshot", "journal", "meta"):
                    self._db.execute(f"DELETE FROM {table}")  # noqa: S608  our own three names
                self._db.executemany("INSERT INTO snapshot VALUES (?, ?, ?)", rows)
                noted = [(name, encoded(value)) for name, value in meta.items()]
                self._db.executemany("INSERT INTO meta VALUES (?, ?)", noted)
            # else the log beside the file would stay as long as the largest snapshot
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as no:
            raise self._error(no) from no

    def close(self) -> None:
        """Close it; another process may have it now."""
        self._db.close()

    def _error(self, no: sqlite3.Error) -> StateError:
        words = str(no)
        if "locked" in words:
            words = "another local ECS has it open"
        elif isinstance(no, sqlite3.DatabaseError) and "not a database" in words:
            words = "it is no state of a local ECS"
        return StateError(f"state file {self.path}: {words}")
