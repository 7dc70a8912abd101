"""A task that runs and fails its health check. ECS leaves standalone ones as they are."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.memory import SlotMemory
from daemonctl.model.plan import StopKind
from daemonctl.model.reason import Code, Verdict
from daemonctl.planning.assessment import CURRENT, DESIRED, SICK, UPDATED, Entry, WantStop
from daemonctl.planning.backoff import delay
from daemonctl.planning.busy import STOP_AND_START, busy_until
from daemonctl.planning.rules import Rule
from daemonctl.planning.scene import Scene, soonest
from daemonctl.planning.slots import Ranked


def look(
    scene: Scene, rule: Rule, ranked: Ranked, memory: SlotMemory, *, updated: bool
) -> tuple[Entry, SlotMemory]:
    """Replaced once it has been unhealthy for a while, within the budget.

    Replacing it again and again waits longer each time; meanwhile it runs on, for a sick daemon is
    better than none.
    """
    since = memory.unhealthy_since
    if since is None:
        since = scene.now
        memory = structs.replace(memory, unhealthy_since=since)
    at = since + rule.spec.unhealthy_after_seconds
    failure = memory.failure
    if failure is not None:
        at = max(at, failure.at + delay(failure.streak, rule.spec.restart))
    flags = DESIRED | CURRENT | SICK | (UPDATED if updated else 0)
    words = ranked.state.words
    if scene.now < at:
        verdict = Verdict(Code.UNHEALTHY, f"{words}; replaced if it stays so", at)
        return Entry(verdict, flags, wake=soonest(at, scene.lost_at)), memory
    verdict = Verdict(Code.UNHEALTHY, words)
    busy = busy_until(scene, memory, STOP_AND_START)
    if busy is not None:
        return Entry(verdict, flags, wake=soonest(busy, scene.lost_at)), memory
    stop = WantStop(ranked.task.arn, StopKind.VOLUNTARY, Code.UNHEALTHY, words)
    return Entry(verdict, flags, stop=stop), memory
