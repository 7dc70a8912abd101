"""One row for each way to break an invariant: a plan that breaks it and no other one."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from tests.unit.check import (
    coverage_rows,
    drain_rows,
    gate_rows,
    lease_rows,
    once_rows,
    restart_rows,
    rollout_rows,
    start_rows,
    stop_rows,
    unused_rows,
)
from tests.unit.check.given import Case


class Row(Struct, frozen=True):
    """``words`` is the first sentence; ``also`` are invariants that catch the plan as well."""

    invariant: str
    words: str
    case: Case
    also: tuple[str, ...] = ()


def rows() -> list[Row]:
    return [
        Row(group.__name__, words, broken, also)
        for group in _GROUPS
        for words, broken, also in group()
    ]


_GROUPS: tuple[Callable[[], start_rows.Found], ...] = (
    start_rows.partial_view,
    start_rows.stale_view,
    start_rows.frozen,
    lease_rows.repair_only,
    start_rows.start_on_wrong_host,
    start_rows.start_over_live,
    start_rows.start_over_stopping,
    start_rows.dependency,
    stop_rows.foreign_stop,
    drain_rows.drain_order,
    unused_rows.unused,
    restart_rows.restart,
    coverage_rows.coverage,
    gate_rows.gate,
    once_rows.once_start,
    once_rows.once_mark,
    rollout_rows.rollout_stop,
    stop_rows.hold,
    stop_rows.write_rate,
    stop_rows.slot_twice,
    stop_rows.repair_without_survivor,
    stop_rows.budget,
)
