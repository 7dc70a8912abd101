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
        "adopting={rule.family: rule.group for rule in rules if rule.spec.adopt}",
        "adopting={rule.family: rule.group for rule in rules}",
        "tests/unit/planning/test_adopt.py",
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
        "daemon is not None and daemon.spec.adopt and adopted(task, daemon)",
        "daemon is not None and adopted(task, daemon)",
        ("tests/unit/check",),
    ),
)
