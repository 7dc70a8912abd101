"""Breaks of the rules about whose tasks are a daemon's: adopted ones, orphans."""

from __future__ import annotations

from tests.mutants.breaks import Break
from tests.mutants.planning_breaks import planning

BREAKS = (
    planning(
        "adopts what a service holds",
        "adopt",
        ' and not task.group.startswith("service:")',
        "",
    ),
    planning(
        "adopts what another daemonctl holds",
        "adopt",
        '_HELD = ("daemonctl/", "ecs-svc/")',
        '_HELD = ("ecs-svc/",)',
    ),
    planning(
        "adopts without being asked",
        "rules",
        "            if rule.spec.adopt\n",
        "",
        "tests/unit/planning/test_adopt.py",
    ),
    planning(
        "starts beside what a service still holds",
        "missing",
        "if service and not task.stopped and family_of",
        "if False and family_of",
        "tests/unit/planning/test_adopt.py",
    ),
    planning(
        "a daemon that leaves takes its tasks with it unasked",
        "removal",
        "leaving = [one.spec for one in old.daemons if one.spec.on_remove is OnRemove.STOP]",
        "leaving = [one.spec for one in old.daemons]",
    ),
    planning(
        "who is back in the config is stopped all the same",
        "removal",
        "(*old.removed, *leaving) if spec.name not in wanted}",
        "(*old.removed, *leaving)}",
    ),
    planning(
        "prune of one daemon takes them all",
        "removal",
        "if name is not None and only in (None, name):",
        "if name is not None:",
    ),
    planning(
        "orphans go past the share of the cluster",
        "voluntary",
        "        if done >= left or counter.calls <= 0:\n            break\n",
        "        if counter.calls <= 0:\n            break\n",
        "tests/unit/planning/test_removal.py",
    ),
    planning(
        "of two that leave the config any goes first",
        "out_order",
        "_LEAVE = (Code.MISPLACED, Code.UNUSED, Code.ORPHAN)",
        "_LEAVE = (Code.MISPLACED, Code.UNUSED)",
        "tests/unit/planning/test_removal.py",
    ),
    planning(
        "a removed daemon is started again",
        "scene",
        "if rule.removed:",
        "if False:",
        "tests/unit/planning/test_removal.py",
    ),
    planning(
        "a confirmation never ends",
        "voluntary",
        "(until is None or counter.now >= until)",
        "until is None",
        "tests/unit/planning/test_allot_stops.py",
    ),
    Break(
        "check: over half may go whenever it was confirmed once",
        "daemonctl/check/budget.py",
        "return until is not None and scene.now < until",
        "return until is not None",
        ("tests/unit/check",),
    ),
    Break(
        "check: orphans are anybody's to stop",
        "daemonctl/check/budget.py",
        "if daemon is None and name not in scene.removed:",
        "if daemon is None and False:",
        ("tests/unit/check",),
    ),
    Break(
        "check: a wanted daemon's tasks pass for orphans",
        "daemonctl/check/budget.py",
        "if daemon is not None and orphans:",
        "if False:",
        ("tests/unit/check",),
    ),
    Break(
        "check: an adopted task may be a service's",
        "daemonctl/check/terms.py",
        'if task.group.split(":", 1)[0] == "service":',
        "if not task.group:",
        ("tests/unit/check", "tests/property/test_check.py"),
    ),
    Break(
        "check: an adopted task may be another installation's",
        "daemonctl/check/terms.py",
        '[0] in ("daemonctl", "ecs-svc"):',
        '[0] == "ecs-svc":',
        ("tests/unit/check", "tests/property/test_check.py"),
    ),
    Break(
        "check: whoever does not adopt may stop others' tasks",
        "daemonctl/check/scene.py",
        "return daemon.spec.adopt and adopted(",
        "return adopted(",
        ("tests/unit/check",),
    ),
)
