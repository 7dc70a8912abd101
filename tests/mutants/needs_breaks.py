"""Breaks of the rules about gates, restarts by dependency, and daemons that nobody needs."""

from __future__ import annotations

from tests.mutants.breaks import Break
from tests.mutants.planning_breaks import planning

_GATES = (
    "tests/unit/planning/test_gates.py",
    "tests/unit/planning/test_gatekeeper.py",
)
_ROWS = ("tests/unit/check/test_invariants.py", "tests/unit/check/test_check.py")


def _check(name: str, module: str, old: str, new: str) -> Break:
    return Break(f"check: {name}", f"daemonctl/check/{module}.py", old, new, _ROWS)


BREAKS = (
    planning("a gate minds no hysteresis", "gates", "or scene.now < at:", "or False:"),
    planning(
        "a gate closes on what is unknown",
        "gates",
        "        if code not in _UNSURE:\n",
        "        if True:\n",
    ),
    planning(
        "daemons that are not required keep a gate",
        "gates",
        "if not rule.spec.required or not",
        "if not",
    ),
    planning(
        "a gate of a draining host is kept",
        "gates",
        "if spec is None or scene.should not in (Should.RUN, Should.KEEP):",
        "if spec is None:",
    ),
    planning(
        "a host that comes back keeps its gate",
        "gates",
        "at_once = not ready and away and host.instance.connected",
        "at_once = False",
    ),
    planning(
        "any number of gates closes",
        "gatekeeper",
        "room, waiting = max(0, most - self._closed), list(self._closes)",
        "room, waiting = 5000, list(self._closes)",
        *_GATES,
    ),
    planning(
        "a call for more than ten gates",
        "gatekeeper",
        "if batch is None or len(batch) >= BATCH:",
        "if batch is None:",
        *_GATES,
    ),
    planning(
        "a gate refused in company is not tried alone",
        "gatekeeper",
        "batch = None if want.alone else open_.get(want.words)",
        "batch = open_.get(want.words)",
        *_GATES,
    ),
    planning(
        "a restart beside a dependency that is not ready",
        "restart",
        "or state is None or state[1].value is not Ready.READY:",
        "or state is None:",
    ),
    planning(
        "a restart that nobody asked for",
        "restart",
        "if not need.restart or state",
        "if state",
    ),
    planning(
        "a restart of what is younger",
        "restart",
        "return task.created_at < other.created_at",
        "return task.created_at != other.created_at",
    ),
    planning(
        "unused before the services were listed",
        "only_with",
        "known = all(name in scene.listed for name in spec.services)",
        "known = True",
    ),
    planning(
        "no lingering",
        "only_with",
        "    if scene.now < until:\n",
        "    if False:\n",
    ),
    planning(
        "a stopping task needs no daemon",
        "only_with",
        "if any(task.live or (runs and not task.stopped) for task in users):",
        "if any(task.live for task in users):",
    ),
    planning(
        "the dependency leaves first",
        "out_order",
        "if there and index in scene.unwanted:",
        "if False:",
        "tests/unit/planning/test_only_with.py",
    ),
    _check("closes any number of gates", "gate", "closed <= spec.max_closed.of(whole)", "True"),
    _check("opens beside what is not ready", "gate", 'return f"{name} is not ready there"', "pass"),
    _check(
        "sets a gate to what it is", "gate", "if _open(scene, host) is action.opened:", "if False:"
    ),
    _check(
        "restarts without a cause",
        "restart",
        "if not need.restart or other is None:",
        "if other is None:",
    ),
    _check("restarts what is younger", "restart", "one.created_at > born", "one.created_at != 0"),
    _check(
        "stops what is needed",
        "unused",
        'if task.last_status != "STOPPED" and any(',
        "if False and any(",
    ),
    _check("stops without lingering", "unused", 'return "lingerSeconds are not over"', 'return ""'),
    planning(
        "a restart by dependency leaves no write for the start",
        "restart",
        "busy_until(scene, memory, STOP_AND_START)",
        "busy_until(scene, memory)",
    ),
    planning(
        "a restart for coverage leaves no write for the start",
        "uncovered",
        "busy_until(scene, memory, STOP_AND_START)",
        "busy_until(scene, memory)",
    ),
    planning(
        "an unhealthy one's stop leaves no write for the start",
        "sick",
        "busy_until(scene, memory, STOP_AND_START)",
        "busy_until(scene, memory)",
    ),
    planning(
        "an update's stop leaves no write for the start",
        "outdated",
        "STOP_AND_START if ready else 1",
        "1",
    ),
    planning(
        "a broken task waits for room for both writes",
        "outdated",
        "STOP_AND_START if ready else 1",
        "STOP_AND_START",
    ),
)
