"""The journal: what was decided and done, in order, bounded in memory."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import islice
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from daemonctl.runtime.report import EventsPage
from daemonctl.runtime.report_rows import EventRow, moment
from daemonctl.runtime.wanted import EVERYTHING, Wanted

LONGEST: Final = 1024
"""Characters of a row's words: they come from ECS and from containers, and the ring is held."""


class Happened(StrEnum):
    """What a row of the journal tells."""

    VERDICT = "VERDICT"
    ACTION = "ACTION"
    CONDITION = "CONDITION"
    VIOLATION = "VIOLATION"
    COMMAND = "COMMAND"
    LEADERSHIP = "LEADERSHIP"


class Entry(Struct, frozen=True, gc=False):
    """What happened. ``code`` is the new verdict, the outcome, or the notice with on or off."""

    kind: Happened
    cluster: str
    daemon: str = ""
    instance: str = ""  # the last part of its ARN
    task: str = ""
    code: str = ""
    words: str = ""


Ec2IdOf = Callable[[str, str], str]
"""The EC2 id by a cluster's alias and the last part of a container instance's ARN; or empty."""


def first_after(now: float) -> int:
    """Where a process's numbers begin, so that those of a later process are greater.

    A client that comes back with a number of an earlier process is then told that rows are gone,
    and never shown others in their place. Exact in every JSON reader until the year 2255.
    """
    return int(now) * 1_000_000 + 1


class Kept(Struct, frozen=True, gc=False):
    """A row with its number, when it was written (epoch seconds), and the EC2 id or ""."""

    seq: int
    at: float
    entry: Entry
    ec2_id: str = ""


class Journal:
    """The newest rows, in order of their numbers. For one thread: the event loop's.

    A process numbers its rows without gaps; rows of an earlier one come before, or between where
    another replica wrote them. After a row's number comes the next one that is held, and if rows
    may be missing there, that is told as ``lost``.
    """

    def __init__(
        self,
        now: Callable[[], float],
        *,
        size: int = 10_000,
        first: int = 1,
        ec2_id_of: Ec2IdOf = lambda _cluster, _instance: "",
    ) -> None:
        if size < 1:
            raise ValueError("a journal holds at least one row")
        self._now = now
        self._size = size
        self._ec2_id_of = ec2_id_of
        self._rows: list[Kept] = []
        self._head = 0  # rows before it have fallen out
        self._begins = first
        self._last = first - 1
        self._after = 0  # the last number of earlier processes: ``_begins`` is the next row ...
        self._whole = True  # ... if all of them ended by themselves
        self._growing: asyncio.Future[None] | None = None

    @property
    def last(self) -> int:
        """The number of the last row, or the one before the first."""
        return self._last

    def add(self, entry: Entry) -> int:
        """Writes a row; its number."""
        if len(entry.words) > LONGEST:
            entry = replace(entry, words=f"{entry.words[: LONGEST - 1]}…")
        ec2_id = self._ec2_id_of(entry.cluster, entry.instance) if entry.instance else ""
        self._last += 1
        self._rows.append(Kept(self._last, self._now(), entry, ec2_id))
        if len(self._rows) - self._head > self._size:
            self._head += 1
            if self._head > self._size:  # now and then, for it moves all that is left
                del self._rows[: self._head]
                self._head = 0
        self._ring()
        return self._last

    def restore(self, rows: Sequence[Kept], ended: int) -> None:
        """Takes in rows of an earlier process, or of another replica.

        ``ended`` is the number of that one's last row, of whatever cluster; 0 where it did not end
        by itself, so that rows after these may be missing.
        """
        held = {row.seq: row for row in self._rows[self._head :]}
        if not any(row.seq not in held for row in rows):
            return
        held = {row.seq: row for row in rows} | held
        self._rows = [held[seq] for seq in sorted(held)][-self._size :]
        self._head = 0
        self._whole = self._whole and ended > 0
        end = ended or max(row.seq for row in rows) + 1  # no row has that number, or follows it
        if end > self._last:
            self._last, self._begins, self._after = end, end + 1, 0
        else:
            self._after = max(end, self._after)
        self._ring()

    def tail(self, cluster: str, most: int) -> list[Kept]:
        """The newest rows of a cluster, oldest first."""
        newest = (
            self._rows[at]
            for at in range(len(self._rows) - 1, self._head - 1, -1)
            if self._rows[at].entry.cluster == cluster
        )
        return list(islice(newest, most))[::-1]

    def page(self, after: int, limit: int, wanted: Wanted = EVERYTHING) -> EventsPage:
        """Rows after number ``after`` that are wanted, at most ``limit``, oldest first."""
        ahead = after > self._last  # a number of another process
        at = self._head if ahead else bisect_right(self._rows, after, self._head, key=_seq)
        lost = after > 0 and (ahead or not self._follows(after, at))
        rows: list[EventRow] = []
        end = after
        while at < len(self._rows) and len(rows) < limit:
            row = self._rows[at]
            if after > 0 and row.seq != end + 1:
                lost = lost or not self._follows(end, at)
            at, end = at + 1, row.seq
            if _takes(wanted, row):
                rows.append(_told(row))
        if end == after and (lost or after == 0):
            end = self._last
        return EventsPage(events=tuple(rows), next=end, lost=lost)

    def newest(self, limit: int, wanted: Wanted = EVERYTHING) -> EventsPage:
        """The last rows that are wanted, at most ``limit``, oldest first."""
        rows: list[EventRow] = []
        for at in range(len(self._rows) - 1, self._head - 1, -1):
            if len(rows) == limit:
                break
            if _takes(wanted, self._rows[at]):
                rows.append(_told(self._rows[at]))
        return EventsPage(events=tuple(rows[::-1]), next=self._last)

    def grown(self) -> asyncio.Future[None]:
        """Done with the next row. One for all who wait: they may not cancel it."""
        if self._growing is None:
            self._growing = asyncio.get_running_loop().create_future()
        return self._growing

    def _follows(self, after: int, at: int) -> bool:
        """Whether nothing is missing between a number and the row that is held there."""
        seq = self._rows[at].seq if at < len(self._rows) else self._last + 1
        return after == seq - 1 or (self._whole and seq == self._begins and after == self._after)

    def _ring(self) -> None:
        growing, self._growing = self._growing, None
        if growing is not None and not growing.done():
            growing.set_result(None)


def _seq(row: Kept) -> int:
    return row.seq


def _takes(wanted: Wanted, row: Kept) -> bool:
    entry = row.entry
    return wanted.takes(entry.kind, entry.cluster, entry.daemon, entry.instance, row.ec2_id)


def _told(row: Kept) -> EventRow:
    entry = row.entry
    return EventRow(
        seq=row.seq,
        at=moment(row.at),
        cluster=entry.cluster,
        kind=entry.kind.value,
        daemon=entry.daemon,
        instance=entry.instance,
        task=entry.task,
        code=entry.code,
        words=entry.words,
        ec2_instance_id=row.ec2_id,
    )
