"""`events` as text: a line an event, and behind it in what words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date

from daemonctl.cli.table import WIDTH, plain, wrap
from daemonctl.runtime.report_rows import EventRow

_WIDTHS = (8, 19, 19)  # a time; the longest verdict, notice or outcome; an i-…
_INDENT = " " * (_WIDTHS[0] + 2)


class EventLines:
    """Lines of one event after the other: widths are fixed, for what comes is not known yet."""

    def __init__(self) -> None:
        self._day: date | None = None

    @staticmethod
    def header() -> str:
        """The line above the first event."""
        return _columns("TIME", "WHAT", "INSTANCE", "CLUSTER/DAEMON")

    def of(self, row: EventRow) -> Iterator[str]:
        """An event, with its day where that is another one than the last event's."""
        at = row.at.astimezone(UTC)
        if at.date() != self._day:
            self._day = at.date()
            yield f"-- {self._day} UTC --"
        violated = row.kind == "VIOLATION"
        who = f"{row.cluster}/{row.daemon}" if row.daemon else row.cluster
        line = _columns(
            f"{at:%H:%M:%S}",
            "VIOLATION" if violated else plain(row.code),
            plain(row.ec2_instance_id or row.instance) or "-",
            plain(who),
        )
        if len(line) <= WIDTH:
            yield line
        else:  # ids and names are never cut: people copy them
            yield line[: -len(plain(who))].rstrip()
            yield f"{_INDENT}{plain(who)}"
        words = f"{row.code}: {row.words}" if violated else row.words
        if row.task:
            words = f"task {row.task}: {words}"
        if plain(words):
            yield from wrap(_INDENT, words)


def events_lines(rows: Sequence[EventRow], asked: str) -> Iterator[str]:
    """A whole journal, or what of it was asked for."""
    if not rows:
        yield from wrap("", f"No events of {asked}." if asked else "No events yet.")
        return
    lines = EventLines()
    yield lines.header()
    for row in rows:
        yield from lines.of(row)


def _columns(*cells: str) -> str:
    *first, last = cells
    padded = [cell.ljust(wide) for cell, wide in zip(first, _WIDTHS, strict=True)]
    return "  ".join([*padded, last])
