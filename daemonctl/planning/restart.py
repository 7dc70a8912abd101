"""``dependsOn: restart``: a daemon older than what it depends on here is restarted.

It found the dependency that was there when it began; after a replacement that is another one. The
dependency has to be ready, and not about to be replaced once more.
"""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.memory import SlotMemory
from daemonctl.model.plan import StopKind
from daemonctl.model.reason import Code, Verdict
from daemonctl.planning.assessment import BEHIND, Entry, WantStop
from daemonctl.planning.busy import STOP_AND_START, busy_until
from daemonctl.planning.eligibility import Should
from daemonctl.planning.readiness import Ready
from daemonctl.planning.rules import Rule
from daemonctl.planning.scene import Scene, soonest
from daemonctl.planning.slots import Ranked


def look(
    scene: Scene, rule: Rule, kept: Ranked, entry: Entry, memory: SlotMemory
) -> tuple[Entry, SlotMemory]:
    """The entry of a lone task, with its restart where that is due."""
    words = _due(scene, rule, kept, entry)
    if not words:
        return entry, memory
    told = structs.replace(entry, verdict=Verdict(Code.RESTART, words))
    busy = busy_until(scene, memory, STOP_AND_START)
    if busy is not None:
        return structs.replace(told, wake=soonest(told.wake, busy)), memory
    stop = WantStop(kept.task.arn, StopKind.VOLUNTARY, Code.RESTART, words)
    return structs.replace(told, stop=stop), memory


def _due(scene: Scene, rule: Rule, kept: Ranked, entry: Entry) -> str:
    """Why it is to be restarted, "" where it is not: what is outdated is replaced anyhow."""
    if kept.state.value is not Ready.READY or entry.flags & BEHIND:
        return ""
    if scene.should is not Should.RUN:
        return ""
    for need in rule.spec.depends_on:
        other = scene.rules.by_name[need.daemon]
        state = scene.states[other.index]
        if not need.restart or state is None or state[1].value is not Ready.READY:
            continue
        if scene.entries[other.index].flags & BEHIND and other.course.moves:
            continue
        if _older(kept.task, state[0]):
            return f"it was started before the {other.name} that runs here now"
    return ""


def _older(task: Task, other: Task) -> bool:
    """By ECS's own times: what is not known is no reason to stop anything."""
    if task.created_at is None or other.created_at is None:
        return False
    return task.created_at < other.created_at
