"""What an operator may ask of a daemon's rollout. Each gives the rollout after it, or says why not.

They never touch the budget: an undo or a restart is a rollout like any other.
"""

from __future__ import annotations

from msgspec import Struct, structs

from daemonctl.model.rollout import Pause, Phase, Revision, Rollout
from daemonctl.planning.rollout_history import begun


class Refused(Struct, frozen=True):
    """The command changes nothing; why, and the next step."""

    words: str


def pause(rollout: Rollout, now: float, words: str = "") -> Rollout | Refused:
    """No more updates until resumed. Gaps are filled, and what is unhealthy replaced, as before."""
    if rollout.pause is not None:
        return Refused("it is paused already")
    return structs.replace(rollout, pause=Pause(now, words))


def resume(rollout: Rollout, now: float) -> Rollout | Refused:
    """Goes on after a pause, a halt, or where it was unclear what to do."""
    if rollout.phase in (Phase.HALTED, Phase.UNCLEAR):
        cause = "resumed" if rollout.phase is Phase.HALTED else "resumed after a restart"
        again = begun(rollout, rollout.target, cause, now)
        return structs.replace(again, pause=None)
    if rollout.pause is None:
        return Refused("it is neither paused nor halted")
    return structs.replace(rollout, pause=None)


def undo(rollout: Rollout, now: float, number: int | None = None) -> Rollout | Refused:
    """Back to a revision of the history, by default to the one before. It is never undone itself.

    The config stays as it is: what it wants is rolled out once it wants something else.
    """
    if rollout.pause is not None:
        return Refused("it is paused: resume it first")
    target = _revision(rollout, number)
    if isinstance(target, Refused):
        return target
    if target == rollout.target and rollout.phase not in (Phase.HALTED, Phase.UNCLEAR):
        return Refused(f"{target} is the target already")
    cause = "undo" if number is None else f"undo to {number}"
    back = begun(rollout, target, cause, now)
    return structs.replace(back, rollback_of=rollout.target)


def restart(rollout: Rollout, now: float) -> Rollout | Refused:
    """Replaces every task that was created before now by one of the same revision."""
    if rollout.pause is not None:
        return Refused("it is paused: resume it first")
    if rollout.phase in (Phase.HALTED, Phase.UNCLEAR):
        return Refused(f"it is {rollout.phase}: resume or undo it first")
    again = begun(rollout, rollout.target, "restart", now)
    # What was undone stays undone: its tasks go on to say what they were started to get away from.
    return structs.replace(again, restarted_at=now, rollback_of=rollout.rollback_of)


def _revision(rollout: Rollout, number: int | None) -> Revision | Refused:
    if number is not None:
        found = next((e.revision for e in rollout.history if e.number == number), None)
        if found is not None:
            return found
        known = ", ".join(str(entry.number) for entry in rollout.history)
        return Refused(f"the history has no revision {number}; it has: {known or 'none'}")
    if rollout.last_good is not None and rollout.last_good != rollout.target:
        return rollout.last_good
    before = [e.revision for e in rollout.history if e.revision != rollout.target]
    return before[-1] if before else Refused("there is no revision before this one")
