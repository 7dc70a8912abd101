"""Breaks of the rules about daemons that run once."""

from __future__ import annotations

from tests.mutants.breaks import Break
from tests.mutants.planning_breaks import planning

_ROWS = ("tests/unit/check/test_invariants.py", "tests/unit/check/test_check.py")
_ONCE = (
    "tests/unit/planning/test_once.py",
    "tests/unit/planning/test_once_among_others.py",
)
_MARKING = ("tests/unit/planning/test_marking.py",)


def _check(name: str, module: str, old: str, new: str) -> Break:
    return Break(f"check: {name}", f"daemonctl/check/{module}.py", old, new, _ROWS)


BREAKS = (
    planning(
        "a run that ended is told to hang",
        "steering",
        "        self._late[index].pop(arn, None)\n",
        "",
        "tests/unit/planning/test_once_among_others.py",
    ),
    planning(
        "nobody is told of runs that hang",
        "rollout_notices",
        "    if late:\n",
        "    if False:\n",
        "tests/unit/planning/test_once_among_others.py",
    ),
    planning(
        "a rollout does not count who has no task",
        "rollout_notices",
        "    done, whole = tally.having(UPDATED), tally.having(DESIRED)\n",
        "    done, whole = tally.having(UPDATED), tally.having(CURRENT)\n",
        "tests/unit/planning/test_rollout_told.py",
    ),
    planning(
        "a run that failed has run",
        "once",
        "return bool(codes) and all(code == 0 for code in codes)",
        "return bool(codes)",
        *_ONCE,
    ),
    planning(
        "a run that was stopped has run",
        "once",
        "if not task.stopped or task.stop_code != _ENDED:",
        "if not task.stopped:",
        *_ONCE,
    ),
    planning(
        "containers that are not essential are asked",
        "once",
        "if not named or one.name in named]",
        "]",
        *_ONCE,
    ),
    planning(
        "a success is a failure",
        "once",
        "return [task for task in own if not succeeded(rule, task)] if rule.spec.once else own",
        "return own",
        *_ONCE,
    ),
    planning(
        "another revision has run as well",
        "once",
        "elif done and done == wanted:",
        "elif done:",
        *_ONCE,
    ),
    planning(
        "what ran before serves nobody",
        "once",
        "flags |= _HAS_RUN | (UPDATED if done == wanted else 0)",
        "flags |= (_HAS_RUN | UPDATED) if done == wanted else 0",
        *_ONCE,
    ),
    planning(
        "what the instance says is not asked",
        "once",
        "    return memory.done or scene.host.instance.attributes.values.get("
        'attribute_of(rule.name), "")',
        "    return memory.done",
        *_ONCE,
    ),
    planning(
        "a run is forgotten with its task",
        "once",
        'note = "" if done == marked else done',
        'note = ""',
        *_ONCE,
    ),
    planning(
        "the failures before a success stay",
        "once",
        "structs.replace(memory, failure=None, probe_at=None)",
        "memory",
        *_ONCE,
    ),
    planning(
        "a long run that fails is no failure",
        "rules",
        "restart=structs.replace(spec.restart, reset_after_seconds=inf)",
        "restart=spec.restart",
        *_ONCE,
    ),
    planning(
        "an old run under way is updated",
        "present",
        "    if rule.spec.once:  # its end",
        "    if False:  # its end",
        *_ONCE,
    ),
    planning(
        "a run is ready while it runs",
        "scene",
        "        if rule.spec.once:\n",
        "        if False:\n",
        *_ONCE,
    ),
    planning(
        "a run that hangs keeps others from starting",
        "readiness",
        "return Readiness(Ready.NOT_READY, words, running=True)",
        "return Readiness(Ready.SETTLING, words, running=True)",
        *_ONCE,
    ),
    planning(
        "a run that hangs is replaced",
        "present",
        "if ails and not rule.spec.once:",
        "if ails:",
        *_ONCE,
    ),
    planning(
        "again it runs everywhere at once",
        "allot",
        "if not want.again or room >= 0:",
        "if True:",
        *_ONCE,
    ),
    planning(
        "runs under way take no place",
        "allot",
        "rule.spec.max_unavailable.of(tally.having(DESIRED)) - tally.having(BEHIND)",
        "rule.spec.max_unavailable.of(tally.having(DESIRED))",
        *_ONCE,
    ),
    planning(
        "a rollout of what runs once",
        "steering",
        "            if rule.spec.once:\n",
        "            if False:\n",
        *_ONCE,
    ),
    planning(
        "the brake goes off by the run before",
        "braking",
        "there = AVAILABLE | UPDATED if rule.spec.once else AVAILABLE",
        "there = AVAILABLE",
        *_ONCE,
    ),
    planning(
        "an update waits for a run that fails",
        "outdated",
        "entry.flags & AVAILABLE and not scene.rules.daemons[index].spec.once",
        "entry.flags & AVAILABLE",
        *_ONCE,
    ),
    planning(
        "on a host that leaves a run is missed",
        "drain",
        "missed = () if rule.spec.once else own",
        "missed = own",
        *_ONCE,
    ),
    planning(
        "an instance is marked for nothing",
        "marking",
        "if done == marked or not done or",
        "if not done or",
        *_MARKING,
    ),
    planning(
        "an instance is marked with nothing",
        "marking",
        "if done == marked or not done or",
        "if done == marked or",
        *_MARKING,
    ),
    planning(
        "a host that leaves is marked",
        "marking",
        "or scene.should not in (Should.RUN, Should.KEEP):",
        "or False:",
        *_MARKING,
    ),
    planning(
        "marks wait for no others",
        "marking",
        "at = max(ceil(since + GATHER_SECONDS), free_at(held) or 0.0)",
        "at = free_at(held) or 0.0",
        *_MARKING,
    ),
    planning(
        "a mark is put beside one in flight",
        "marking",
        "at = max(ceil(since + GATHER_SECONDS), free_at(held) or 0.0)",
        "at = ceil(since + GATHER_SECONDS)",
        *_MARKING,
    ),
    planning(
        "a mark refused in company is not tried alone",
        "marking",
        "for arn, want in wants if not want.alone]",
        "for arn, want in wants]",
        *_MARKING,
    ),
    planning(
        "more than ten marks a call",
        "marking",
        "others[at : at + BATCH] for at in range(0, len(others), BATCH)",
        "others for _ in others[:1]",
        *_MARKING,
    ),
    planning(
        "marks beyond the tokens",
        "marking",
        "                if counter.calls <= 0:\n                    return\n",
        "",
        *_MARKING,
    ),
    _check("runs again what has run", "once", "daemon) == mark:", "daemon) == -1:"),
    _check(
        "marks what has not run", "once", 'return "" if ran == marks[arn] else f', 'return "" and f'
    ),
    _check("marks twice", "once", 'return "it is marked so already"', "pass"),
    _check(
        "takes a stopped run for one that ended",
        "terms",
        'or task.stop_code != "EssentialContainerExited":',
        "or False:",
    ),
    _check(
        "takes a failure for a success",
        "terms",
        "or c.name in names} == {0}",
        "or c.name in names}",
    ),
    _check(
        "starts before the run", "starts", "return bool(has_run(scene, arn, daemon))", "return True"
    ),
    _check("opens a gate before the run", "gate", 'return f"{name} has not run there"', "pass"),
)
