"""What was measured, told as a table when the suite ends."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class Figures:
    """Rows by scenario and what was measured; of several values the median is told."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str], list[float]] = {}

    def add(self, scenario: str, what: str, value: float, unit: str = "s") -> None:
        self._rows.setdefault((scenario, what, unit), []).append(value)

    @contextmanager
    def timed(self, scenario: str, what: str) -> Iterator[None]:
        """Seconds of the block, if it comes to its end."""
        began = time.monotonic()
        yield
        self.add(scenario, what, time.monotonic() - began)

    def tell(self, reporter: pytest.TerminalReporter) -> None:
        """Write the table, if there is one, at the end of a run of pytest."""
        lines = self.lines()
        if lines:
            reporter.section("measured")
            for line in lines:
                reporter.write_line(line)

    def lines(self) -> list[str]:
        """The table; empty where nothing was measured."""
        lines = []
        for (scenario, what, unit), values in self._rows.items():
            figure = (
                f"{statistics.median(values):8.2f} {unit}"
                if unit == "s"
                else f"{values[-1]:8g} {unit}"
            )
            more = f"  (median of {len(values)}, {min(values):.2f} to {max(values):.2f})"
            lines.append(f"{scenario:<26}{what:<62}{figure}{more if len(values) > 1 else ''}")
        return lines
