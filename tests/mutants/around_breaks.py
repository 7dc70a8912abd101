"""Breaks of the rules about what is around the daemons: room, scale-in, zombies."""

from __future__ import annotations

from tests.mutants.breaks import Break
from tests.mutants.planning_breaks import planning


def _check(name: str, module: str, old: str, new: str) -> Break:
    tests = (f"tests/unit/check/test_{module}.py", f"tests/unit/planning/test_{module}.py")
    return Break(f"check: {name}", f"daemonctl/check/{module}.py", old, new, tests)


BREAKS = (
    planning("room: a protected task gives way", "room", "if tenant.protected:", "if False:"),
    planning("room: a deployment is disturbed", "room", "if service.deploying:", "if False:"),
    planning(
        "room: a service short of tasks gives way",
        "room",
        "if service.running != service.desired or service.pending:",
        "if service.pending:",
    ),
    planning(
        "room: below minimumHealthyPercent",
        "room",
        "if left * 100 < service.desired * service.least_healthy:",
        "if False:",
    ),
    planning(
        "room: more than needed give way",
        "room",
        "for count in range(1, min(len(free), _MOST) + 1):",
        "for count in range(min(len(free), _MOST), 0, -1):",
    ),
    planning(
        "scale-in: hosts with work are idle",
        "scalein",
        "return instance.running_tasks + instance.pending_tasks <= ours",
        "return instance.pending_tasks <= ours",
    ),
    planning(
        "scale-in: at once",
        "scalein",
        "if end <= now]",
        "if end <= now + 1000]",
    ),
    planning(
        "scale-in: no minimum for a zone",
        "scalein",
        " and left[zone] > wish.least_per_zone:",
        ":",
    ),
    planning(
        "scale-in: no share",
        "scalein",
        "if len(chosen) < most and",
        "if",
    ),
    planning(
        "zombies: whatever EC2 says",
        "zombies",
        'if state == "terminated" or (state is None and old):',
        "if state or old:",
    ),
    planning(
        "zombies: EC2 may not know it yet",
        "zombies",
        "(state is None and old)",
        "state is None",
    ),
    planning(
        "zombies: no share",
        "zombies",
        "return arns if len(arns) <= limits.max_cluster_share.of(len(observed.hosts)) else ()",
        "return arns",
    ),
    _check("room for a protected task", "room", " or tenant.protected:", ":"),
    _check(
        "room below the minimum",
        "room",
        "if (service.running - count) * 100 < service.least_healthy * service.desired:",
        "if False:",
    ),
    _check(
        "room by more than needed",
        "room",
        "    for spared in stops:",
        "    for spared in stops[:0]:",
    ),
    _check("drains what has work", "scalein", "if others > 0 else []", "if others > 9 else []"),
    _check(
        "drains a zone empty", "scalein", "if stay.get(zone, 0) < wish.least_per_zone:", "if False:"
    ),
    _check("drains more than a share", "scalein", "if draining > most:", "if False:"),
    _check("deregisters what runs", "scalein", 'if state not in ("terminated", "") or', "if"),
)
