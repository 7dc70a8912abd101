"""Hosts without work and hosts that are gone, by the world's truth: who may be drained or removed.

Who is a resync behind may act on what was so until lately.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from daemonctl.local.world.instance import Instance
from daemonctl.local.world.task import Task
from daemonctl.model.reason import Notice
from daemonctl.model.spec import Limits, ScaleIn
from daemonctl.ports import Wire
from tests.simulation.life import Life
from tests.simulation.truth import Truth
from tests.simulation.whose import MARK

HOST_WRITES = {
    "UpdateContainerInstancesState": "drained_idle",
    "DeregisterContainerInstance": "deregistered_lost",
}
"""Calls that change an instance, by the name under which they are counted."""


def judged(truth: Truth, operation: str, params: Wire, now: float) -> str:
    """What is wrong with such a call, "" where nothing is."""
    if operation == "DeregisterContainerInstance":
        return _alive(truth, str(params["containerInstance"]))
    wish = truth.scenario.scale_in
    arns = list(params["containerInstances"])
    if wish is None or not wish.drain or params["status"] != "DRAINING":
        return f"nobody asked for {params['status']} of {', '.join(arns)}"
    found = [_at_work(truth, arn, wish, now) for arn in arns]
    return next((words for words in found if words), "") or _too_few(truth, arns, wish, now)


def _alive(truth: Truth, arn: str) -> str:
    host = truth.cluster.instances[arn].host
    return "" if host.state == "terminated" else f"{arn[-6:]} is deregistered, it is {host.state}"


def _at_work(truth: Truth, arn: str, wish: ScaleIn, now: float) -> str:
    """What was on a host in the last emptyAfterSeconds, and could be known of."""
    for task in truth.cluster.tasks.values():
        if task.instance.arn != arn or task.started_by == MARK:
            continue
        end = now if task.told_to_stop_at is None else task.told_to_stop_at
        if task.stopped_at is not None:
            end = min(end, task.stopped_at)
        if end > task.created_at + truth.scenario.blind and end > now - wish.empty_after_seconds:
            return f"{arn[-6:]} is drained, {task.arn} of {task.group} was there lately"
    return ""


def _too_few(truth: Truth, arns: Sequence[str], wish: ScaleIn, now: float) -> str:
    """Which zone is left with less than minInstancesPerZone; a change of late may be unknown."""
    instances, fresh = truth.cluster.instances, now - truth.scenario.blind
    stay = Counter(
        one.host.zone
        for one in instances.values()
        if one.arn not in arns and (_works(one) or truth.status_since.get(one.arn, 0.0) >= fresh)
    )
    for zone in dict.fromkeys(instances[arn].host.zone for arn in arns):
        if stay[zone] < wish.least_per_zone:
            return f"{stay[zone]} stay in {zone}, at least {wish.least_per_zone} should"
    return ""


def _works(instance: Instance) -> bool:
    return instance.status == "ACTIVE" and instance.connected


def hosts_left(truth: Truth, lives: Sequence[Life]) -> list[str]:
    """What is left to do about hosts; empty: nothing."""
    wish = truth.scenario.scale_in
    there = [one for one in truth.cluster.instances.values() if one.status != "INACTIVE"]
    most = Limits().max_cluster_share.of(len(there))
    wrong: list[str] = []
    lost = [one for one in there if one.host.state == "terminated"]
    if truth.scenario.lost_after is not None and 0 < len(lost) <= most:
        wrong += [f"{one.arn[-6:]} is gone and still listed" for one in lost]
    if wish is None:
        return wrong
    idle = [one for one in there if _works(one) and not any(map(_others, one.tasks.values()))]
    if wish.drain:
        going = sum(one.status == "DRAINING" for one in there)
        stay = Counter(one.host.zone for one in there if _works(one))
        if going < most:
            wrong += [
                f"{one.arn[-6:]} holds nothing but daemons"
                for one in idle
                if stay[one.host.zone] > wish.least_per_zone
            ]
    told = [c.notice for life in lives if life.service for c in life.service.conditions]
    if idle and Notice.DAEMONS_ONLY not in told:
        wrong.append("nobody is told of hosts without work")
    return wrong


def _others(task: Task) -> bool:
    return task.counts and task.started_by != MARK
