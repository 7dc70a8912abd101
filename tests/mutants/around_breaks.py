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
        "    whole = instance.running_tasks + instance.pending_tasks\n",
        "    whole = instance.running_tasks\n",
    ),
    planning(
        "scale-in: what starts stands for others' work",
        "scalein",
        "    return instance.running_tasks <= running and whole <= len(ours)\n",
        "    return whole <= len(ours)\n",
    ),
    planning(
        "scale-in: a flap begins anew",
        "scalein",
        "        known = wanted is Should.RUN or (wanted is Should.KEEP and arn in before)\n",
        "        known = wanted is Should.RUN\n",
    ),
    planning(
        "scale-in: who is long away is idle",
        "scalein",
        "    return since is not None and now >= since + FLAP_SECONDS\n",
        "    return False\n",
    ),
    planning(
        "scale-in: who is away is drained",
        "scalein",
        "        here = host.instance.connected\n",
        "        here = True\n",
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
        "if here and len(chosen) < most and",
        "if here and",
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
    planning(
        "orphans: a host in use loses them",
        "orphans",
        '        if host.instance.status == "DRAINING"\n',
        "        if True\n",
    ),
    planning(
        "orphans: they leave before the daemons",
        "orphans",
        "    if not left or any(task.group in groups for task in ours):\n",
        "    if not left:\n",
    ),
    planning(
        "orphans: services hold nobody",
        "orphans",
        "    if any(service_of(task.group) for task in others):\n",
        "    if False:\n",
    ),
    planning(
        "orphans: standalone tasks hold them for ever",
        "orphans",
        "others and now < host.draining_since + DRAIN_TIMEOUT_SECONDS",
        "others",
    ),
    planning(
        "orphans: what is no daemon's goes as well",
        "orphans",
        "task.group not in groups and daemon_of(task.group) is not None and task.live",
        "task.group not in groups and task.live",
    ),
    planning(
        "orphans: a spot host takes them with it",
        "orphans",
        "now >= host.leaves_at - SPOT_LEFT_SECONDS",
        "now >= host.leaves_at",
    ),
    _check(
        "anybody's task is an orphan",
        "orphans",
        "    if task.started_by != mark or not named or task.group in groups:\n",
        "    if not named or task.group in groups:\n",
    ),
    _check("orphans need not wait for daemons", "orphans", "    if first:\n", "    if False:\n"),
    _check(
        "orphans need not wait for services",
        "orphans",
        'if waits or other.group.startswith("service:")',
        "if waits",
    ),
    planning(
        "a removed daemon on a draining host is forgotten",
        "drain",
        "        flags = LEAVING if rule.removed else 0\n",
        "        flags = 0\n",
        "tests/unit/planning/test_removal.py",
    ),
    planning(
        "what an update has freed is anybody's",
        "missing",
        "    if names and lacks:  # ECS would take it: no probe\n",
        "    if False:\n",
        "tests/unit/planning/test_reserve.py",
    ),
    planning(
        "under the brake the first is tried again and again",
        "allot",
        "    return one[1].failed_at\n",
        "    return one[1].failed_at and 0.0\n",
    ),
    planning(
        "a restart forgets that it is a way back",
        "rollout_commands",
        "restarted_at=now, rollback_of=rollout.rollback_of)",
        "restarted_at=now)",
    ),
)
