"""Drains by the world's truth: who is still on a host when a daemon is taken from it."""

from __future__ import annotations

from daemonctl.local.world.instance import Instance
from daemonctl.local.world.task import Task
from tests.simulation.life import Call, Slot
from tests.simulation.truth import Truth


def too_soon(truth: Truth, call: Call, slot: Slot, now: float) -> str:
    """What is wrong with a stop by a drain, "" where nothing is.

    Who is a resync behind may act on what was so until lately; only a task of a service that ECS
    itself moves away, and what depends on the daemon, excuse nothing: nothing new comes there.
    """
    instance = truth.cluster.instances[slot[0]]
    fresh = now - truth.scenario.blind
    if truth.status_since.get(slot[0], 0.0) >= fresh and instance.status != "DRAINING":
        return ""
    if instance.status != "DRAINING":
        return f"{call.task} is taken from {slot[0]}, which is {instance.status}"
    for task in there(truth, instance):
        if task.group.startswith("service:"):
            return f"{task.arn} of {task.group} still runs beside {call.task}"
    for name, daemon in truth.daemons.items():
        left = [r for r in truth.slots.get((slot[0], name), ()) if r.at < fresh]
        needs = [str(need.daemon) for need in daemon.depends_on]
        if slot[1] in needs and any(r.task.last_status != "STOPPED" for r in left):
            return f"{name} depends on {slot[1]} and is still on {slot[0]}"
    return ""


def there(truth: Truth, instance: Instance) -> list[Task]:
    """What has not left a host and is no daemon, of any daemonctl or of ECS's own kind."""
    kinds = {f"service:{one.name}": one.strategy for one in truth.cluster.services.values()}
    return [
        task
        for task in instance.tasks.values()
        if not (task.started_by or "").startswith("daemonctl/")
        and not truth.whose.daemon(task)
        and kinds.get(task.group) != "DAEMON"
    ]


def left_behind(truth: Truth, instance: Instance) -> list[str]:
    """Daemons on a host that drains and has nothing else any more; empty: it is as it should be."""
    if instance.status != "DRAINING" or not instance.connected or there(truth, instance):
        return []
    mine = [task for task in instance.tasks.values() if task.counts]
    names = [name for name in map(truth.whose.daemon, mine) if name]
    where = f"stays on {instance.arn[-6:]}, which drains"
    return [f"{name} {where}" for name in names if name in truth.daemons]
