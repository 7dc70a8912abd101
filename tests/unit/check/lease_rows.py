"""Plans that do more than they may while the lock store is down."""

from __future__ import annotations

from daemonctl.model.lease import RepairOnly
from daemonctl.model.memory import Memory
from tests.unit.check.given import (
    AGENT,
    NOW,
    Case,
    case,
    host,
    observed,
    repair,
    start,
    stopped,
    task,
    voluntary,
)
from tests.unit.check.start_rows import Found

_STOPPED = "daemonctl: OUTDATED: agent:1"


def _down(gaps_since: float = 0.0) -> Memory:
    return Memory(repair=RepairOnly(gaps_since, "the lock store is down"))


def gap(ago: float, reason: str = _STOPPED, *, gaps_since: float = 0.0) -> Case:
    """A start where a task ended so many seconds before NOW."""
    ended = stopped("a", stopped_at=NOW - ago, stopped_reason=reason)
    return case(start(AGENT, 1), seen=observed(host(1, ended)), memory=_down(gaps_since))


def twice(ago: float) -> Case:
    """The repair of a duplicate whose second task was created so many seconds before NOW."""
    second = task("b", created_at=None, first_seen=NOW - ago)
    seen = observed(host(1, task("a"), second))
    return case(repair("b"), seen=seen, memory=_down())


def repair_only() -> Found:
    words = "agent on h1: only starts and repairs while the lock store is down"
    seen = observed(*(host(n, task(f"t{n}", n)) for n in range(1, 5)))
    young = "agent on h1: the duplicate is for whoever leads to stop"
    lately = "start of agent on h1: a daemonctl stopped a lately"
    return [
        (words, case(voluntary("t1", code="MISPLACED"), seen=seen, memory=_down()), ()),
        (young, twice(24.9), ()),
        (lately, gap(600.0), ()),
        (lately, gap(300.0, gaps_since=NOW - 300.0), ()),
    ]


def good() -> list[Case]:
    """At the very bound, and what a replica may do all the same."""
    both = observed(host(1, task("a"), task("b")))
    two = (
        stopped("a", stopped_at=NOW - 60.0, stopped_reason=_STOPPED),
        stopped("b", stopped_at=NOW - 50.0, stopped_reason="Essential container in task exited"),
    )
    return [
        gap(600.1),
        gap(300.0, gaps_since=NOW - 299.9),
        gap(10.0, "Essential container in task exited"),
        case(start(AGENT, 1), seen=observed(host(1, *two)), memory=_down()),
        case(repair("b"), seen=both, memory=_down()),
        twice(25.0),
        case(start(AGENT, 1), seen=observed(host(1)), memory=_down()),
    ]
