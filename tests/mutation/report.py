"""What a run says: each survivor as it is found, a line a file, and whether that is good enough."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

from tests.mutation.explained import Explained, void, why
from tests.mutation.mutants import Mutant
from tests.mutation.strike import Tried


class Report:
    """Collects what became of mutants.

    ``made`` are all of the files that were looked at, ``chosen`` those that are tried.
    """

    def __init__(
        self, made: Sequence[Mutant], chosen: Sequence[Mutant], rows: Sequence[Explained]
    ) -> None:
        self._made = made
        self._left = Counter(one.file for one in chosen)
        self._rows = rows
        self._tried: list[Tried] = []
        self._unexplained = 0

    def tell(self, tried: Tried) -> None:
        """Takes one, and shows it if it survived and nobody said why it may; and its file's end."""
        self._tried.append(tried)
        if tried.survived and not why(tried.mutant, self._rows):
            self._unexplained += 1
            _show(tried)
        file = tried.mutant.file
        self._left[file] -= 1
        if not self._left[file]:
            say(_line(file, [one for one in self._tried if one.mutant.file == file]))

    def end(self, least: float) -> int:
        """Prints the whole score: the exit code. ``least``: the per cent that must be killed."""
        say(_line("all", self._tried))
        killed = [one.mutant for one in self._tried if not one.survived]
        faults = void(self._rows, self._made, killed)
        if self._unexplained:
            faults.append(f"{self._unexplained} survivors: kill them or explain them")
        if len(killed) * 100 < least * len(self._tried):
            faults.append(f"fewer than {least:g} % are killed")
        say(*faults)
        return 1 if faults else 0


def _show(tried: Tried) -> None:
    ran = f"{tried.tests} tests passed" if tried.tests else "no test runs it"
    say(
        f"survived  {tried.mutant.name} ({ran})",
        f"        - {tried.mutant.was}",
        f"        + {tried.mutant.becomes}",
    )


def say(*lines: str) -> None:
    """Prints lines at once, for whoever watches a long run."""
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _line(name: str, tried: Sequence[Tried]) -> str:
    killed = sum(not one.survived for one in tried)
    share = f"{100 * killed / len(tried):6.2f} %" if tried else "no mutants"
    return f"{name:45} {killed:5} of {len(tried):5} killed {share}"
