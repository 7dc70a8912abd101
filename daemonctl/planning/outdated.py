"""A task of another revision than the target: whether it may be replaced now, or what it waits for.

What is settling or unknown is never free to be updated. A dependent waits for its dependency's
update on the same instance, and for the dependency to be there: else its own start would wait.
"""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.ids import short
from daemonctl.model.memory import SlotMemory
from daemonctl.model.plan import StopKind
from daemonctl.model.reason import Code, Verdict
from daemonctl.model.rollout import Phase
from daemonctl.model.spec import Strategy
from daemonctl.planning.assessment import AVAILABLE, BEHIND, CURRENT, UPDATED, Entry, WantStop
from daemonctl.planning.busy import STOP_AND_START, busy_until
from daemonctl.planning.eligibility import Should
from daemonctl.planning.readiness import Ready, asked
from daemonctl.planning.rules import Rule
from daemonctl.planning.scene import Scene, soonest
from daemonctl.planning.slots import Ranked

_BROKEN = (
    Code.BACKOFF,
    Code.NO_FIT,
    Code.NO_DEFINITION,
    Code.START_TIMEOUT,
    Code.UNHEALTHY,
    Code.UNKNOWN,
)
"""Verdicts of a dependency that is not on its way."""


def look(
    scene: Scene, rule: Rule, kept: Ranked, entry: Entry, memory: SlotMemory
) -> tuple[Entry, SlotMemory]:
    """The entry of a lone task, with its replacement where it is outdated and its turn is near."""
    if entry.flags & UPDATED or scene.should is not Should.RUN:
        return entry, memory
    if not _in_vain(scene, rule):
        entry = structs.replace(entry, flags=entry.flags | BEHIND)
    if kept.state.value not in (Ready.READY, Ready.NOT_READY):
        return entry, memory
    ready = kept.state.value is Ready.READY
    what = _what(rule, kept)
    waits = _waits(scene, rule)
    if waits:
        words = f"{what}; {waits}"
        return (_told(entry, Code.OUTDATED, words) if ready else entry), memory
    code = Code.OUTDATED if ready else Code.UNREADY
    words = what if ready else f"{what} and is not ready: {kept.state.words}"
    told = _told(entry, code, words)
    busy = busy_until(scene, memory, STOP_AND_START if ready else 1)
    if busy is not None:
        return structs.replace(told, stop=None, wake=soonest(told.wake, busy)), memory
    stop = WantStop(kept.task.arn, StopKind.VOLUNTARY, code, words)
    return structs.replace(told, stop=stop), memory


def _in_vain(scene: Scene, rule: Rule) -> bool:
    """A dependency is broken here: the rollout of the others does not wait for that."""
    return any(_is_broken(scene, index) for index, _ in rule.dependencies)


def _is_broken(scene: Scene, index: int) -> bool:
    """What runs once is so by its next run; that an earlier revision has run mends nothing."""
    entry = scene.entries[index]
    there = entry.flags & AVAILABLE and not scene.rules.daemons[index].spec.once
    return entry.verdict.code in _BROKEN and not there


def _told(entry: Entry, code: Code, words: str) -> Entry:
    return structs.replace(entry, verdict=Verdict(code, words, entry.verdict.until))


def _what(rule: Rule, kept: Ranked) -> str:
    target, now = rule.course.target, short(kept.task.definition)
    then = now if target is None else short(target.definition.arn)
    if now != then:
        return f"runs {now}, is to run {then}"
    since = rule.course.restarted_at
    born = kept.task.created_at
    if since is not None and born is not None and born < since:
        return f"runs {now} and is to be restarted"
    return f"runs {now} with other overrides than wanted"


def _waits(scene: Scene, rule: Rule) -> str:
    """What keeps the instance from being updated, "" where only the budget does."""
    course, arn = rule.course, scene.host.instance.arn
    if not course.updates(arn):
        return _held(rule)
    if rule.spec.strategy is Strategy.ON_DELETE:
        return "strategy ON_DELETE: updated once its task is stopped by hand"
    for index, condition in rule.dependencies:
        other = scene.rules.daemons[index]
        behind = scene.entries[index].flags & (CURRENT | UPDATED) == CURRENT
        if behind and other.course.moves and other.spec.strategy is Strategy.ROLLING:
            return f"waits for {other.name} to be updated here first"
        if not scene.met(index, condition):
            return f"waits for {other.name} {asked(condition)} here"
    return ""


def _held(rule: Rule) -> str:
    held = rule.course.rollout
    if held is None:
        return "waits until all of the cluster has been seen"
    if held.pause is not None:
        return "the rollout is paused"
    if held.phase is Phase.CANARY:
        return "waits for the canaries"
    return f"the rollout is {held.phase.lower()}"
