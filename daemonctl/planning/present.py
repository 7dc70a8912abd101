"""A slot with live tasks: how they are, which one stays, which must go."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.ids import short
from daemonctl.model.memory import NOTHING, SlotMemory
from daemonctl.model.plan import StopKind
from daemonctl.model.reason import Code, Verdict
from daemonctl.planning import outdated, restart, sick
from daemonctl.planning.assessment import (
    AVAILABLE,
    CURRENT,
    DESIRED,
    DUPLICATED,
    LEAVING,
    MISSCHEDULED,
    RUNNING,
    STARTING,
    UPDATED,
    Entry,
    WantStop,
)
from daemonctl.planning.busy import busy_until
from daemonctl.planning.eligibility import Should
from daemonctl.planning.readiness import Readiness, Ready
from daemonctl.planning.rules import Rule
from daemonctl.planning.scene import Fill, Scene, runs, soonest
from daemonctl.planning.slots import Ranked, keep_first

PATIENCE_SECONDS = 15.0
"""So long a duplicate may wait for the one that stays, or for its turn to be it, to become ready.

It must go within 30 s.
"""

_FINE = DESIRED | CURRENT | RUNNING | AVAILABLE
_READY = Entry(Verdict(Code.READY), _FINE | UPDATED)
_OUTDATED = Entry(Verdict(Code.OUTDATED, "runs another revision than wanted"), _FINE)
_LEAVE = Verdict(Code.DRAINING, "its tasks stay: the instance is neither ACTIVE nor DRAINING")


def look(
    scene: Scene, rule: Rule, live: Sequence[Task], fill: Fill | None, memory: SlotMemory
) -> tuple[Entry, SlotMemory]:
    """The entry of a daemon that should run here and has live tasks."""
    ranked = [_ranked(scene, rule, live[0], fill)]
    if len(live) > 1:
        ranked += (_ranked(scene, rule, task, fill) for task in live[1:])
        ranked = keep_first(ranked)
    kept = ranked[0]
    scene.states.append((kept.task, kept.state))
    if scene.should is Should.LEAVE:
        return Entry(_LEAVE), memory
    if len(ranked) > 1:
        return _duplicates(scene, rule, ranked, memory)
    entry, memory = _alone(scene, rule, kept, memory)
    if rule.spec.once:  # its end is waited for, whichever revision it is of
        return entry, memory
    entry, memory = outdated.look(scene, rule, kept, entry, memory)
    return restart.look(scene, rule, kept, entry, memory)


def _ranked(scene: Scene, rule: Rule, task: Task, fill: Fill | None) -> Ranked:
    return Ranked(task, fill is None or runs(task, fill), scene.state(rule, task))


def _alone(scene: Scene, rule: Rule, kept: Ranked, memory: SlotMemory) -> tuple[Entry, SlotMemory]:
    updated = scene.updated(rule, kept.task)
    ails = kept.state.value is Ready.NOT_READY and kept.task.last_status == "RUNNING"
    if ails and not rule.spec.once:
        return sick.look(scene, rule, kept, memory, updated=updated)
    entry = _single(scene, kept.task, kept.state, updated=updated)
    if memory is NOTHING:
        return entry, memory
    if memory.unhealthy_since is not None:
        memory = structs.replace(memory, unhealthy_since=None)
    return _mending(rule, kept.task, entry, memory, scene.now)


def _single(scene: Scene, task: Task, state: Readiness, *, updated: bool) -> Entry:
    if state.value is Ready.READY and scene.host.disconnected_since is None:
        return _READY if updated else _OUTDATED
    flags = DESIRED | CURRENT | (UPDATED if updated else 0) | (RUNNING if state.running else 0)
    wake = soonest(state.until, scene.lost_at)
    if state.value is Ready.READY:
        flags |= AVAILABLE
        return Entry(Verdict(Code.READY if updated else Code.OUTDATED), flags, wake=wake)
    if state.value is Ready.SETTLING:
        flags |= STARTING
    code = {
        Ready.SETTLING: Code.SETTLING,
        Ready.UNKNOWN: Code.UNKNOWN,
        Ready.NOT_READY: Code.START_TIMEOUT,
    }[state.value]
    words = state.words
    if task.last_status != "RUNNING":
        words += _queue(scene, task)
    return Entry(Verdict(code, words, state.until), flags, wake=wake)


def _queue(scene: Scene, task: Task) -> str:
    """What a PENDING task waits for: the agent's queue is first in, first out."""
    born = task.created_at if task.created_at is not None else task.first_seen
    ahead = [
        short(other.arn)
        for other in scene.host.tasks
        if other is not task
        and other.live
        and other.last_status != "RUNNING"
        and (other.created_at if other.created_at is not None else other.first_seen) < born
    ]
    return f", waiting behind {', '.join(ahead)}" if ahead else ""


