"""How many of a daemon are on their way out at once, by the truth."""

from __future__ import annotations

from tests.simulation.life import Call, Slot
from tests.simulation.truth import Truth


def over_budget(
    truth: Truth, writes: list[Call], call: Call, slot: Slot, code: str, *, now: float
) -> str:
    """Why a voluntary stop is one too many, "" where it is not."""
    going = {
        stop.slots[0]
        for stop in writes
        if stop is not call
        and stop.done
        and stop.life is call.life
        and f" {code}:" in stop.reason
        and stop.slots[0][1] == slot[1]
        and now < stop.sent_at + truth.scenario.switches.stopped_visible_seconds  # ADR 12
        and _still_out(truth, stop, code)
    }
    whole = sum(1 for one in truth.cluster.instances.values() if one.status == "ACTIVE")
    most = truth.daemons[slot[1]].max_unavailable.of(whole)
    if len(going | {slot}) <= most:
        return ""
    return f"{len(going)} of {slot[1]} are on their way out, {most} may be"


def _still_out(truth: Truth, stop: Call, code: str) -> bool:
    """A misplaced task is on its way out until it has left; of others a new one must run.

    What went with its host, or leaves with it, is missed by nobody.
    """
    instance = truth.cluster.instances.get(stop.slots[0][0])
    if instance is None or instance.status != "ACTIVE":
        return False
    task = truth.cluster.tasks.get(stop.task)
    if task is not None and task.last_status != "STOPPED":
        return True
    if code == "MISPLACED":
        return False
    later = [r for r in truth.slots[stop.slots[0]] if r.at > stop.sent_at]
    return not any(record.ran_at is not None for record in later)
