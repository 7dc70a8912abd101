"""The journal: what was decided and done, in order, bounded in memory."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from daemonctl.runtime.report import EventsPage
from daemonctl.runtime.report_rows import EventRow, moment


class Happened(StrEnum):
    """What a row of the journal tells."""

    VERDICT = "VERDICT"
    ACTION = "ACTION"
    CONDITION = "CONDITION"
    VIOLATION = "VIOLATION"


class Entry(Struct, frozen=True, gc=False):
    """What happened. ``code`` is the new verdict, the outcome, or the notice with on or off."""

    kind: Happened
    cluster: str
    daemon: str = ""
    instance: str = ""
    task: str = ""
    code: str = ""
    words: str = ""


class Journal:
    """A ring of rows, numbered from 1 without gaps. For one thread: the event loop's."""

    def __init__(self, now: Callable[[], float], *, size: int = 10_000) -> None:
        if size < 1:
            raise ValueError("a journal holds at least one row")
        self._now = now
        self._size = size
        self._rows: list[tuple[float, Entry]] = []
        self._last = 0

    def add(self, entry: Entry) -> int:
        """Writes a row; its number."""
        row = (self._now(), entry)
        if len(self._rows) < self._size:
            self._rows.append(row)
        else:
            self._rows[self._last % self._size] = row
        self._last += 1
        return self._last

    def page(self, after: int, limit: int) -> EventsPage:
        """Rows after number ``after``, at most ``limit``, oldest first."""
        gone = self._last - len(self._rows)  # the number of the last row that fell out
        start = after if gone <= after <= self._last else gone
        end = min(start + limit, self._last)
        rows = tuple(self._row(seq) for seq in range(start + 1, end + 1))
        return EventsPage(events=rows, next=end, lost=after > 0 and start != after)

    def _row(self, seq: int) -> EventRow:
        at, entry = self._rows[(seq - 1) % self._size]
        return EventRow(
            seq=seq,
            at=moment(at),
            cluster=entry.cluster,
            kind=entry.kind.value,
            daemon=entry.daemon,
            instance=entry.instance,
            task=entry.task,
            code=entry.code,
            words=entry.words,
        )
