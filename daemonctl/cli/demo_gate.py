"""The demo's gated service: it asks for ``daemonctl.ready``, and where its tasks land."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daemonctl.cli.demo_play import Play, Sight
from daemonctl.cli.demo_seen import GATED
from daemonctl.runtime.report import InstanceRow

DAEMONS = 2
CONSTRAINTS: Sequence[Mapping[str, str]] = (
    {"type": "memberOf", "expression": "attribute:daemonctl.ready == true"},
    {"type": "distinctInstance"},
)


def behind_the_gate(play: Play, count: int) -> Sight:
    """Each of its tasks was created after both daemons of its instance ran, by ECS's own times."""
    ran: dict[str, list[float]] = {}
    for each in play.ecs.ours():
        if each.started is not None:
            ran.setdefault(each.instance, []).append(each.started)
    tasks = play.ecs.of_service(GATED)
    waits = [
        each.created - max(ran[each.instance])
        for each in tasks
        if len(ran.get(each.instance, ())) == DAEMONS
    ]
    after = [wait for wait in waits if wait >= 0]
    words = f"{GATED}, gated: {len(after)} of {count} tasks came"
    least = f" {min(after):.1f} s or more after both daemons" if after else ""
    return Sight(len(after) == len(tasks) == count, words + least)


def keeps_off(play: Play, row: InstanceRow, count: int) -> Sight:
    """It runs as many tasks as it should, none of them there."""
    tasks = play.ecs.of_service(GATED)
    there = sum(each.instance == row.arn for each in tasks)
    running = sum(each.status == "RUNNING" for each in tasks)
    words = f"{GATED}: {running} of {count} run elsewhere, {there} on {row.ec2_instance_id}"
    return Sight(running == count and not there, words)


def gate_is(play: Play, row: InstanceRow, wanted: str) -> Sight:
    """What the gate of an instance is."""
    now = next((each.gate for each in play.instances() if each.arn == row.arn), "")
    return Sight(now == wanted, f"gate of {row.ec2_instance_id}: {now}")
