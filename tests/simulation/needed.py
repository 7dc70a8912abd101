"""Gates, restarts and unused daemons by the world's truth."""

from __future__ import annotations

from daemonctl.local.world.task import Task
from daemonctl.model.spec import Dependency, DependsOn
from daemonctl.planning.groups import any_named
from tests.simulation.life import Call, Slot
from tests.simulation.truth import NEVER, Truth

HEALTH_POLL = 60.0
"""Seconds: no event tells that a health check has passed."""


def opened_too_soon(truth: Truth, arn: str, now: float) -> str:
    """What is not ready where a gate is opened, "" where all is."""
    for name, daemon in truth.daemons.items():
        slot = (arn, name)
        if not daemon.required or not truth.belongs(slot) or not truth.may_start(slot):
            continue
        if truth.flipped_at.get(arn, 0.0) >= now - truth.scenario.blind:
            continue  # it may not be known yet that it belongs there
        condition = DependsOn.SUCCESS if daemon.once else DependsOn.READY
        if not truth.ready(slot, Dependency(daemon.name, condition), now, truth.scenario.blind):
            return f"the gate of {arn[-6:]} is opened without {name}"
    return ""


def lone(truth: Truth, call: Call, slot: Slot, now: float) -> str:
    """Why a repair takes something away, "" where another one stays, or has died unseen."""
    fresh = now - truth.scenario.blind
    others = [
        record
        for record in truth.slots.get(slot, ())
        if record.task.arn != call.task and (record.left_at is None or record.left_at >= fresh)
    ]
    if not others:
        return f"of the only task of {slot}"
    daemon, mine = truth.daemons[slot[1]], truth.records.get(call.task)
    if mine is None or daemon.once or daemon.agent_alive or not _known_there(truth, slot, fresh):
        return ""
    least = daemon.min_ready_seconds
    seen = fresh - (HEALTH_POLL if mine.task.has_health_check else 0.0)
    if not mine.reached(DependsOn.READY, least, seen, 0.0) or mine.sick_at is not None:
        return ""  # not everybody knows that it works
    if any(one.reached(DependsOn.READY, least, now, truth.scenario.blind) for one in others):
        return ""
    return f"of the only ready task of {slot}"


def _known_there(truth: Truth, slot: Slot, fresh: float) -> bool:
    """Whether its agent has been connected since then: else nobody knows what is ready."""
    instance = truth.cluster.instances[slot[0]]
    return instance.connected and truth.status_since.get(slot[0], NEVER) < fresh


def unasked(truth: Truth, call: Call, slot: Slot, code: str, now: float) -> str:
    """Why nobody asked for a stop of these kinds, "" where somebody did."""
    if code == "RESTART":
        return _not_younger(truth, call, slot)
    if code == "UNUSED":
        return _still_needed(truth, slot, now)
    return f"no known reason: {call.reason}"


def _not_younger(truth: Truth, call: Call, slot: Slot) -> str:
    """Why a restart by dependency is none."""
    mine = truth.records[call.task]
    for need in truth.daemons[slot[1]].depends_on:
        others = truth.slots.get((slot[0], str(need.daemon)), ())
        if need.restart and any(other.at > mine.at for other in others):
            return ""
    return "nothing that it depends on was replaced"


def _still_needed(truth: Truth, slot: Slot, now: float) -> str:
    """Who needs a daemon that is stopped as unused, "" where nobody does."""
    rule = truth.daemons[slot[1]].only_with
    if rule is None:
        return "it has no onlyWith"
    fresh = now - truth.scenario.blind
    for task in truth.cluster.instances[slot[0]].tasks.values():
        if any_named(rule.services, task.group) and task.created_at < fresh:
            return f"{task.arn} of {task.group} is there"
    return ""


def unneeded(truth: Truth, slot: Slot) -> bool:
    """Whether nobody needs a daemon there that comes with others only."""
    rule = truth.daemons[slot[1]].only_with
    tasks = truth.cluster.instances[slot[0]].tasks.values()
    return rule is not None and not any(
        task.counts and any_named(rule.services, task.group) for task in tasks
    )


def older(truth: Truth, slot: Slot, task: Task) -> str:
    """What a task should have been restarted after, "" where there is nothing."""
    for need in truth.daemons[slot[1]].depends_on:
        there = truth.live((slot[0], str(need.daemon))) if need.restart else []
        if any(other.created_at > task.created_at for other in there):
            return f"is older than {need.daemon}"
    return ""


def gate_left_closed(truth: Truth, arn: str) -> bool:
    """Whether the gate of an instance where all is well is not open."""
    gate, attributes = truth.scenario.gate, truth.cluster.instances[arn].attributes
    return gate is not None and attributes.get(gate.attribute) != "true"
