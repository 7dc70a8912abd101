"""A daemon's history: what was rolled out, why, and what became of it."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.rollout import HISTORY_KEPT, HistoryEntry, Outcome, Phase, Revision, Rollout


def begun(
    rollout: Rollout, target: Revision, cause: str, now: float, *, phase: Phase = Phase.ROLLING
) -> Rollout:
    """A new rollout to ``target`` in the place of what was under way. A pause stays."""
    ended = closed(rollout, Outcome.SUPERSEDED).history
    number = ended[-1].number + 1 if ended else 1
    entry = HistoryEntry(number, target, now, cause)
    return structs.replace(
        rollout,
        target=target,
        phase=phase,
        began=now,
        bake_since=None,
        canaries=(),
        failed=(),
        rollback_of=None,
        history=(*ended, entry)[-HISTORY_KEPT:],
    )


def closed(rollout: Rollout, outcome: Outcome) -> Rollout:
    """What is under way has come to this. An entry that is over stays as it is."""
    if not rollout.history or rollout.history[-1].outcome is not Outcome.RUNNING:
        return rollout
    last = structs.replace(rollout.history[-1], outcome=outcome)
    return structs.replace(rollout, history=(*rollout.history[:-1], last))
