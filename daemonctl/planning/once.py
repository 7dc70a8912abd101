"""A daemon that runs once: it is started until a run has ended well, and then never again.

What has run is told by the instance's attribute (see ``marking``), and until that is set by the
stopped tasks, which ECS tells of for an hour. A revision that ran before serves those that depend
on it until the next one has run: it is not taken away by asking for another.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.ids import short
from daemonctl.model.memory import SlotMemory
from daemonctl.model.once import attribute_of, mark_of
from daemonctl.model.reason import Code, Verdict
from daemonctl.planning import missing, present
from daemonctl.planning.assessment import (
    AVAILABLE,
    BEHIND,
    CURRENT,
    DESIRED,
    RUNNING,
    STARTING,
    UPDATED,
    Entry,
)
from daemonctl.planning.rules import Rule
from daemonctl.planning.scene import Fill, Scene

_ENDED = "EssentialContainerExited"
"""ECS's stop code where a task ended by itself (API reference: stopCode)."""

_HAS_RUN = CURRENT | RUNNING | AVAILABLE


def succeeded(rule: Rule, task: Task) -> bool:
    """Whether a task ended by itself, each of its essential containers with exit code 0.

    Other containers are killed when the essential ones have ended, and say nothing. Of a revision
    that nobody knows any more all containers have to say 0.
    """
    if not task.stopped or task.stop_code != _ENDED:
        return False
    known = rule.known.get(task.definition)
    named = () if known is None else known.essential
    codes = [one.exit_code for one in task.containers if not named or one.name in named]
    return bool(codes) and all(code == 0 for code in codes)


def failed(rule: Rule, own: Sequence[Task]) -> Sequence[Task]:
    """The tasks that may count as failures: of a daemon that runs once not those that succeeded."""
    return [task for task in own if not succeeded(rule, task)] if rule.spec.once else own


def look(
    scene: Scene, rule: Rule, own: Sequence[Task], fill: Fill | None, memory: SlotMemory
) -> tuple[Entry, SlotMemory]:
    """The entry of a daemon that runs once, on a host where it belongs."""
    done = _done(scene, rule, own, memory)
    if done:
        scene.done[rule.index] = done
    wanted = "" if fill is None else mark_of(fill.aim.definition.arn, fill.overrides)
    live = [task for task in own if task.live]
    if live:
        entry, memory = present.look(scene, rule, live, fill, memory)
    elif done and done == wanted:
        scene.states.append(None)
        entry = Entry(Verdict(Code.DONE, f"{done} has run here"), DESIRED)
        memory = structs.replace(memory, failure=None, probe_at=None)
    else:
        entry, memory = missing.look(scene, rule, own, fill, memory)
        entry = _to_run(entry, fill, done)
    flags = entry.flags & ~(RUNNING | UPDATED)
    if done and flags & DESIRED:
        again = done != wanted and (bool(live) or flags & STARTING)
        flags |= _HAS_RUN | (UPDATED if done == wanted else 0) | (BEHIND if again else 0)
    return structs.replace(entry, flags=flags), _noted(scene, rule, done, memory)


def _done(scene: Scene, rule: Rule, own: Sequence[Task], memory: SlotMemory) -> str:
    """The mark of what ran here last to a good end, "" where nothing did.

    The last one that is seen goes before the attribute: it may not have been set yet.
    """
    ended = [task for task in own if succeeded(rule, task)]
    last = max(ended, key=_ended_at, default=None)
    if last is not None:
        return mark_of(last.definition, last.overrides)
    return memory.done or scene.host.instance.attributes.values.get(attribute_of(rule.name), "")


def _ended_at(task: Task) -> tuple[float, str]:
    return (task.first_seen if task.stopped_at is None else task.stopped_at, task.arn)


def _noted(scene: Scene, rule: Rule, done: str, memory: SlotMemory) -> SlotMemory:
    """It is remembered until the attribute says it: ECS forgets a stopped task after an hour."""
    marked = scene.host.instance.attributes.values.get(attribute_of(rule.name), "")
    note = "" if done == marked else done
    return memory if memory.done == note else structs.replace(memory, done=note)


def _to_run(entry: Entry, fill: Fill | None, done: str) -> Entry:
    """The start of one that has not run here, in its own words."""
    if entry.start is None or fill is None:
        return entry
    words = f"{short(fill.aim.definition.arn)} has not run here yet"
    words += f"; {done} has" if done else ""
    failure = entry.start.words.partition("; last: ")[2]
    words += f"; last: {failure}" if failure else ""
    start = structs.replace(entry.start, words=words, again=bool(done))
    return structs.replace(entry, verdict=Verdict(entry.verdict.code, words), start=start)
