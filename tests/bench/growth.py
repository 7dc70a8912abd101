"""How plan, replan, check and memory grow with the cluster: the table of ``docs/growth.md``."""

from __future__ import annotations

import re
from pathlib import Path

from tests.bench import plan

SIZES = (1_250, 2_500, 5_000, 10_000, 20_000)
ROUNDS = 3
"""Times that every size is measured, one size after the other: other work comes and goes."""

DOCS = Path(__file__).parents[2] / "docs" / "growth.md"
_BEGIN, _END = "<!-- table: begin -->\n", "<!-- table: end -->\n"

Figures = dict[str, float]


def run(_instances: int, daemons: int, *, write: bool = True) -> dict[str, object]:
    """The figures of every size, and how they grow from the smallest to the largest.

    With ``write`` the table in the docs is replaced by this one.
    """
    rounds = [[plan.run(size, daemons) for size in SIZES] for _ in range(ROUNDS)]
    rows = [_quietest(of_size) for of_size in zip(*rounds, strict=True)]
    if write:
        page = DOCS.read_text(encoding="utf-8")
        DOCS.write_text(replaced(page, table(rows)), encoding="utf-8")
    first, last = rows[0], rows[-1]
    names = ("full_ms", "replan_ms", "check_ms", "bytes_per_object", "yardstick_ms")
    growth = {name: round(last[name] / first[name], 2) for name in names}
    return {"daemons": daemons, "instances_times": SIZES[-1] / SIZES[0], **growth, "rows": rows}


def table(rows: list[Figures]) -> str:
    """The figures in Markdown; ratios are to the yardstick of the same size."""
    head = (
        "| instances | full plan | to yardstick | replan | check | memory | yardstick |\n"
        "|---:|---:|---:|---:|---:|---:|---:|\n"
    )
    return head + "".join(_line(row) for row in rows)


def replaced(page: str, new: str) -> str:
    """The page with its table exchanged."""
    marked = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)
    if not marked.search(page):
        raise SystemExit(f"{DOCS.name}: the marks around its table are gone")
    return marked.sub(lambda _: _BEGIN + new + _END, page)


def _quietest(measured: tuple[Figures, ...]) -> Figures:
    """Of each median the least: what else the machine did can only have added to it."""
    return {name: min(row[name] for row in measured) for name in measured[0]}


def _line(row: Figures) -> str:
    instances, daemons = int(row["instances"]), int(row["daemons"])
    held = row["bytes_per_object"] * instances * (daemons + 1) / 2**20
    cells = (
        f"{instances:,}",
        f"{row['full_ms']:.1f} ms",
        f"{row['full_ms'] / row['yardstick_ms']:.0f}",
        f"{row['replan_ms']:.2f} ms",
        f"{row['check_ms']:.3f} ms",
        f"{held:.1f} MiB",
        f"{row['yardstick_ms']:.3f} ms",
    )
    return f"| {' | '.join(cells)} |\n"
