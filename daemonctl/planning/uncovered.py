"""Single ports that run and are not in Consul: told, and registrator is restarted for them, once.

A restart makes registrator look at every container. What is missing after that as well it cannot
mend, so it is done once for each set of missing ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.memory import SlotMemory, Unregistered
from daemonctl.model.plan import StopKind
from daemonctl.model.reason import Code, Verdict
from daemonctl.planning.assessment import Entry, WantStop
from daemonctl.planning.backoff import OURS
from daemonctl.planning.busy import STOP_AND_START, busy_until
from daemonctl.planning.coverage import Coverage, Gap, coverage, named
from daemonctl.planning.eligibility import Should
from daemonctl.planning.rules import Rule
from daemonctl.planning.scene import Scene, soonest

RESTART_SECONDS = 120.0
"""So long something is missing before registrator is restarted for it."""

_RESTARTED = f"{OURS} {Code.COVERAGE}:"


def look(
    scene: Scene, rule: Rule, own: Sequence[Task], entry: Entry, memory: SlotMemory
) -> tuple[Entry, SlotMemory]:
    """The entry of a daemon that registers services, where something is missing beside it."""
    seen = scene.host.registered
    if not rule.spec.services_registered:
        return entry, _remembering(memory, None)
    state = scene.states[-1]
    stays = scene.should is Should.RUN
    if entry.verdict.code is not Code.READY or not stays or seen is None or state is None:
        return entry, memory
    found = coverage(seen, state[0].running_since)
    held = _next(memory.unregistered, found, own, seen.as_of)
    memory = _remembering(memory, held)
    if held is None or not found.missing:
        return entry, memory
    count = f"{len(found.missing)} of {found.expected} published ports"
    words = f"{count} not in Consul: {named(found.missing)}"
    if held.restarted:
        told = Verdict(Code.READY, f"{words}; a restart of {rule.name} has not helped")
        return structs.replace(entry, verdict=told), memory
    if seen.as_of < held.since + RESTART_SECONDS:
        return structs.replace(entry, verdict=Verdict(Code.READY, words)), memory
    return _restarted(scene, state[0], words, entry, memory), memory


def _restarted(scene: Scene, task: Task, words: str, entry: Entry, memory: SlotMemory) -> Entry:
    entry = structs.replace(entry, verdict=Verdict(Code.COVERAGE, words))
    busy = busy_until(scene, memory, STOP_AND_START)
    if busy is not None:
        return structs.replace(entry, wake=soonest(entry.wake, busy))
    stop = WantStop(task.arn, StopKind.VOLUNTARY, Code.COVERAGE, words)
    return structs.replace(entry, stop=stop)


def _remembering(memory: SlotMemory, held: Unregistered | None) -> SlotMemory:
    if held == memory.unregistered:
        return memory
    return structs.replace(memory, unregistered=held)


def _next(
    held: Unregistered | None, found: Coverage, own: Sequence[Task], as_of: float
) -> Unregistered | None:
    """What is missed by now. What is too young to be missed again is not forgotten."""
    known = () if held is None else held.ports
    ports = sorted(
        [gap.key for gap in found.missing] + [gap.key for gap in found.young if gap.key in known]
    )
    if not ports:
        return None
    spent = bool(found.missing) and all(_restarted_for(gap, own) for gap in found.missing)
    if held is None or any(port not in known for port in ports):
        return Unregistered(tuple(ports), as_of, spent)
    return Unregistered(tuple(ports), held.since, held.restarted or spent)


def _restarted_for(gap: Gap, own: Sequence[Task]) -> bool:
    """Whether the daemon was restarted for want of registrations since the gap's task runs."""
    return any(
        task.stopped_reason.startswith(_RESTARTED)
        and task.stopped_at is not None
        and task.stopped_at > gap.since
        for task in own
    )
