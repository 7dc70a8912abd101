"""`--watch`: looks again and again and tells what changed, until Ctrl-C.

On a terminal the picture is drawn anew; into a file or a pipe go rows, or a document a line. A
controller that does not answer, or begins anew, is told and waited for.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, Generic, Protocol, TypeVar

import click
from msgspec import Struct

from daemonctl.cli.failing import warn
from daemonctl.cli.failure import FailError
from daemonctl.cli.show import coloured, now, print_json_line
from daemonctl.cli.table import plain, shorten, wrap
from daemonctl.runtime.report_rows import Document

EVERY: Final = 2.0
"""Seconds between two looks."""

D = TypeVar("D", bound=Document)
D_contra = TypeVar("D_contra", bound=Document, contravariant=True)

Rows = Mapping[tuple[str, ...], str]
"""What of a document is told row by row: a change of a row, or its end, is news."""


def _equal(old: object, new: object) -> bool:
    return old == new


class Watched(Struct, Generic[D], frozen=True):
    """Something to look at, and its three faces."""

    title: str
    look: Callable[[], D]  # raises FailError
    lines: Callable[[D, datetime], Iterable[str]]
    rows: Callable[[D], Rows]
    same: Callable[[D, D], bool] = _equal  # whether nothing that matters has changed


class Face(Protocol[D_contra]):
    """Where it is shown."""

    def see(self, document: D_contra) -> None:
        """A look that found something."""
        ...

    def miss(self, words: str) -> None:
        """A look that failed; the last one that did not is still shown."""
        ...


def watch(
    watched: Watched[D],
    output: str,
    *,
    face: Face[D] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Looks until Ctrl-C, which is no failure. Raises FailError where the first look fails."""
    shown = face or _face(watched, output)
    try:
        shown.see(watched.look())
        while True:
            sleep(EVERY)
            try:
                document = watched.look()
            except FailError as error:
                shown.miss(error.message)
            else:
                shown.see(document)
    except KeyboardInterrupt:
        return


def _face(watched: Watched[D], output: str) -> Face[D]:
    if output == "json":
        return JsonLines(watched)
    return Screen(watched) if sys.stdout.isatty() else Log(watched)


class _Told:
    """Breaks and their ends, once each, on stderr."""

    def __init__(self) -> None:
        self._missed = False

    def missed(self, words: str) -> None:
        if not self._missed:
            self._missed = True
            warn(f"{words}; it is asked again every {EVERY:g} s")

    def answered(self) -> None:
        if self._missed:
            self._missed = False
            warn("the controller answers again")


class JsonLines(Generic[D]):
    """A document a line, whenever something that matters changed."""

    def __init__(self, watched: Watched[D]) -> None:
        self._same = watched.same
        self._last: D | None = None
        self._told = _Told()

    def see(self, document: D) -> None:
        self._told.answered()
        if self._last is None or not self._same(self._last, document):
            print_json_line(document)
        self._last = document

    def miss(self, words: str) -> None:
        self._told.missed(words)


class Log(Generic[D]):
    """Rows with their time, those that changed."""

    def __init__(self, watched: Watched[D]) -> None:
        self._rows = watched.rows
        self._last: Rows = {}
        self._told = _Told()

    def see(self, document: D) -> None:
        self._told.answered()
        rows = self._rows(document)
        at = f"{now():%H:%M:%S}"
        for line in _changes(self._last, rows):
            click.echo(f"{at}  {line}")
        self._last = rows

    def miss(self, words: str) -> None:
        self._told.missed(words)


def _changes(old: Rows, new: Rows) -> Iterator[str]:
    for key, line in new.items():
        if old.get(key) != line:
            yield plain(line)
    for key, line in old.items():
        if key not in new:
            yield f"gone: {plain(line)}"


def fitted(lines: list[str], room: int) -> list[str]:
    """No more lines than there is room for: out of the middle, a short last paragraph stays."""
    if len(lines) <= room:
        return lines
    end = lines[len(lines) - lines[::-1].index("") :] if "" in lines else []
    end = end if len(end) <= room // 3 else []
    top = lines[: room - 1 - len(end)]
    return [*top, f"… {len(lines) - len(top) - len(end)} more lines", *end]


class Screen(Generic[D]):
    """One picture on a terminal, drawn over the last one; what does not fit is counted."""

    def __init__(self, watched: Watched[D]) -> None:
        self._watched = watched
        self._last: D | None = None
        self._drawn = 0

    def see(self, document: D) -> None:
        self._last = document
        self._draw([])

    def miss(self, words: str) -> None:
        self._draw([*wrap("! ", f"{words}; below is what it said last"), ""])

    def _draw(self, above: list[str]) -> None:
        at = datetime.now(UTC)
        size = shutil.get_terminal_size()
        found = [] if self._last is None else self._watched.lines(self._last, at)
        title = f"{self._watched.title}, every {EVERY:g} s, {at:%H:%M:%S} UTC; Ctrl-C ends it"
        lines = [title, "", *above, *found]
        lines = fitted(lines, max(3, size.lines - 1))
        up = f"\x1b[{self._drawn}A" if self._drawn else ""
        body = "".join(f"{coloured(shorten(line, size.columns))}\x1b[K\n" for line in lines)
        click.echo(f"{up}\r{body}\x1b[J", nl=False, color=True)
        self._drawn = len(lines)
