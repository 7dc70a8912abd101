"""Breaks of the rules about tasks that are ready and have not shown yet that they last."""

from __future__ import annotations

from tests.mutants.planning_breaks import planning

_UNPROVEN = "tests/unit/planning/test_unproven.py"


BREAKS = (
    planning(
        "ready for a moment gives the place back",
        "unproven",
        "        return UNPROVEN | (LOST if taken else 0), until\n",
        "        return UNPROVEN, until\n",
        _UNPROVEN,
    ),
    planning(
        "a crash takes a place that nobody took",
        "unproven",
        "        return UNPROVEN | (LOST if taken else 0), until\n",
        "        return UNPROVEN | LOST, until\n",
        _UNPROVEN,
    ),
    planning(
        "a crash of what was before speaks of the target",
        "unproven",
        "crashed(last) and scene.updated(rule, last)",
        "crashed(last)",
        _UNPROVEN,
    ),
    planning(
        "time alone proves nothing",
        "unproven",
        "    return UNPROVEN, until\n",
        "    return UNPROVEN, None\n",
        _UNPROVEN,
    ),
    planning(
        "what comes late is watched as well",
        "unproven",
        "    if asked_for or not (taken or rule.course.untried):\n",
        "    if asked_for:\n",
        _UNPROVEN,
    ),
    planning(
        "the first revision is not watched",
        "unproven",
        "    if asked_for or not (taken or rule.course.untried):\n",
        "    if asked_for or not taken:\n",
        _UNPROVEN,
    ),
    planning(
        "what is done for is watched",
        "course",
        "        return held is not None and (held.under_way or held.phase is Phase.UNCLEAR)\n",
        "        return held is not None\n",
        _UNPROVEN,
    ),
    planning(
        "a rollout ends between two crashes",
        "rollout",
        "        return not standing.unproven\n",
        "        return True\n",
        _UNPROVEN,
    ),
    planning(
        "the first revision is good for having run",
        "rollout",
        "    return standing.available - standing.unproven >= max(1, enough)\n",
        "    return standing.available >= max(1, enough)\n",
        _UNPROVEN,
    ),
    planning(
        "a bake ends on a crash",
        "rollout",
        "if over and not (standing.lost or standing.unproven) else rollout",
        "if over else rollout",
        _UNPROVEN,
    ),
    planning(
        "a canary bakes from its first moment",
        "steering",
        " and not _has(seen, rule, arn, UNPROVEN)",
        "",
        _UNPROVEN,
    ),
    planning(
        "a flap keeps a rollout from ending",
        "steering",
        "lost=tally.having(LOST, without=AVAILABLE)",
        "lost=tally.having(LOST)",
        _UNPROVEN,
    ),
    planning(
        "a stop is free where a moment was taken",
        "assess",
        "    if stop is not None and flags & LOST:\n"
        "        stop = structs.replace(stop, again=True)\n"
        "    more, until = unproven(scene, rule, own, flags)\n"
        "    flags, wake = flags | more, soonest(wake, until)\n",
        "    more, until = unproven(scene, rule, own, flags)\n"
        "    flags, wake = flags | more, soonest(wake, until)\n"
        "    if stop is not None and flags & LOST:\n"
        "        stop = structs.replace(stop, again=True)\n",
        _UNPROVEN,
    ),
)
