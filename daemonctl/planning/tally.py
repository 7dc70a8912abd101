"""Sums over hosts, kept up one host at a time."""

from __future__ import annotations

from collections.abc import Sequence

from daemonctl.model.reason import Code
from daemonctl.model.status import Counts
from daemonctl.planning.assessment import (
    AVAILABLE,
    CURRENT,
    DESIRED,
    DUPLICATED,
    LEAVING,
    MISSCHEDULED,
    RUNNING,
    STARTING,
    UPDATED,
    Entry,
)


class Tally:
    """How many slots of one daemon are in which state."""

    __slots__ = ("_kinds",)

    def __init__(self) -> None:
        self._kinds: dict[tuple[Code, int], int] = {}

    def add(self, entry: Entry, step: int) -> None:
        """Counts an entry in (``step`` 1) or out (-1)."""
        kind = (entry.verdict.code, entry.flags)
        left = self._kinds.get(kind, 0) + step
        if left:
            self._kinds[kind] = left
        else:
            del self._kinds[kind]

    def having(self, flag: int, without: int = 0) -> int:
        """How many slots carry the flag, and none of ``without``."""
        return sum(
            count
            for (_, flags), count in self._kinds.items()
            if flags & flag and not flags & without
        )

    @property
    def starting(self) -> int:
        """Slots with a start that is not ready yet."""
        return self.having(STARTING)

    @property
    def leaving(self) -> int:
        """Misplaced tasks that are on their way out."""
        return self.having(LEAVING)

    @property
    def codes(self) -> dict[Code, int]:
        """Slots by verdict, in the order of the codes."""
        sums: dict[Code, int] = {}
        for (code, _), count in self._kinds.items():
            sums[code] = sums.get(code, 0) + count
        return {code: sums[code] for code in Code if code in sums}

    def counts(self, foreign: int) -> Counts:
        """The daemon's numbers."""
        return Counts(
            desired=self.having(DESIRED),
            current=self.having(CURRENT),
            ready=self.having(RUNNING),
            updated=self.having(UPDATED),
            available=self.having(AVAILABLE),
            misscheduled=self.having(MISSCHEDULED),
            foreign=foreign,
            duplicates=self.having(DUPLICATED),
        )


def shift(tallies: Sequence[Tally], entries: Sequence[Entry], step: int) -> None:
    """Counts a host's entries in or out."""
    for tally, entry in zip(tallies, entries, strict=True):
        tally.add(entry, step)
