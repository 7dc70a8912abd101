"""The journal: what was decided and done, in order, bounded in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import StrEnum
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


class Journal:
    """A ring of rows, numbered without gaps. For one thread: the event loop's."""

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
        self._rows: list[tuple[float, Entry, str]] = []
        self._first = first
        self._last = first - 1
        self._growing: asyncio.Future[None] | None = None

    def add(self, entry: Entry) -> int:
        """Writes a row; its number."""
        if len(entry.words) > LONGEST:
            entry = replace(entry, words=f"{entry.words[: LONGEST - 1]}…")
        ec2_id = self._ec2_id_of(entry.cluster, entry.instance) if entry.instance else ""
        row = (self._now(), entry, ec2_id)
        self._last += 1
        if len(self._rows) < self._size:
            self._rows.append(row)
        else:
            self._rows[self._at(self._last)] = row
        self._ring()
        return self._last

    def page(self, after: int, limit: int, wanted: Wanted = EVERYTHING) -> EventsPage:
        """Rows after number ``after`` that are wanted, at most ``limit``, oldest first."""
        gone = self._last - len(self._rows)  # the number of the last row that fell out
        start = after if gone <= after <= self._last else gone
        rows: list[EventRow] = []
        end = start
        while end < self._last and len(rows) < limit:
            end += 1
            at, entry, ec2_id = self._rows[self._at(end)]
            if wanted.takes(entry.kind, entry.cluster, entry.daemon, entry.instance, ec2_id):
                rows.append(_row(end, at, entry, ec2_id))
        return EventsPage(events=tuple(rows), next=end, lost=after > 0 and start != after)

    def grown(self) -> asyncio.Future[None]:
        """Done with the next row. One for all who wait: they may not cancel it."""
        if self._growing is None:
            self._growing = asyncio.get_running_loop().create_future()
        return self._growing

    def _ring(self) -> None:
        growing, self._growing = self._growing, None
        if growing is not None and not growing.done():
            growing.set_result(None)

    def _at(self, seq: int) -> int:
        return (seq - self._first) % self._size


def _row(seq: int, at: float, entry: Entry, ec2_id: str) -> EventRow:
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
        ec2_instance_id=ec2_id,
    )
