"""When each loop of one cluster last came round, and how long a round may take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from daemonctl.model.ids import ClusterAlias
from daemonctl.runtime.datacenter import Datacenter
from daemonctl.runtime.event_loop import EventLoop
from daemonctl.runtime.liveness import LoopTurn
from daemonctl.runtime.reconcile import HEARTBEAT

_RECONCILE_BOUND: Final = 6 * HEARTBEAT
_EVENTS_BOUND: Final = 120.0  # a long poll and its time-out, a wait after a failure, a turn
_READING_BOUND: Final = 300.0  # between two answers: a read may wait for its API budget


def turns_of(
    alias: ClusterAlias,
    reconciled: float,
    read: tuple[float, float],
    events: EventLoop | None,
    datacenter: Datacenter | None,
) -> Sequence[LoopTurn]:
    """``read`` is when the reading last came round, and its interval."""
    turns = [
        LoopTurn(f"{alias}: reconcile", reconciled, _RECONCILE_BOUND),
        LoopTurn(f"{alias}: resync", read[0], _READING_BOUND + read[1]),
    ]
    if events is not None:
        turns.append(LoopTurn(f"{alias}: events", events.last_turn, _EVENTS_BOUND))
    if datacenter is not None:
        turns.append(datacenter.turn)
    return turns
