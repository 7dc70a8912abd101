"""`instances` as text: a row an instance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.cli.table import WIDEST, WIDTH, count_of, table, wrap
from daemonctl.runtime.report import InstanceRow, InstancesPage
from daemonctl.runtime.report_rows import VerdictRow

_NOT_HERE = ("DRAINING", "INELIGIBLE", "CONSTRAINT", "MISPLACED", "UNUSED")
_THERE = ("READY", "DONE", "OUTDATED", "RESTART", "DUPLICATE")


def instances_lines(
    pages: Sequence[InstancesPage], *, headers: bool = True, wide: bool = False
) -> Iterator[str]:
    """A table a cluster; without ``headers`` only its rows. ``wide`` cuts nothing."""
    for number, page in enumerate(pages):
        if headers:
            yield from [""] if number else []
            yield f"{page.cluster}: {count_of(page.total, 'instance')}"
        if page.instances:
            gated = any(each.gate for each in page.instances)
            rows = [_row(each, gated=gated, wide=wide) for each in page.instances]
            lines = table(_header(gated=gated, wide=wide), rows, WIDEST if wide else WIDTH)
            yield from lines if headers else lines[1:]
            yield from _summary(page) if headers else ()


def _summary(page: InstancesPage) -> Iterator[str]:
    """What lacks on how many, behind a table that may be longer than the screen."""
    lacking = [each for each in page.instances if _lacks(each)]
    if not lacking:
        return
    counts: dict[str, int] = {}
    for row in lacking:
        for each in _lacks(row):
            told = f"{each.code} {each.daemon}"
            counts[told] = counts.get(told, 0) + 1
    words = ", ".join(f"{told} on {count}" for told, count in counts.items())
    yield ""
    yield from wrap("", f"Not ready on {count_of(len(lacking), 'instance')}: {words}")
    yield f"  next: daemonctl explain {lacking[0].ec2_instance_id or lacking[0].id}"


def _lacks(row: InstanceRow) -> list[VerdictRow]:
    """The daemons that should be there, and are not or not yet."""
    return [each for each in row.verdicts if each.code not in (*_NOT_HERE, *_THERE)]


def _header(*, gated: bool, wide: bool) -> tuple[str, ...]:
    gate = ("GATE",) if gated else ()
    ident = ("CONTAINER INSTANCE",) if wide else ()
    return ("INSTANCE", *ident, "ZONE", "STATUS", *gate, "DAEMONS", "WHY NOT")


def status_of(row: InstanceRow) -> str:
    """ECS's status, and DISCONNECTED where the agent of an ACTIVE one is."""
    return "DISCONNECTED" if row.status == "ACTIVE" and not row.agent_connected else row.status


def _row(row: InstanceRow, *, gated: bool, wide: bool) -> tuple[str, ...]:
    due = [each for each in row.verdicts if each.code not in _NOT_HERE]
    there = len(due) - len(_lacks(row))
    return (
        row.ec2_instance_id or row.id,
        *((row.id,) if wide else ()),
        row.zone or "-",
        status_of(row),
        *((row.gate or "-",) if gated else ()),
        f"{there}/{len(due)}",
        why_not(row.verdicts),
    )


def why_not(verdicts: Sequence[VerdictRow]) -> str:
    """Every daemon that is not simply ready, or done, those of one verdict together."""
    by_code: dict[str, list[str]] = {}
    for each in verdicts:
        if each.code not in {"READY", "DONE"}:
            by_code.setdefault(each.code, []).append(each.daemon)
    return ", ".join(f"{code} {' '.join(names)}" for code, names in by_code.items())
