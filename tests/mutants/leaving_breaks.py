"""Breaks of the rules about hosts that drain, in ``daemonctl/planning`` and ``daemonctl/check``."""

from __future__ import annotations

from tests.mutants.breaks import Break
from tests.mutants.planning_breaks import planning


def _check(name: str, old: str, new: str) -> Break:
    tests = ("tests/unit/check/test_invariants.py", "tests/unit/check/test_check.py")
    return Break(f"check: {name}", "daemonctl/check/drain.py", old, new, tests)


BREAKS = (
    planning(
        "a drain does not wait for services",
        "drain",
        "        if self.services:\n            return",
        "        if False:\n            return",
    ),
    planning(
        "a stopping service task lets the daemons go",
        "drain",
        "if task.stopped or task.group in daemon_services",
        "if not task.live or task.group in daemon_services",
    ),
    planning(
        "daemon services hold a drain",
        "drain",
        "task.group in daemon_services or ",
        "",
    ),
    planning(
        "another daemonctl holds a drain",
        "drain",
        "elif not task.started_by.startswith(ANY_DAEMONCTL):",
        "else:",
    ),
    planning(
        "standalone tasks hold a drain for ever",
        "drain",
        "if self.standalone and self.scene.now < until:",
        "if self.standalone:",
    ),
    planning(
        "standalone tasks hold nothing",
        "drain",
        "if self.standalone and self.scene.now < until:",
        "if False:",
    ),
    planning(
        "a drain before all tasks are known",
        "drain",
        "if host.listed_at is None or host.draining_since is None:",
        "if host.draining_since is None:",
    ),
    planning(
        "dependencies leave with their dependents",
        "drain",
        "for index in rule.dependents:",
        "for index in ():",
    ),
    planning(
        "a dependent's start in flight is not waited for",
        "drain",
        "return any(not task.stopped for task in own) or self._expected(other) is not None",
        "return any(not task.stopped for task in own)",
    ),
    planning(
        "a spot host is drained too late",
        "drain",
        "SPOT_LEFT_SECONDS = 20.0",
        "SPOT_LEFT_SECONDS = 0.0",
    ),
    planning(
        "a drain waits for the first look",
        "voluntary",
        "    left -= _drains(counter, left)\n",
        "    left -= _drains(counter, left) if _first_look(counter) == counter.now else 0\n",
        "tests/unit/planning/test_drain.py",
    ),
    planning(
        "a drain knows no cluster share",
        "voluntary",
        "            if done >= left or counter.calls <= 0:\n                return done\n",
        "            if counter.calls <= 0:\n                return done\n",
        "tests/unit/planning/test_drain.py",
    ),
    _check(
        "drains with a service task there",
        'if task.group.startswith("service:"):',
        "if False:",
    ),
    _check("drains an ACTIVE instance", 'if host.instance.status != "DRAINING":', "if False:"),
    _check("drains unknown hosts", "host.listed_at is None or ", ""),
    _check("drains a dependency first", "if action.daemon in needs and any(", "if False and any("),
    _check("drains beside a standalone task", "if left > 0:", "if False:"),
    _check("other stops on a DRAINING instance", "if action.code != Code.DRAINING:", "if False:"),
)
