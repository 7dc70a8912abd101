"""Invariant 1, second half: of visible duplicates one goes within 30 s.

The clock of a slot runs while some life knows of two live tasks there, by answers and events that
it was given, and nothing that the design names keeps it from acting: it starts anew when the set
changes, after a write to the slot failed, and while the instance is no place to act on or the view
is stale (invariant 5 goes first: nothing is done then, not even this).
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.simulation.life import Call, Life, Slot
from tests.simulation.truth import NEVER, Truth

GONE_WITHIN = 30.0
_UNSURE = 60.0
_THROTTLED = 30.0
_HELD = 5.0
_MANY = 5  # writes in a minute: the next one may be the last that is allowed


class Duplicates:
    """The slots with more than one live task, and since when which ones."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._since: dict[Slot, tuple[float, tuple[str, ...]]] = {}
        self._not_before: dict[Slot, float] = {}
        self._stale_at: dict[str, float] = {}  # by life: when its view was last seen to be stale

    def changed(self, arn: str, now: float) -> None:
        """A task changed: its slot is counted anew."""
        record = self._truth.records.get(arn)
        if record is None:
            return
        live = tuple(task.arn for task in self._truth.live(record.slot))
        if len(live) < 2:
            self._since.pop(record.slot, None)
        elif self._since.get(record.slot, (0.0, ()))[1] != live:
            self._since[record.slot] = (now, live)

    def hindered(self, slot: Slot, call: Call, now: float) -> None:
        """A write to the slot failed: what follows from that takes its time."""
        wait = {"ambiguous": _UNSURE, "throttled": _THROTTLED}.get(call.outcome, _HELD)
        until = call.sent_at + wait if call.outcome == "ambiguous" else now + wait
        self._not_before[slot] = max(until, self._not_before.get(slot, NEVER))

    def overdue(self, lives: Sequence[Life], now: float) -> str:
        """What should be gone by now, "" where nothing should."""
        for life in lives:
            oldest = min((life.read.get(what, NEVER) for what in self._lists()), default=NEVER)
            if now > oldest + self._truth.scenario.stale_after or not life.able:
                self._stale_at[life.name] = now
        for slot, (since, arns) in self._since.items():
            if now < since + GONE_WITHIN:
                continue
            for life in lives:
                base = self._base(life, slot, arns)
                if base is not None and now > max(since, base) + self._bound():
                    waited = now - max(since, base)
                    return f"{life.name} lets {len(arns)} tasks run at {slot} for {waited:.1f} s"
        return ""

    def _base(self, life: Life, slot: Slot, arns: tuple[str, ...]) -> float | None:
        """From when on the life could act, None where it cannot."""
        truth, scenario = self._truth, self._truth.scenario
        instance = truth.cluster.instances[slot[0]]
        told = sorted(life.told[arn] for arn in arns if arn in life.told)
        ready = instance.status == "ACTIVE" and instance.connected and truth.belongs(slot)
        if life.ended is not None or len(told) < 2 or not ready or slot[0] not in life.instances:
            return None
        reads = [life.first_read.get(what) for what in self._lists()]
        if None in reads:
            return None
        sent = life.sent.get(slot)
        known = max(truth.status_since.get(slot[0], NEVER), truth.flipped_at.get(slot[0], NEVER))
        return max(
            told[1],
            life.instances[slot[0]],
            *(read for read in reads if read is not None),
            self._not_before.get(slot, NEVER),
            life.throttled_at + _THROTTLED,
            self._stale_at.get(life.name, NEVER),
            known + scenario.blind,
            sent[0] + 60.0 if sent and len(sent) >= _MANY else NEVER,
        )

    def _lists(self) -> list[str]:
        names = [family.name for family in self._truth.scenario.families]
        both = [f"{name} {status}" for name in names for status in ("RUNNING", "STOPPED")]
        return ["instances", "own tasks", *both]

    def _bound(self) -> float:
        """30 s, and the way of the call; on top what faults take: late answers, resyncs."""
        scenario = self._truth.scenario
        late = sum(fault.size or 0.0 for fault in scenario.faults if fault.kind == "latency")
        return GONE_WITHIN + 2 * scenario.latency[1] + 2 * late + 1.0
