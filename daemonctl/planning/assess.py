"""One host at a time: what runs, what should, why not, and what is wanted.

Daemons are looked at dependencies first. Nothing here depends on another host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.ids import GATE, Slot
from daemonctl.model.memory import NOTHING, Failure, Kind, SlotMemory
from daemonctl.model.observed import Host, Observed
from daemonctl.model.reason import Code
from daemonctl.planning import (
    adopt,
    drain,
    gates,
    marking,
    missing,
    once,
    only_with,
    out_order,
    present,
    reserve,
    uncovered,
)
from daemonctl.planning.assessment import AVAILABLE, LEAVING, LOST, Assessment, Entry
from daemonctl.planning.backoff import OURS
from daemonctl.planning.failing import failing
from daemonctl.planning.losses import lost_by_us
from daemonctl.planning.remember import take_in
from daemonctl.planning.rules import Rule, Rules
from daemonctl.planning.scene import Scene, soonest
from daemonctl.planning.slots import sort_tasks
from daemonctl.planning.unproven import unproven

RECENT_SECONDS = 120.0
"""A failure older than this is no reason to brake today's starts."""

_ASTRAY = f"{OURS} {Code.MISPLACED}:"

_FAILS = (Code.UNHEALTHY, Code.UNREADY, Code.START_TIMEOUT)
"""The task that is there is known not to become ready."""

_NO_TASKS: tuple[Task, ...] = ()


_NOTHING_SEEN = Observed({}, complete=False, as_of=0.0, first_full_at=None)


def assess(
    rules: Rules,
    host: Host,
    memory: Mapping[Slot, SlotMemory],
    now: float,
    seen: Observed = _NOTHING_SEEN,
) -> Assessment:
    """Everything that one host says about its daemons at ``now`` (epoch seconds).

    Of ``seen`` only what is known of the cluster's services is asked, never another host.
    """
    scene = Scene(rules, host, now, seen.services, memory)
    arn = host.instance.arn
    tasks = sort_tasks(rules, host)
    scene.own = tasks.own
    leaving = drain.begin(scene, tasks, memory, seen.daemon_services)
    changed: list[tuple[int, SlotMemory | None]] = []
    failed: list[int] = []
    wake: float | None = None
    for rule in rules.daemons:
        own = tasks.own.get(rule.group, _NO_TASKS)
        before = memory.get((arn, rule.name), NOTHING)
        held = take_in(before, once.failed(rule, own), rule.restart, now)
        if held.failure is not before.failure and _lately(held.failure, now):
            failed.append(rule.index)
        look = leaving.look if leaving is not None else partial(_slot, scene)
        entry, after = look(rule, own, held)
        if after is not before and after != before:
            changed.append((rule.index, None if after == NOTHING else after))
        scene.entries.append(entry)
        if entry.wake is not None and (wake is None or entry.wake < wake):
            wake = entry.wake
    if leaving is None:
        out_order.hold_back(scene, tasks)
        wake = soonest(wake, reserve.hold_back(scene))
    gate, gate_memory = gates.look(scene, memory.get((arn, GATE), NOTHING))
    marks = marking.look(scene, memory)
    return Assessment(
        arn,
        host.instance.zone,
        tuple(scene.entries),
        tasks.foreign,
        tasks.orphans,
        tuple(changed),
        tuple(failed),
        soonest(wake, None if gate is None else gate.wake, *(one.wake for one in marks)),
        gate,
        gate_memory,
        marks,
    )


def _slot(
    scene: Scene, rule: Rule, own: Sequence[Task], memory: SlotMemory
) -> tuple[Entry, SlotMemory]:
    live = [task for task in own if task.live]
    fill, unwanted = scene.belongs(rule)
    unused, memory, until = only_with.look(scene, rule, own, memory)
    if unwanted is not None or unused is not None:
        scene.unwanted.append(rule.index)
        scene.states.append(None)
    if unwanted is not None:
        entry, after = present.misplaced(scene, own, live, memory, unwanted)
    elif unused is not None:
        entry, after = unused, memory
    elif rule.spec.once:
        entry, after = once.look(scene, rule, own, fill, memory)
    elif live:
        entry, after = present.look(scene, rule, live, fill, memory)
        entry, after = uncovered.look(scene, rule, own, entry, after)
        entry = only_with.lingering(adopt.told(scene, entry), until)
    else:
        entry, after = missing.look(scene, rule, own, fill, memory)
    course = rule.course
    if len(live) != len(own) or memory is not NOTHING or course.failed or course.untried:
        entry = _with_losses(scene, rule, entry, own, memory)
        fails, at = failing(scene, rule, own, entry)
        if fails is not None or at is not None:
            entry = structs.replace(entry, fails=fails, wake=soonest(entry.wake, at))
    return entry, after


def _with_losses(
    scene: Scene, rule: Rule, entry: Entry, own: Sequence[Task], memory: SlotMemory
) -> Entry:
    """Stops of ours count until what they took is gone, or made good, whatever holds by then."""
    flags, wake = entry.flags, entry.wake
    expected = memory.expectation
    if expected is not None and expected.kind is Kind.STOP and any(task.live for task in own):
        flags, wake = flags | LEAVING | LOST, soonest(wake, expected.expires)
    if any(t.stopped_reason.startswith(_ASTRAY) and not (t.live or t.stopped) for t in own):
        flags |= LEAVING
    if _lost(scene, rule, entry, own):
        flags |= LOST
    stop = entry.stop
    if stop is not None and flags & LOST:
        stop = structs.replace(stop, again=True)
    more, until = unproven(scene, rule, own, flags)
    flags, wake = flags | more, soonest(wake, until)
    if flags == entry.flags:
        return entry
    return structs.replace(entry, flags=flags, stop=stop, wake=wake)


def _lost(scene: Scene, rule: Rule, entry: Entry, own: Sequence[Task]) -> bool:
    """Unavailable by us (docs/terms.md). Who was disconnected before the rollout is left out."""
    away = scene.host.disconnected_since
    if away is None and entry.flags & AVAILABLE:
        return False
    rollout = rule.course.rollout
    if rollout is not None and away is not None and away < rollout.began:
        return False
    fails = entry.verdict.code in _FAILS
    by_stop = lost_by_us(own, rule.spec, fails=fails)
    return by_stop or scene.host.instance.arn in rule.course.failed


def _lately(failure: Failure | None, now: float) -> bool:
    return failure is not None and failure.at > now - RECENT_SECONDS
