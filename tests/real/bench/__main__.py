"""``make bench-real``: daemonctl beside Docker Swarm's global services, on the same engines.

Each figure is a median. Images are on the hosts already, as a machine image would have them.
"""

from __future__ import annotations

import argparse
import sys

from tests.real.bench.ours import measure_ours
from tests.real.bench.swarm import measure_swarm
from tests.real.bench.table import Table
from tests.real.parts.lab import Lab
from tests.real.system.system import System

HOSTS = 3


def main() -> None:
    """Usage: ``python -m tests.real.bench [--runs N]``."""
    options = argparse.ArgumentParser(prog="python -m tests.real.bench")
    options.add_argument("--runs", type=int, default=10)
    runs = options.parse_args().runs
    table = Table()
    with Lab() as lab:
        system = System(lab, bench=True)
        try:
            for _ in range(HOSTS):
                system.add_host().host.ready()
            measure_ours(system, runs, table)
            for delay in (0, 5):
                measure_swarm(system, delay, runs, table)
        finally:
            system.close()
    sys.stdout.write("\n".join(table.lines()) + "\n")


if __name__ == "__main__":
    main()
