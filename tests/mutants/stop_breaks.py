"""Breaks of the rules about stops in ``daemonctl/planning``."""

from __future__ import annotations

from tests.mutants.planning_breaks import OVER_TIME, planning

_SICK = "tests/unit/planning/test_sick.py"

BREAKS = (
    # duplicates
    planning(
        "duplicate keeps the youngest",
        "slots",
        "        born(task),\n        task.arn,\n",
        "        -born(task),\n        task.arn,\n",
        f"{OVER_TIME}::test_of_duplicates_the_right_one_stays_and_the_others_are_gone_in_time",
    ),
    planning(
        "duplicate keeps the outdated one",
        "slots",
        "        not ranked.wanted,\n",
        "",
        f"{OVER_TIME}::test_of_duplicates_the_right_one_stays_and_the_others_are_gone_in_time",
    ),
    planning(
        "duplicate keeps the wanted one that does not work",
        "slots",
        "        ranked.state.value is not Ready.READY,\n",
        "",
        "tests/unit/planning/test_slots.py",
    ),
    planning(
        "the wanted duplicate is not waited for",
        "present",
        " or _comes(kept, worst)",
        "",
    ),
    planning(
        "a wanted duplicate that is late is waited for",
        "present",
        " and worst.state.value is Ready.SETTLING",
        "",
    ),
    planning(
        "duplicates wait too long",
        "present",
        "PATIENCE_SECONDS = 15.0",
        "PATIENCE_SECONDS = 31.0",
        f"{OVER_TIME}::test_of_duplicates_the_right_one_stays_and_the_others_are_gone_in_time",
    ),
    planning(
        "the better duplicate is stopped",
        "present",
        "kept, worst = ranked[0], ranked[-1]",
        "kept, worst = ranked[0], ranked[0]",
    ),
    # stops
    planning(
        "a foreign task is ours",
        "slots",
        "if task.started_by != rules.mark:",
        "if not task.started_by:",
    ),
    planning(
        "misplaced without cap",
        "voluntary",
        "return rule.spec.max_unavailable.of(tally.having(DESIRED)) - tally.leaving",
        "return 1000",
        "tests/unit/planning/test_allot_stops.py",
    ),
    planning(
        "misplaced forgets who is leaving",
        "voluntary",
        " - tally.leaving",
        "",
        "tests/unit/planning/test_allot_stops.py",
    ),
    planning(
        "over half allowed",
        "voluntary",
        "if astray * 2 > whole and (",
        "if astray > whole and (",
        "tests/unit/planning/test_allot_stops.py",
    ),
    planning(
        "first look skipped",
        "voluntary",
        "if until is None or counter.now < until:",
        "if until is None:",
        "tests/unit/planning/test_allot_stops.py",
    ),
    planning(
        "the share of the cluster ignored",
        "voluntary",
        "left = min(share, counter.allowance.voluntary_stops)",
        "left = counter.allowance.voluntary_stops",
        "tests/unit/planning/test_allot_stops.py",
    ),
    # unhealthy tasks
    planning("unhealthy is left for ever", "sick", "if scene.now < at:", "if at:", _SICK),
    planning(
        "unhealthy is stopped at once",
        "sick",
        "since + rule.spec.unhealthy_after_seconds",
        "since",
        _SICK,
    ),
    planning("replacing never waits longer", "sick", "if failure is not None:", "if False:", _SICK),
    planning(
        "a common cause is not seen",
        "voluntary",
        "COMMON_CAUSE_PERCENT = 20",
        "COMMON_CAUSE_PERCENT = 100",
        _SICK,
    ),
    planning(
        "unhealthy without cap",
        "voluntary",
        "lost = tally.having(LOST) + counter",
        "lost = counter",
        _SICK,
    ),
    planning(
        "a replaced task is no failure",
        "backoff",
        "    if task.stopped_reason.startswith(REPLACED):\n        return True\n",
        "",
        _SICK,
    ),
    planning(
        "what is lost needs room again",
        "voluntary",
        "if want.again or room > 0:",
        "if room > 0:",
        _SICK,
    ),
    planning(
        "starts on a host that ends",
        "missing",
        "    _host_leaving,\n    _write_limit,\n",
        "    _write_limit,\n",
    ),
)
