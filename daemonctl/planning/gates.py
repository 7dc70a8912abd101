"""The gate of one host: open while all required daemons there are ready, closed otherwise.

What is unknown keeps its value. The gate is an attribute of the container instance, so services
whose tasks ask for it are placed nowhere else; absent is closed.
"""

from __future__ import annotations

from math import ceil

from msgspec import structs

from daemonctl.model.memory import NOTHING, GateMark, Kind, SlotMemory
from daemonctl.model.reason import Code
from daemonctl.planning.assessment import AVAILABLE, DESIRED, GateEntry, WantGate
from daemonctl.planning.eligibility import Should
from daemonctl.planning.remember import WRITE_WINDOW_SECONDS, WRITES_PER_WINDOW, recent
from daemonctl.planning.scene import Scene, soonest

_UNSURE = (Code.SETTLING, Code.UNKNOWN, Code.DUPLICATE)
"""Verdicts that neither open a gate nor close it, of a daemon that is not available."""

READY = "its required daemons are ready"


def look(scene: Scene, held: SlotMemory) -> tuple[GateEntry | None, SlotMemory]:
    """The gate of a host whose daemons have been looked at."""
    spec, host = scene.rules.desired.gate, scene.host
    if spec is None or scene.should not in (Should.RUN, Should.KEEP):
        return None, NOTHING
    opened = host.instance.attributes.values.get(spec.attribute) == "true"
    ready, words = _ready(scene)
    held = tidy(held, scene.now)
    before = held.gate or GateMark()
    back = ready is True and host.disconnected_since is None
    away = (before.away or host.disconnected_since is not None) and not back
    turns = ready is not None and ready is not opened
    since = (scene.now if before.since is None else before.since) if turns else None
    mark = GateMark(since, away, before.alone)
    held = structs.replace(held, gate=None if mark == GateMark() else mark)
    expected, failure = held.expectation, held.failure
    entry = GateEntry(
        opened,
        closing=expected is not None and expected.kind is Kind.CLOSE,
        refused="" if failure is None else failure.words,
    )
    if ready is None or since is None:
        return structs.replace(entry, wake=free_at(held)), held
    at_once = not ready and away and host.instance.connected
    wait = spec.open_after_seconds if ready else (0.0 if at_once else spec.close_after_seconds)
    at = ceil(since + wait) if wait else since  # on whole seconds: ten go into one call
    busy = free_at(held)
    if busy is not None or scene.now < at:
        return structs.replace(entry, wake=soonest(busy, at) if scene.now < at else busy), held
    want = WantGate(ready, before.alone, READY if ready else words)
    return structs.replace(entry, want=want), held


def _ready(scene: Scene) -> tuple[bool | None, str]:
    """Whether all required daemons that belong here are ready; None: that cannot be said now."""
    unsure = False
    for rule, entry in zip(scene.rules.daemons, scene.entries, strict=True):
        if not rule.spec.required or not entry.flags & DESIRED or entry.flags & AVAILABLE:
            continue
        code = entry.verdict.code
        if code not in _UNSURE:
            return False, f"{rule.name} is {code}"
        unsure = True
    return (None, "") if unsure else (True, "")


def tidy(held: SlotMemory, now: float) -> SlotMemory:
    """The memory of an attribute without what is over."""
    expected, hold = held.expectation, held.hold
    return structs.replace(
        held,
        expectation=expected if expected is not None and now < expected.expires else None,
        hold=hold if hold is not None and now < hold.until else None,
        writes=recent(held.writes, now),
    )


def free_at(held: SlotMemory) -> float | None:
    """Until when an attribute is left alone, None where it may be written."""
    if held.expectation is not None:
        return held.expectation.expires
    if held.hold is not None:
        return held.hold.until
    if len(held.writes) >= WRITES_PER_WINDOW:
        return held.writes[0] + WRITE_WINDOW_SECONDS
    return None
