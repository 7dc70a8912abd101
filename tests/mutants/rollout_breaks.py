"""Breaks of the rules about rollouts in ``daemonctl/planning`` and ``daemonctl/check``."""

from __future__ import annotations

from tests.mutants.breaks import Break
from tests.mutants.planning_breaks import planning

_TABLE = "tests/unit/planning/test_rollout.py"
_PLANNED = "tests/unit/planning/test_rollouts_planned.py"
_FOUND = "tests/unit/planning/test_rollout_found.py"
_LOSSES = "tests/unit/planning/test_losses.py"
_COMMANDS = "tests/unit/planning/test_rollout_commands.py"
_CHECK = "tests/unit/check"


def _check(name: str, file: str, old: str, new: str) -> Break:
    return Break(name, f"daemonctl/check/{file}.py", old, new, (_CHECK,))


BREAKS = (
    # phases
    planning(
        "a rollback is rolled back",
        "rollout",
        "    if rollout.last_good is None or rollout.rollback_of is not None:\n",
        "    if rollout.last_good is None:\n",
        _TABLE,
    ),
    planning(
        "the breaker waits for one failure more",
        "rollout",
        "len(rollout.failed) >= most or stuck",
        "len(rollout.failed) > most or stuck",
        _TABLE,
    ),
    planning(
        "a stuck rollout waits for more failures",
        "rollout",
        "len(rollout.failed) >= most or stuck",
        "len(rollout.failed) >= most",
        _TABLE,
    ),
    planning(
        "a canary that failed is waited for",
        "rollout",
        "        most = min(most, len(rollout.canaries))\n",
        "        most = max(most, len(rollout.canaries))\n",
        _TABLE,
    ),
    planning(
        "canaries are not baked",
        "rollout",
        "    over = now >= rollout.bake_since + spec.canary.bake_seconds\n",
        "    over = now >= rollout.bake_since\n",
        _TABLE,
    ),
    planning(
        "it ends while something is lost",
        "rollout",
        "    if standing.behind or standing.lost or standing.moving:\n",
        "    if standing.behind or standing.moving:\n",
        _TABLE,
    ),
    planning(
        "what was never tried is good",
        "steering",
        "            untried=tally.having(CURRENT) > 0 and not tally.having(UPDATED),\n",
        "",
        "tests/unit/planning/test_outdated.py",
    ),
    planning(
        "the first revision is good untried",
        "rollout",
        "    return standing.available - standing.unproven >= max(1, enough)\n",
        "    return True\n",
        _TABLE,
    ),
    planning(
        "a revision is good without a bake",
        "rollout",
        "    over = now >= since + spec.bake_seconds\n",
        "    over = True\n",
        _TABLE,
    ),
    # what fails
    planning(
        "two tries are a failure",
        "failing",
        "TRIES = 3\n",
        "TRIES = 2\n",
    ),
    planning(
        "a host that was broken before speaks of the revision",
        "failing",
        "        if _ran(rule, task, 0.0) and not crashed(task)"
        " and our_code(task) != Code.UNREADY\n",
        "        if _ran(rule, task, 0.0)\n",
    ),
    # what is lost
    planning(
        "a task that dies young takes a place",
        "losses",
        "    enough = max(spec.min_ready_seconds, spec.restart.reset_after_seconds)\n",
        "    enough = spec.min_ready_seconds\n",
        _LOSSES,
    ),
    planning(
        "a broken host is lost by us for good",
        "losses",
        "            if not fails:\n                return True\n",
        "            return True\n",
        _LOSSES,
    ),
    planning(
        "who was disconnected before counts",
        "assess",
        "away is not None and away < rollout.began",
        "away is not None and away < 0",
        _PLANNED,
    ),
    # hosts
    planning(
        "a gap gets the bad revision while halted",
        "course",
        "        return self.good\n",
        "        return self.target\n",
        _PLANNED,
    ),
    planning(
        "updates while paused",
        "course",
        "        if held is None or held.pause is not None or not self.moves:\n",
        "        if held is None or not self.moves:\n",
        _PLANNED,
    ),
    planning(
        "a dependent is updated before its dependency",
        "outdated",
        "        if behind and other.course.moves and other.spec.strategy is Strategy.ROLLING:\n",
        "        if False:\n",
        _PLANNED,
    ),
    planning(
        "ON_DELETE is ignored",
        "outdated",
        "    if rule.spec.strategy is Strategy.ON_DELETE:\n",
        "    if False:\n",
        _PLANNED,
    ),
    planning(
        "all zones at once",
        "steering",
        "        return min(zones, default=None)\n",
        "        return None\n",
        _PLANNED,
    ),
    planning(
        "updates go on unsaved",
        "voluntary",
        "    if rule.name in counter.unsaved:\n",
        "    if False:\n",
        _PLANNED,
    ),
    # without memory
    planning(
        "a failing mix goes on",
        "rollout_found",
        "(census.trouble and census.wanted)",
        "False",
        _FOUND,
    ),
    planning(
        "the tag of a rollback is not read",
        "rollout_found",
        "        if task.rollback_of == wanted.tag and revision is not None:\n",
        "        if False:\n",
        _FOUND,
    ),
    # commands
    planning(
        "an undo may be rolled back",
        "rollout_commands",
        "    return structs.replace(back, rollback_of=rollout.target)\n",
        "    return back\n",
        _COMMANDS,
    ),
    # check
    _check(
        "check lets a paused rollout go on",
        "rollout",
        "    if rollout.pause is not None:\n",
        "    if False:\n",
    ),
    _check(
        "check lets anybody be a canary",
        "rollout",
        "    if rollout.phase is Phase.CANARY and arn not in rollout.canaries:\n",
        "    if False:\n",
    ),
    _check(
        "check lets what settles be updated",
        "rollout",
        '        return "" if ready else f"{short(task.arn)} is not known to be ready"\n',
        '        return ""\n',
    ),
    _check(
        "check forgets the failed instances",
        "tally",
        "        if any(failed.instance == host.instance.arn for failed in rollout.failed):\n"
        "            return True\n",
        "",
    ),
)
