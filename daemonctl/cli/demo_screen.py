"""Where the demo is told: lines with their second, and on a terminal a table that lives."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from daemonctl.cli.table import WIDTH, plain, shorten, wrap
from daemonctl.runtime.report import DaemonStatus, InstanceRow

_MARKS = {"READY": ("●", "green"), "OUTDATED": ("●", "green"), "RESTART": ("●", "green"),
          "BACKOFF": ("✕", "red"),
          "NO_FIT": ("-", "yellow"), "BLOCKED": ("·", "dim")}  # fmt: skip
_OTHER = ("○", "yellow")  # on its way
_LEGEND = "● ready  ○ on its way  ✕ backs off  · waits  - no room; a mark a daemon"
_INDENT = 11


class Screen:
    """Prints lines; ``live``: a terminal shows below them how things stand."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=False)
        self.live = self._console.is_terminal and not self._console.is_dumb_terminal
        self._live = Live(console=self._console, transient=True, refresh_per_second=10)
        self._began = time.monotonic()
        self._spinner = Spinner("dots", style="cyan")
        self._last: RenderableType = Text("")

    def open(self) -> None:
        """From here on a terminal lives."""
        if self.live:
            self._live.start()

    def close(self) -> None:
        """What lives goes; the lines stay."""
        if self.live:
            self._live.stop()

    def elapsed(self) -> float:
        """Seconds since the demo began."""
        return time.monotonic() - self._began

    def title(self, words: str) -> None:
        """A paragraph's head."""
        self._print("", "")
        self._print(words, "bold")

    def line(self, words: str) -> None:
        """Something that was seen, with its second."""
        self._told(words, "")

    def good(self, words: str) -> None:
        """The good end."""
        self._told(words, "bold green")

    def bad(self, words: str) -> None:
        """What did not hold."""
        self._told(words, "bold red")

    def text(self, words: str = "") -> None:
        """A line as it is: to be copied."""
        self._print(words, "")

    def waiting(
        self, words: str, daemons: Sequence[DaemonStatus], instances: Sequence[InstanceRow]
    ) -> None:
        """What is looked for now, and how everything stands."""
        if not self.live:
            return
        now = f"{self.elapsed():6.1f} s  {plain(words)}"
        self._spinner.update(text=Text(shorten(now, WIDTH - 2), style="dim"))
        if daemons:
            self._last = _picture(daemons, instances)
        self._live.update(Group(Text(""), self._spinner, self._last))

    def _told(self, words: str, style: str) -> None:
        self._spinner.update(text="")  # what it waited for has come
        label = f"{self.elapsed():7.1f} s  "
        for line in wrap(label, words):
            self._print(line, style)

    def _print(self, words: str, style: str) -> None:
        # Longer lines are for copying: the terminal may break them, we must not.
        self._console.print(Text(words, style=style), soft_wrap=True)
        self._console.file.flush()


def _picture(daemons: Sequence[DaemonStatus], instances: Sequence[InstanceRow]) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("DAEMON")
    for name in ("DESIRED", "CURRENT", "READY"):
        table.add_column(name, justify="right")
    table.add_column("WAITS")
    for each in daemons:
        waits = ", ".join(f"{count} {code}" for code, count in each.blocked.items())
        ready = Text(str(each.ready), style="green" if each.ready == each.desired else "yellow")
        table.add_row(each.name, str(each.desired), str(each.current), ready, waits)
    return Padding(Group(table, Text(""), *_zones(daemons, instances)), (1, 0, 0, _INDENT))


def _zones(daemons: Sequence[DaemonStatus], instances: Sequence[InstanceRow]) -> list[Text]:
    """A line a zone, a mark a daemon on each of its hosts, in the order of the table above."""
    lines = []
    for zone in sorted({each.zone for each in instances}):
        line = Text(f"{zone}  ", style="dim")
        for row in (each for each in instances if each.zone == zone):
            codes = {each.daemon: each.code for each in row.verdicts}
            for daemon in daemons:
                mark, style = _MARKS.get(codes.get(daemon.name, ""), _OTHER)
                line.append(mark, style=f"not dim {style}")
            line.append("  ")
        lines.append(line)
    return [*lines, Text(_LEGEND, style="dim")] if lines else []
