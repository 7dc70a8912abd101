"""``python -m tests.simulation [--from S] [--seeds N]``: exit 0 only if every seed holds."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.simulation.run import Result, run
from tests.simulation.table import never_struck, table

TRUSTED = 300
"""From so many seeds on, a kind of fault that never struck is a failure."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="S")
    parser.add_argument("--seeds", type=int, default=300, metavar="N")
    parser.add_argument("--keep-going", action="store_true", help="do not end at the first breach")
    parser.add_argument("--trace", action="store_true", help="print each seed's digest")
    asked = parser.parse_args()
    began, hits, failed = time.perf_counter(), Counter[str](), 0
    done = 0
    for seed in range(asked.first, asked.first + asked.seeds):
        result = run(seed)
        done += 1
        hits += result.hits
        if asked.trace:
            say(f"{seed} {result.digest}")
        if result.breaches:
            failed += 1
            tell(result)
            if not asked.keep_going:
                break
    say(table(hits))
    missed = never_struck(hits) if asked.seeds >= TRUSTED and not failed else []
    if missed:
        say(f"never struck: {', '.join(missed)}")
    per_seed = (time.perf_counter() - began) / done
    say(f"{done} seeds, {failed} failed, {per_seed:.3f} seconds per seed")
    return 1 if failed or missed else 0


def tell(result: Result) -> None:
    """A breach: what, where, and how to see it again."""
    for breach in result.breaches:
        say(f"seed {result.seed}: invariant {breach.invariant}: {breach.words}")
    for line in result.tail:
        say(line)
    say(f"replay: python -m tests.simulation --from {result.seed} --seeds 1")


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


if __name__ == "__main__":
    raise SystemExit(main())
