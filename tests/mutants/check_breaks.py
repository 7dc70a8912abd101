"""Breaks of the invariants in ``daemonctl/check``."""

from __future__ import annotations

from tests.mutants.breaks import Break

_UNIT = ("tests/unit/check",)
_ROWS = ("tests/unit/check/test_invariants.py",)
_PROPERTY = ("tests/property/test_check.py",)


def _check(name: str, module: str, old: str, new: str, tests: tuple[str, ...] = _UNIT) -> Break:
    return Break(f"check: {name}", f"daemonctl/check/{module}.py", old, new, tests)


BREAKS = (
    _check(
        "acts on a partial view",
        "view",
        "if not scene.observed.complete:",
        "if False:",
        _PROPERTY,
    ),
    _check("acts on a stale view", "view", "as_of + bound:", "as_of + 2 * bound:", _ROWS),
    _check(
        "acts while frozen", "view", "if scene.memory.freeze is not None:", "if False:", _PROPERTY
    ),
    _check("a view at its bound is stale", "view", "scene.now > ", "scene.now >= "),
    _check(
        "starts for another owner",
        "starts",
        "if action.owner != scene.desired.owner:",
        "if False:",
        _ROWS,
    ),
    _check(
        "starts another revision",
        "starts",
        "if action.definition not in wanted:",
        "if False:",
        _ROWS,
    ),
    _check(
        "starts on a DRAINING instance",
        "starts",
        'if instance.status != "ACTIVE":',
        'if instance.status not in ("ACTIVE", "DRAINING"):',
        _ROWS,
    ),
    _check("starts under a lost agent", "starts", "if not instance.connected:", "if False:", _ROWS),
    _check(
        "starts on an EXTERNAL instance",
        "starts",
        'if not instance.ec2_id.startswith("i-"):',
        "if not instance.ec2_id:",
        _ROWS,
    ),
    _check(
        "starts on Managed Instances", "starts", "if instance.managed else", "if False else", _ROWS
    ),
    _check(
        "starts on eleven instances at once",
        "starts",
        "len(before) >= MOST_INSTANCES",
        "len(before) > MOST_INSTANCES",
        _ROWS,
    ),
    _check(
        "starts over a PENDING task",
        "terms",
        'task.desired_status == "RUNNING" and task.last_status != "STOPPED"',
        'task.desired_status == "RUNNING" and task.last_status == "RUNNING"',
        _ROWS,
    ),
    _check("starts over a live task", "starts", "if lives is not None:", "if False:", _PROPERTY),
    _check(
        "starts while a start is in flight",
        "starts",
        "elif expected is not None and expected.kind is Kind.START:",
        "elif expected is not None and expected.kind is Kind.STOP:",
        _ROWS,
    ),
    _check("starts over a stopping task", "starts", "if leaving is not None:", "if False:", _ROWS),
    _check(
        "an expectation outlives its expiry",
        "terms",
        "now >= expected.expires",
        "now > expected.expires",
    ),
    _check(
        "an expectation outlives its effect",
        "terms",
        "return None if seen_live is (expected.kind is Kind.START) else expected",
        "return expected",
    ),
    _check(
        "a dependent starts before minReadySeconds",
        "terms",
        "return until >= since + daemon.spec.min_ready_seconds",
        "return True",
        _ROWS,
    ),
    _check(
        "a dependent starts beside an unhealthy dependency",
        "terms",
        "(checked and task.health is not Health.HEALTHY)",
        "(checked and task.health is Health.UNHEALTHY)",
        _ROWS,
    ),
    _check(
        "a dependent starts beside a PENDING dependency",
        "terms",
        'if task.last_status != "RUNNING":\n        return False\n',
        "if False:\n        return False\n",
        _ROWS,
    ),
    _check(
        "a task with one of our two marks is ours",
        "terms",
        "task.started_by == mark and task.group == group_of(daemon)",
        "task.started_by == mark or task.group == group_of(daemon)",
        _PROPERTY,
    ),
    _check(
        "stops what somebody else started",
        "stops",
        "if task.started_by != scene.mark:",
        "if False:",
        _ROWS,
    ),
    _check(
        "stops a task that is stopping",
        "stops",
        'return "" if live(task) else',
        'return "" if True else',
        _ROWS,
    ),
    _check(
        "stops a task by a wrong instance",
        "stops",
        "if task.instance != action.instance:",
        "if False:",
        _ROWS,
    ),
    _check(
        "repairs the last task away",
        "stops",
        "        if not stay:\n",
        "        if False:\n",
        _ROWS,
    ),
    _check(
        "a task that goes too is a survivor",
        "stops",
        "if live(t) and t.arn not in leaving]",
        "if live(t) and t.arn != action.task]",
    ),
    _check(
        "a repair stops the only READY task",
        "stops",
        "        elif _only_ready(scene, action, stay):\n",
        "        elif False:\n",
        _PROPERTY,
    ),
    _check(
        "a run counts as READY",
        "stops",
        "    if daemon is None or daemon.spec.once:",
        "    if daemon is None:",
    ),
    _check(
        "writes to a held slot", "pace", "if memory.hold is not None and", "if False and", _ROWS
    ),
    _check(
        "writes while a write is in flight", "pace", "if expected is not None:", "if False:", _ROWS
    ),
    _check("starts in a backoff", "pace", "if failure is not None and", "if False and", _PROPERTY),
    _check("the cluster's backoff holds nothing", "pace", "scene.memory.cluster)", "None)", _ROWS),
    _check(
        "a backoff holds repairs", "pace", "if not wait and isinstance", "if not wait or isinstance"
    ),
    _check("a seventh write a minute", "pace", "MOST_WRITES = 6", "MOST_WRITES = 7", _ROWS),
    _check("a sixth write counts too long", "pace", "if at > since", "if at >= since"),
    _check(
        "a slot is written to twice", "pace", "if first != write.index:", "if False:", _PROPERTY
    ),
    _check(
        "voluntary stops before the first look",
        "budget",
        "scene.now < since + wait",
        "scene.now < since",
        _ROWS,
    ),
    _check(
        "voluntary stops all over the cluster",
        "budget",
        "if touched <= share.of(whole):",
        "if touched <= whole:",
        _ROWS,
    ),
    _check("over half is moved", "budget", "2 * len(misplaced) <=", "len(misplaced) <=", _ROWS),
    _check(
        "maxUnavailable is no bound",
        "budget",
        "after <= share.of(",
        "after - 1 <= share.of(",
        _ROWS,
    ),
    _check(
        "what is lost already is forgotten",
        "budget",
        "len(before | dict.fromkeys(planned))",
        "len(dict.fromkeys(planned))",
        _ROWS,
    ),
    _check(
        "a stop in flight takes nothing",
        "tally",
        "expected.kind is Kind.STOP",
        "expected.kind is Kind.START",
    ),
    _check(
        "any later task makes a stop good",
        "tally",
        "age_key(task) > last and _lasted(task, daemon)",
        "age_key(task) > last",
    ),
    _check(
        "one fault drops the whole plan",
        "invariants",
        "left = [write for write in left if id(write) not in at_fault]",
        "left = []",
    ),
)
