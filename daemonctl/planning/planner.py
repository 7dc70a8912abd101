"""Desired and observed in, actions and reasons out.

1. Every host is looked at by itself, daemons in the order of their dependencies (``assess``).
2. What the hosts want goes into queues, what they are into sums (``board``).
3. The budgets are spent from the queues (``allot``).
4. What the actions expect is remembered with the plan.

A rollout that changes is remembered before it is acted on, so the first turn only looks.
"""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.desired import Desired
from daemonctl.model.memory import NOTHING, Memory
from daemonctl.model.observed import Observed
from daemonctl.model.plan import Allowance, Plan
from daemonctl.planning.board import Board


def plan(
    desired: Desired, observed: Observed, memory: Memory, allowance: Allowance, now: float
) -> Plan:
    """The whole plan for a cluster at ``now`` (epoch seconds), from nothing but its arguments.

    Raises:
        ValueError: ``desired`` has an expression that does not parse or a cycle of dependencies.
    """
    board = Board(desired)
    first = board.replan(observed, memory, None, _NOTHING, now)
    known = Memory(
        {**memory.slots, **{slot: kept or NOTHING for slot, kept in first.slots.items()}},
        {**memory.daemons, **first.daemons},
        memory.cluster,
        memory.freeze,
        memory.stored,
        memory.unsaved,
        memory.repair,
    )
    made = board.replan(observed, known, (), allowance, now)
    return structs.replace(
        made,
        looks=tuple(dict.fromkeys((*first.looks, *made.looks))),
        verdicts={**first.verdicts, **made.verdicts},
        slots={**first.slots, **made.slots},
        daemons={**first.daemons, **made.daemons},
    )


_NOTHING = Allowance(modify_calls=0, voluntary_stops=0)
