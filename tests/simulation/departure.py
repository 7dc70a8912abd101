"""Daemons that left the config: whose tasks run on, and whose go, by the world's truth."""

from __future__ import annotations

from daemonctl.local.world.instance import Instance
from daemonctl.local.world.task import Task
from daemonctl.model.spec import DaemonSpec, OnRemove
from tests.simulation.leaving import there, too_soon
from tests.simulation.life import Call
from tests.simulation.truth import Truth


def not_let_go(truth: Truth, call: Call, task: Task, now: float) -> str:
    """Why the task of a daemon that left must not be stopped, "" where it may.

    Who has not read everything afresh yet may still act on the config before.
    """
    name = truth.whose.orphan(task)
    if call.reason.startswith("daemonctl: DRAINING:"):
        return too_soon(truth, call, (task.instance.arn, name), now)
    lately = truth.whose.gone[name] >= now - truth.scenario.blind
    if lately and not call.reason.startswith("daemonctl: ORPHAN:"):
        return ""
    if _of(truth, name).on_remove is OnRemove.STOP or truth.let_go:
        return ""
    return f"{call.task} of {name} is stopped, which was left to run on"


def departed(truth: Truth, call: Call) -> bool:
    """Whether a start is of a daemon that left."""
    return call.operation == "StartTask" and call.slots[0][1] in truth.whose.gone


def started_late(truth: Truth, call: Call, now: float) -> str:
    """Why nothing of a daemon that left starts any more, "" where it may not be known yet."""
    name = call.slots[0][1]
    ago = now - truth.whose.gone[name]
    return "" if ago <= truth.scenario.blind else f"{name} left the config {ago:.0f} s ago"


def orphans_left(truth: Truth) -> list[str]:
    """Tasks that should have gone with their daemon, or before their host goes; empty: none."""
    return [
        f"{task.arn} of {truth.whose.orphan(task)} runs on {instance.arn[-6:]}"
        for instance in truth.cluster.instances.values()
        if instance.connected
        for task in instance.tasks.values()
        if task.counts and _goes(truth, instance, truth.whose.orphan(task))
    ]


def _goes(truth: Truth, instance: Instance, name: str) -> bool:
    """On a host that drains it goes with the last of the others, whatever it was told."""
    if name == "" or instance.status == "INACTIVE":
        return False
    if instance.status == "DRAINING":
        return not there(truth, instance)
    return truth.let_go or _of(truth, name).on_remove is OnRemove.STOP


def _of(truth: Truth, name: str) -> DaemonSpec:
    return next(one for one in truth.scenario.daemons if one.name == name)