def _mending(
    rule: Rule, task: Task, entry: Entry, memory: SlotMemory, now: float
) -> tuple[Entry, SlotMemory]:
    """A series of failures ends once a task has run for resetAfterSeconds."""
    if memory.failure is None or task.last_status != "RUNNING" or rule.spec.once:
        return entry, memory
    at = task.running_since + rule.spec.restart.reset_after_seconds
    if now >= at:
        return entry, structs.replace(memory, failure=None)
    return structs.replace(entry, wake=soonest(at, entry.wake)), memory


def _duplicates(
    scene: Scene, rule: Rule, ranked: Sequence[Ranked], memory: SlotMemory
) -> tuple[Entry, SlotMemory]:
    kept, worst = ranked[0], ranked[-1]
    updated = scene.updated(rule, kept.task)
    flags = DESIRED | CURRENT | DUPLICATED | (UPDATED if updated else 0)
    if kept.state.running:
        flags |= RUNNING
    if kept.state.value is Ready.READY:
        flags |= AVAILABLE
    since = memory.duplicate_since
    if since is None:
        since = scene.now
        memory = structs.replace(memory, duplicate_since=since)
    words = f"{len(ranked)} tasks, {short(kept.task.arn)} stays"
    verdict = Verdict(Code.DUPLICATE, words)
    turns = soonest(scene.lost_at, *(one.state.until for one in ranked))  # who stays may change
    until = since + PATIENCE_SECONDS
    if (kept.state.value is not Ready.READY or _comes(kept, worst)) and scene.now < until:
        return Entry(verdict, flags, wake=soonest(until, turns)), memory
    busy = busy_until(scene, memory)
    if busy is not None:
        return Entry(verdict, flags, wake=soonest(busy, turns)), memory
    stop = WantStop(worst.task.arn, StopKind.REPAIR, Code.DUPLICATE, words)
    return Entry(verdict, flags, stop=stop, wake=turns), memory


def _comes(kept: Ranked, worst: Ranked) -> bool:
    """The last one left is of the wanted revision, unlike the ready one, and may become ready."""
    return not kept.wanted and worst.wanted and worst.state.value is Ready.SETTLING


def misplaced(
    scene: Scene, own: Sequence[Task], live: Sequence[Task], memory: SlotMemory, why: Verdict
) -> tuple[Entry, SlotMemory]:
    """The entry of a daemon that runs, or still stops, where it should not."""
    leaving = LEAVING if any(not (task.live or task.stopped) for task in own) else 0
    if not live:
        return Entry(why, leaving), memory
    code = Code.ORPHAN if why.code is Code.ORPHAN else Code.MISPLACED
    verdict = Verdict(code, f"runs here, but {why.words}")
    busy = busy_until(scene, memory)
    if scene.should not in (Should.RUN, Should.NO) or busy is not None:
        return Entry(verdict, MISSCHEDULED | leaving, wake=busy), memory
    stop = WantStop(live[0].arn, StopKind.VOLUNTARY, code, why.words)
    return Entry(verdict, MISSCHEDULED | leaving, stop=stop), memory
