"""How long a plan takes on a converged cluster, and what its objects weigh."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from statistics import median

from daemonctl.check import check
from daemonctl.model.memory import Memory
from daemonctl.model.observed import Observed
from daemonctl.model.plan import INFINITE
from daemonctl.planning.board import Board
from daemonctl.planning.planner import plan
from tests.bench.clusters import NOW, converged, desired

ROUNDS = 15


def run(instances: int, daemons: int) -> dict[str, float]:
    """The figures: milliseconds as medians of 15; bytes per host and task held."""
    tracemalloc.start()
    wanted, observed = desired(daemons), converged(instances, daemons)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    memory = Memory()
    board = Board(wanted)
    first = board.replan(observed, memory, None, INFINITE, NOW)
    if first.actions:
        raise SystemExit("a converged cluster was planned to change")
    changed = list(observed.hosts)[instances // 2 : instances // 2 + 1]
    return {
        "instances": instances,
        "daemons": daemons,
        "full_ms": _timed(lambda: plan(wanted, observed, memory, INFINITE, NOW)),
        "replan_ms": _timed(lambda: board.replan(observed, memory, changed, INFINITE, NOW)),
        "check_ms": _timed(lambda: check(first.actions, wanted, observed, memory, NOW)),
        "bytes_per_object": round(held / (instances * (daemons + 1))),
        "yardstick_ms": _timed(lambda: _yardstick(observed)),
    }


def _yardstick(observed: Observed) -> int:
    """A plain loop that reads every host and task once: what any plan must cost at least."""
    ready = 0
    for host in observed.hosts.values():
        for task in host.tasks:
            if task.last_status == "RUNNING":
                ready += 1
    return ready


def _timed(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return round(median(times), 4)
