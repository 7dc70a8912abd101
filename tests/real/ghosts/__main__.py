"""``python -m tests.real.ghosts [ROUNDS]``: how long from a host lost to a clean catalog."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.real.ghosts.yard import FORCE, GHOSTS, READS, Yard


def main(rounds: int) -> None:
    """Prints each round and the median, in seconds."""
    took = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Yard(Path(folder), rounds + 1, (READS, GHOSTS, FORCE)) as yard,
    ):
        for lost in yard.ec2[:rounds]:
            began = time.monotonic()
            yard.terminate(lost)
            yard.gone(lost)
            took.append(time.monotonic() - began)
            sys.stdout.write(f"{lost} {took[-1]:.1f}\n")
    sys.stdout.write(f"host lost to catalog clean: median {statistics.median(took):.1f} s\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
