"""Breaks of the rules in ``daemonctl/planning``."""

from __future__ import annotations

from tests.mutants.breaks import Break

OVER_TIME = "tests/property/test_planner_in_time.py"
_ANY_CLUSTER = "tests/property/test_planner.py"
_WAITS = f"{_ANY_CLUSTER}::test_a_slot_that_waits_is_not_started"

_BOARD = "tests/unit/planning/test_board.py"


def planning(name: str, module: str, old: str, new: str, *tests: str) -> Break:
    """A break that the module's own tests catch, where no others are named."""
    own = (f"tests/unit/planning/test_{module}.py",)
    return Break(f"planning: {name}", f"daemonctl/planning/{module}.py", old, new, tests or own)


BREAKS = (
    planning(
        "spends although all is barred",
        "allot",
        "if counter.allowance.barred is not None:",
        "if False:",
    ),
    # whether a daemon should run
    planning(
        "starts where the agent is away",
        "eligibility",
        "Should.RUN if instance.connected else Should.KEEP",
        "Should.RUN",
    ),
    planning(
        "starts on a DRAINING instance",
        "eligibility",
        'if instance.status != "ACTIVE" or not instance.ec2_id:',
        "if not instance.ec2_id:",
    ),
    planning(
        "places on EXTERNAL instances",
        "eligibility",
        "if instance.managed or elsewhere:",
        "if instance.managed:",
    ),
    planning(
        "one of many constraints is enough",
        "eligibility",
        "for expression in rule.displacing:",
        "for expression in rule.displacing[:1]:",
    ),
    planning(
        "a constraint on what moves displaces",
        "rules",
        "if any(s in _MOVING for s in subjects_of(e))",
        "if False",
    ),
    planning(
        "required attributes ignored",
        "eligibility",
        "if name not in has]",
        "if name in ()]",
    ),
    # readiness and order
    planning(
        "minReadySeconds ignored",
        "readiness",
        "if now < until:\n        words",
        "if False:\n        words",
    ),
    planning(
        "an old report counts as ready",
        "readiness",
        "        return LOST\n    if has_health_check and",
        "        pass\n    if has_health_check and",
    ),
    planning(
        "PENDING for ever is fine",
        "readiness",
        "if now < since + start_timeout:",
        "if True:",
    ),
    planning(
        "dependency ignored",
        "missing",
        "    _to_take_over,\n    _blocked,\n",
        "    _to_take_over,\n",
    ),
    planning(
        "any condition of a dependency is START",
        "readiness",
        "    return state.value is Ready.READY\n",
        '    return task.last_status == "RUNNING"\n',
    ),
    planning(
        "dependents come first",
        "rules",
        "key=lambda name: (depth[name], name)",
        "key=lambda name: (-depth[name], name)",
    ),
    # what keeps a start back
    planning(
        "start over a live task",
        "assess",
        "    elif live:\n",
        "    elif len(live) > 1:\n",
        "tests/unit/planning/test_present.py",
    ),
    planning(
        "start over a task that is stopping",
        "missing",
        "    _held,\n    _stopping,\n",
        "    _held,\n",
    ),
    planning(
        "start although one is in flight",
        "missing",
        "    _expected,\n    _held,\n",
        "    _held,\n",
        _WAITS,
    ),
    planning(
        "start in a backoff",
        "missing",
        "    _unfit,\n    _backing_off,\n",
        "    _unfit,\n",
        _WAITS,
    ),
    planning(
        "a hold never ends a start",
        "missing",
        "    _held,\n    _stopping,\n",
        "    _stopping,\n",
    ),
    planning(
        "no limit of writes",
        "remember",
        "WRITES_PER_WINDOW = 6",
        "WRITES_PER_WINDOW = 60",
        f"{OVER_TIME}::test_six_writes_a_minute_are_reached_and_not_passed",
    ),
    planning(
        "an ambiguous start is never looked up",
        "remember",
        "    if held is None:\n        return None\n    start",
        "    if held is None or held.ambiguous:\n        return None\n    start",
        "tests/unit/planning/test_missing.py",
    ),
    # failures
    planning("backoff not doubled", "backoff", "* 2**doublings", "* doublings"),
    planning(
        "backoff without a maximum", "backoff", "min(restart.max_seconds, restart", "max(0, restart"
    ),
    planning(
        "series not reset by a stable run",
        "backoff",
        "streak = 1 if stable or series is None",
        "streak = 1 if series is None",
    ),
    planning(
        "series not reset while it runs",
        "present",
        "    if now >= at:\n        return entry, structs.replace(memory, failure=None)\n",
        "",
    ),
    planning(
        "a crash counted again and again",
        "backoff",
        "task.arn not in counted and crashed(task)",
        "crashed(task)",
    ),
    planning("our own stop is a crash", "backoff", " or task.stopped_reason.startswith(OURS)", ""),
    planning("an absent agent is a crash", "outcomes", "if reason in _PASSING:", "if False:"),
    planning(
        "access denied fails only the daemon", "outcomes", '    "AccessDeniedException",\n', ""
    ),
    planning(
        "a failure of the cluster holds nobody",
        "allot",
        "if _holds(counter.cluster, counter.now) or _holds(backoff, counter.now):",
        "if _holds(backoff, counter.now):",
    ),
    # room
    planning(
        "ports meaning inverted",
        "fit",
        "needs.tcp & (remaining.tcp | promised.tcp)",
        "needs.tcp - (remaining.tcp | promised.tcp)",
    ),
    planning(
        "the same room promised twice",
        "missing",
        "    if entry.flags & STARTING or entry.start is not None:\n",
        "    if False:\n",
    ),
    planning(
        "probe never comes",
        "missing",
        "    elif probe <= case.scene.now and",
        "    elif probe < 0 and",
        f"{OVER_TIME}::test_a_daemon_without_room_is_probed_at_its_pace_and_started_when_there_is_some",
    ),
    planning(
        "probe comes all the time",
        "outcomes",
        "now + restart.max_seconds",
        "now",
        f"{OVER_TIME}::test_a_daemon_without_room_is_probed_at_its_pace_and_started_when_there_is_some",
    ),
    # views and budgets
    planning("stale view acts", "allot", "if counter.now > observed.as_of + ", "if 0 > "),
    planning("partial view acts", "allot", "if not observed.complete:", "if False:"),
    planning("eleven instances in a call", "allot", "BATCH = 10", "BATCH = 11"),
    planning(
        "more calls than tokens",
        "allot",
        "if len(made) >= calls:",
        "if False:",
    ),
    planning(
        "tried again though nobody could look",
        "remember",
        "unknown = start and not held.looked",
        "unknown = False",
        "tests/unit/planning/test_missing.py",
    ),
    planning(
        "a start may take for ever",
        "braking",
        "code is Code.START_TIMEOUT:",
        "code is None:",
        _BOARD,
    ),
    planning("slow start never brakes", "slowstart", "BRAKE_AFTER = 3", "BRAKE_AFTER = 300"),
    planning(
        "slow start is never released", "braking", "turn.mended.append(rule.index)", "pass", _BOARD
    ),
    planning(
        "the brake forgets what is starting",
        "allot",
        "slow.limit - counter.tallies[rule.index].starting",
        "slow.limit",
    ),
    planning(
        "what this plan takes is not counted",
        "spending",
        "self.taken.get(rule.index, 0) + 1",
        "self.taken.get(rule.index, 0)",
        "tests/unit/planning/test_rollouts_planned.py",
        "tests/unit/planning/test_sick.py",
    ),
    # the board
    planning(
        "its own writes are not looked at again",
        "board",
        "(*arns, *self._acted, *self._alarms.due(now))",
        "(*arns, *self._alarms.due(now))",
        "tests/unit/planning/test_board.py",
    ),
    planning(
        "time alone changes nothing",
        "board",
        "(*arns, *self._acted, *self._alarms.due(now))",
        "(*arns, *self._acted)",
    ),
    planning(
        "a host that is gone still counts",
        "board",
        "            shift(self.tallies, old.entries, -1)\n",
        "            pass\n",
    ),
    planning(
        "a gone host's starts stay",
        "board",
        "                self._wants.starts[rule.index].put(old.zone, arn, None)\n",
        "                pass\n",
        "tests/unit/planning/test_board.py",
    ),
    planning(
        "a gone host's stops stay",
        "board",
        "                    queues[rule.index].put(old.zone, arn, None)\n",
        "                    pass\n",
        "tests/unit/planning/test_board.py",
    ),
    planning(
        "a plan forgets what it sent",
        "board",
        "turn.slots[slot] = sent(turn.slot(slot), kind_of(action), now)",
        "pass",
        "tests/unit/planning/test_board.py",
    ),
    planning(
        "hosts in the order they came",
        "queue",
        "            insort(self._order, (zone, arn))\n",
        "            self._order.append((zone, arn))\n",
    ),
)
