"""Breaks of the rules that keep the room which an update frees."""

from __future__ import annotations

from tests.mutants.planning_breaks import planning

_RESERVE = "tests/unit/planning/test_reserve.py"

BREAKS = (
    planning(
        "what anybody has freed is kept",
        "reserve",
        "    return bool(own) and lost_by_us(own, other.spec, fails=False)\n",
        "    return bool(own)\n",
        _RESERVE,
    ),
    planning(
        "room is kept beside a task that is there",
        "reserve",
        "    if live:\n",
        "    if False:\n",
        _RESERVE,
    ),
    planning(
        "room is kept only once the stop is seen",
        "reserve",
        "        return live == 1 and scene.under_way(other, Kind.STOP) is not None",
        "        return False",
        _RESERVE,
    ),
    planning(
        "a duplicate's stop keeps room",
        "reserve",
        "return live == 1 and scene",
        "return scene",
        _RESERVE,
    ),
    planning(
        "a misfit is tried beside the start of another",
        "missing",
        " and not others_start(case.scene, case.rule)",
        "",
        _RESERVE,
    ),
    planning(
        "a start that is under way does not count as one",
        "reserve",
        "        _starts(scene, other) or scene.under_way(other, Kind.START) is not None\n",
        "        _starts(scene, other)\n",
        _RESERVE,
    ),
    planning(
        "a misfit is tried and an update stops in one plan",
        "voluntary",
        "        if arn in counter.probed:",
        "        if False:",
        _RESERVE,
    ),
    planning(
        "the try of a misfit goes with other starts",
        "allot",
        "same = (want.definition, want.overrides, want.probe)",
        "same = (want.definition, want.overrides, False)",
        _RESERVE,
    ),
    planning(
        "every start keeps updates from the host",
        "allot",
        "        if want.probe:\n",
        "        if True:\n",
        _RESERVE,
    ),
    planning(
        "an update stops while a misfit is tried",
        "assess",
        "        wake = soonest(wake, reserve.hold_back(scene))\n",
        "        pass\n",
        _RESERVE,
    ),
    planning(
        "a duplicate waits for the try of a misfit",
        "reserve",
        "entry.stop is not None and entry.stop.kind is StopKind.VOLUNTARY:",
        "entry.stop is not None:",
        _RESERVE,
    ),
    planning(
        "a canary that cannot be updated stays one",
        "steering",
        "        canaries = tuple(arn for arn in there if not _in_vain(seen, rule, arn))\n",
        "        canaries = tuple(there)\n",
        "tests/unit/planning/test_canaries.py",
    ),
    planning(
        "a canary with two tasks is given up",
        "steering",
        "(BEHIND | UPDATED | DUPLICATED)",
        "(BEHIND | UPDATED)",
        "tests/unit/planning/test_canaries.py",
    ),
    planning(
        "a start under way keeps room",
        "scene",
        " or held.expectation.kind is not kind:\n",
        ":\n",
        _RESERVE,
    ),
    planning(
        "those that need each other wait for each other",
        "reserve",
        "        found += (i for i in scene.rules.daemons[index].dependents if i not in found)\n",
        "        pass\n",
        _RESERVE,
    ),
    planning(
        "what is needed by way of another waits",
        "reserve",
        "    for index in found:\n",
        "    for index in (rule.index,):\n",
        _RESERVE,
    ),
    planning(
        "what starts is kept room for twice",
        "reserve",
        "    return entry.start is not None or bool(entry.flags & STARTING)\n",
        "    return False\n",
        _RESERVE,
    ),
)
