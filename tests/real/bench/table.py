"""The figures side by side."""

from __future__ import annotations

import statistics
import sys

OURS, SWARM, SWARM_LATER = "daemonctl", "Swarm, delay 0 s", "Swarm, delay 5 s"


class Table:
    """Seconds by what was measured and of whom."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, list[float]]] = {}

    def add(self, what: str, who: str, seconds: float) -> None:
        self._rows.setdefault(what, {}).setdefault(who, []).append(seconds)
        sys.stderr.write(f"{who}: {what}: {seconds:.2f} s\n")

    def lines(self) -> list[str]:
        """A Markdown table: medians, and ours as a multiple of Swarm's without delay."""
        who = (OURS, SWARM, SWARM_LATER)
        lines = [f"| median seconds | {' | '.join(who)} | ratio |", "|---|---|---|---|---|"]
        for what, found in self._rows.items():
            middle = {name: statistics.median(values) for name, values in found.items()}
            cells = [f"{middle[name]:.2f}" if name in middle else "" for name in who]
            both = OURS in middle and SWARM in middle
            ratio = f"{middle[OURS] / middle[SWARM]:.2f}" if both else ""
            lines.append(f"| {what} | {' | '.join(cells)} | {ratio} |")
        return lines
