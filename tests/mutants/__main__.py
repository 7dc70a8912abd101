"""Breaks each rule on purpose and sees whether a test catches it.

``python -m tests.mutants [PART OF A NAME …] [--list] [--jobs N]``; exit 0 only if all are caught,
1 if one is not, 2 if they could not be tried.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants import (
    api_breaks,
    around_breaks,
    check_breaks,
    consul_breaks,
    coverage_breaks,
    door_breaks,
    ghost_breaks,
    lease_breaks,
    leaving_breaks,
    needs_breaks,
    once_breaks,
    operator_breaks,
    page_breaks,
    planning_breaks,
    query_breaks,
    reserve_breaks,
    rollout_breaks,
    stop_breaks,
    takeover_breaks,
    unproven_breaks,
)
from tests.mutants.breaks import Break
from tests.mutants.tree import Outcome, broken_in, copy_to, fault, run

ALL = (
    *check_breaks.BREAKS,
    *query_breaks.BREAKS,
    *planning_breaks.BREAKS,
    *leaving_breaks.BREAKS,
    *lease_breaks.BREAKS,
    *needs_breaks.BREAKS,
    *once_breaks.BREAKS,
    *stop_breaks.BREAKS,
    *consul_breaks.BREAKS,
    *coverage_breaks.BREAKS,
    *ghost_breaks.BREAKS,
    *takeover_breaks.BREAKS,
    *around_breaks.BREAKS,
    *reserve_breaks.BREAKS,
    *operator_breaks.BREAKS,
    *api_breaks.BREAKS,
    *door_breaks.BREAKS,
    *page_breaks.BREAKS,
    *rollout_breaks.BREAKS,
    *unproven_breaks.BREAKS,
)


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    options = _options(arguments)
    chosen = [one for one in ALL if not options.names or any(n in one.name for n in options.names)]
    if options.list:
        _tell(*(one.name for one in chosen))
        return 0
    faults = [f"{one.name}: {why}" for one in chosen if (why := fault(one))]
    if faults or not chosen:
        _tell(*(faults or ["no break of that name"]))
        return 2
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(options.jobs):
            copies.put(copy_to(Path(place) / str(number)))
        if not _sound(copies, chosen):
            return 2
        caught = _strike(copies, chosen, options.jobs)
    _tell(f"caught {caught} of {len(chosen)}")
    return 0 if caught == len(chosen) else 1


def _tell(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only breaks with this in a name")
    parser.add_argument("--list", action="store_true", help="only tell their names")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once (default: 2)")
    return parser.parse_args(arguments)


def _sound(copies: SimpleQueue[Path], chosen: Sequence[Break]) -> bool:
    """Whether the tests pass where nothing is broken: else a failure would prove nothing."""
    tests = list(dict.fromkeys(path for one in chosen for path in one.tests))
    copy = copies.get()
    outcome, said = run(copy, tests)
    copies.put(copy)
    if outcome is not Outcome.MISSED:
        _tell("the tests do not pass before anything is broken:", said)
    return outcome is Outcome.MISSED


def _strike(copies: SimpleQueue[Path], chosen: Sequence[Break], jobs: int) -> int:
    """Makes each break and tells of it, in the order of the table. How many were caught."""

    def one(broken: Break) -> tuple[Outcome, str, float]:
        copy, began = copies.get(), time.monotonic()
        try:
            with broken_in(copy, broken):
                outcome, said = run(copy, broken.tests)
        finally:
            copies.put(copy)
        return outcome, said, time.monotonic() - began

    caught = 0
    with ThreadPoolExecutor(jobs) as pool:
        for broken, (outcome, said, seconds) in zip(chosen, pool.map(one, chosen), strict=True):
            _tell(f"{outcome.value:8} {broken.name} ({seconds:.1f} s)")
            caught += outcome is Outcome.CAUGHT
            if outcome in (Outcome.NOT_RUN, Outcome.HUNG):
                _tell(said)
    return caught


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
