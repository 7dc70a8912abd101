"""Breaks of the rules about leases in ``daemonctl/planning`` and ``daemonctl/check``."""

from __future__ import annotations

from tests.mutants.breaks import Break
from tests.mutants.planning_breaks import planning

_WHO = "tests/unit/planning/test_leadership.py"
_REPAIR = "tests/unit/planning/test_repair_only.py"


BREAKS = (
    planning(
        "a lease counts from the answer",
        "leadership",
        "valid_until=sent_at + ttl)",
        "valid_until=now + ttl)",
        _WHO,
    ),
    planning(
        "an old failure says that the store is silent",
        "leadership",
        "return known.failed_at is not None and now - known.failed_at <= ttl",
        "return known.failed_at is not None",
        _WHO,
    ),
    planning(
        "a call that a pause outlived counts as a failure",
        "leadership",
        "return known if now - began > ttl else replace",
        "return replace",
        _WHO,
    ),
    planning(
        "one who never held it repairs at once",
        "leadership",
        "return rules.repair and silent and down(known, now, rules.ttl)",
        "return rules.repair and down(known, now, rules.ttl)",
        _WHO,
    ),
    planning(
        "WAIT repairs",
        "leadership",
        "return rules.repair and silent and down",
        "return silent and down",
        _WHO,
    ),
    planning(
        "a replica takes all that is free",
        "leadership",
        "return led < fair_share(clusters, replicas) or",
        "return led < clusters or",
        _WHO,
    ),
    planning(
        "it hands over at once",
        "leadership",
        " or now - crowded_since < rules.takeover:",
        ":",
        _WHO,
    ),
    planning(
        "a gap of another replica is filled",
        "repair_only",
        "if until is not None and counter.now < until:",
        "if until is None:",
        _REPAIR,
    ),
    planning(
        "a replica without the lease stops a duplicate as soon as the leader does",
        "repair_only",
        "        if counter.now < until:\n            counter.out.wait(until)\n",
        "        if counter.now < 0.0:\n            counter.out.wait(until)\n",
        _REPAIR,
    ),
    Break(
        "the check lets it",
        "daemonctl/check/view.py",
        "scene.now - made[1] < REPAIR_DUPLICATE_SECONDS",
        "scene.now - made[1] < 0.0",
        ("tests/unit/check",),
    ),
    planning(
        "the holder leaves its own gaps",
        "repair_only",
        " if ours and at >= repair.gaps_since else None",
        " if ours else None",
        _REPAIR,
    ),
    planning(
        "stops and gates go on while the store is down",
        "allot",
        "    if counter.repair is None:\n        counter.gates(counter)\n",
        "    if True:\n        counter.gates(counter)\n",
        _REPAIR,
    ),
    Break(
        "the check lets a voluntary stop pass while the store is down",
        "daemonctl/check/view.py",
        "            if write.voluntary or not isinstance(write.action, StopTask):\n",
        "            if not isinstance(write.action, StopTask):\n",
        ("tests/unit/check",),
    ),
    Break(
        "the check lets any gap be filled",
        "daemonctl/check/view.py",
        "        if last < max(repair.gaps_since, scene.now - REPAIR_GAP_SECONDS):\n",
        "        if last >= 0.0:\n",
        ("tests/unit/check",),
    ),
)
