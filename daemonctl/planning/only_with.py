"""``onlyWith``: a daemon comes with the first task of some services, and leaves after the last.

A task that is stopping still needs it; only one that ECS wants to run makes it start.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.memory import SlotMemory
from daemonctl.model.plan import StopKind
from daemonctl.model.reason import Code, Verdict
from daemonctl.model.spec import OnlyWith
from daemonctl.planning.assessment import Entry, WantStop
from daemonctl.planning.busy import busy_until
from daemonctl.planning.groups import any_named
from daemonctl.planning.rules import Rule
from daemonctl.planning.scene import Scene, soonest


def look(
    scene: Scene, rule: Rule, own: Sequence[Task], memory: SlotMemory
) -> tuple[Entry | None, SlotMemory, float | None]:
    """The entry of a daemon that nobody needs here; None where it goes on as any other.

    The last of the three is when that may change by time alone.
    """
    spec = rule.spec.only_with
    if spec is None:
        return None, memory, None
    live = next((task for task in own if task.live), None)
    words = _idle(scene, spec, runs=live is not None)
    known = all(name in scene.listed for name in spec.services)
    if not words or live is None or not known:
        entry = _unused(words) if words and live is None else None
        return entry, _since(memory, None), None
    return _leaving(scene, spec, live, memory)


def _idle(scene: Scene, spec: OnlyWith, *, runs: bool) -> str:
    """That nobody needs it, in words; "" where somebody does."""
    users = [task for task in scene.host.tasks if any_named(spec.services, task.group)]
    if any(task.live or (runs and not task.stopped) for task in users):
        return ""
    return f"no task of {', '.join(spec.services)} runs here"


def _leaving(
    scene: Scene, spec: OnlyWith, live: Task, memory: SlotMemory
) -> tuple[Entry | None, SlotMemory, float | None]:
    since = scene.now if memory.unused_since is None else memory.unused_since
    memory, until = _since(memory, since), since + spec.linger_seconds
    if scene.now < until:
        return None, memory, until
    words = f"the last task of {', '.join(spec.services)} left {spec.linger_seconds:g} s ago"
    busy = busy_until(scene, memory)
    if busy is not None:
        return structs.replace(_unused(words), wake=busy), memory, None
    stop = WantStop(live.arn, StopKind.VOLUNTARY, Code.UNUSED, words)
    return structs.replace(_unused(words), stop=stop), memory, None


def lingering(entry: Entry, until: float | None) -> Entry:
    """An entry that time may change."""
    return entry if until is None else structs.replace(entry, wake=soonest(entry.wake, until))


def _unused(words: str) -> Entry:
    return Entry(Verdict(Code.UNUSED, words))


def _since(memory: SlotMemory, since: float | None) -> SlotMemory:
    if memory.unused_since == since:
        return memory
    return structs.replace(memory, unused_since=since)
