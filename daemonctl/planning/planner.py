"""Desired and observed in, actions and reasons out.

1. Every host is looked at by itself, daemons in the order of their dependencies (``assess``).
2. What the hosts want goes into queues, what they are into sums (``board``).
3. The budgets are spent from the queues (``allot``).
4. What the actions expect is remembered with the plan.
"""

from __future__ import annotations

from daemonctl.model.desired import Desired
from daemonctl.model.memory import Memory
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
    return Board(desired).replan(observed, memory, None, allowance, now)
