"""``make bench-leader``: from a leader's end to the next one acting, on a real Consul.

Medians of ten (``python -m tests.real.leader [ROUNDS]``). The lease counts once the next replica's
status says that it leads; acting is a container that died with the leader, replaced by it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.real.leader.replicas import TAKEOVER, TTL, Stage, until


def played(stage: Stage, *, killed: bool) -> tuple[float, float]:
    """Seconds until the next one leads, and until it has replaced a task that died meanwhile."""
    leader, standby = stage.pair()
    victim = stage.running()[0]
    began = time.monotonic()
    if killed:
        leader.kill()
    else:
        leader.child.terminate()
    stage.api.stop_task(cluster="local", task=victim)
    until(standby.leads, 2 * TAKEOVER, stage.said)
    led = time.monotonic() - began
    until(lambda: stage.replaced(victim), said=stage.said)
    acted = time.monotonic() - began
    leader.child.wait(30)
    return led, acted


def main(rounds: int) -> None:
    """Prints a line each."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        try:
            for words, killed in (("told to end", False), ("killed", True)):
                seen = [played(stage, killed=killed) for _ in range(rounds)]
                for what, column in (("leads", 0), ("acts", 1)):
                    values = sorted(row[column] for row in seen)
                    middle = statistics.median(values)
                    line = f"leader {words}, the next one {what}: median {middle:.2f} s of {rounds}"
                    line += f" ({values[0]:.2f} to {values[-1]:.2f}; ttlSeconds {TTL})"
                    sys.stdout.write(line + "\n")
                    sys.stdout.flush()
        finally:
            stage.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
