"""Plain aligned text as kubectl prints it, 80 columns wide, and what cells are made of."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime

WIDTH = 80
WIDEST = 10_000  # nothing is cut
_GAPS = (3, 2, 1)  # blanks between columns: as many as fit
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def plain(text: str) -> str:
    """The text in one line, without what a terminal would obey. Words come from ECS and tasks."""
    return "".join(each if each.isprintable() else " " for each in text).strip()


def table(header: Sequence[str], rows: Sequence[Sequence[str]], width: int = WIDTH) -> list[str]:
    """Lines no wider than ``width``.

    Where it gets too wide, first the gaps give way, then the last column is cut short, and a first
    cell that is still too long (names are never cut: people copy them) stands on a line of its own.
    """
    cells = [[plain(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(header))]
    gap = next((gap for gap in _GAPS if _total(widths, gap) <= width), _GAPS[-1])
    over = max(0, _total(widths, gap) - width)
    last_floor = min(widths[-1], max(len(header[-1]), 12))
    cut = min(over, widths[-1] - last_floor)
    widths[-1] -= cut
    widths[0] = max(len(header[0]), widths[0] - (over - cut))
    lines: list[str] = []
    for row in cells:
        lines.extend(_lines(row, widths, " " * gap))
    return lines


def _total(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * (len(widths) - 1)


def _lines(row: Sequence[str], widths: Sequence[int], gap: str) -> list[str]:
    first, rest = row[0], [*row[1:-1], shorten(row[-1], widths[-1])]
    lines = []
    if len(first) > widths[0]:
        lines.append(first)
        first = ""
    padded = [cell.ljust(wide) for cell, wide in zip([first, *rest], widths, strict=True)]
    return [*lines, gap.join(padded).rstrip()]


def shorten(text: str, width: int) -> str:
    """Cut with an ellipsis where too long."""
    return text if len(text) <= width else text[: max(0, width - 1)].rstrip() + "…"


def wrap(label: str, text: str, width: int = WIDTH) -> list[str]:
    """``label`` and the text behind it, wrapped and indented under itself."""
    body = plain(text)
    return textwrap.wrap(
        f"{label}{body}",
        width,
        subsequent_indent=" " * len(label),
        break_long_words=True,
        break_on_hyphens=False,
    ) or [label.rstrip()]


def age(since: datetime | None, now: datetime) -> str:
    """How long ago, as kubectl writes it: 45s, 5m32s, 3h7m, 2d4h, 34d; ``-`` where unknown."""
    return "-" if since is None else span((now - since).total_seconds())


def span(seconds: float) -> str:
    """A duration in at most two units."""
    whole = max(0, int(seconds))
    for unit, name, lower, lower_name, alone in (
        (_DAY, "d", _HOUR, "h", 8),
        (_HOUR, "h", _MINUTE, "m", 8),
        (_MINUTE, "m", 1, "s", 10),
    ):
        if whole >= unit:
            count, rest = whole // unit, whole % unit // lower
            return f"{count}{name}" + (f"{rest}{lower_name}" if rest and count < alone else "")
    return f"{whole}s"


def count_of(number: int, noun: str) -> str:
    """``1 start``, ``2 starts``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
