"""Invariant 6: ECS's buckets at the share that the config allows, kept by the oracle itself."""

from __future__ import annotations

from daemonctl.local.world.buckets import CATEGORIES

_CATEGORY_OF = {name: kind for kind, row in CATEGORIES.items() for name in row.operations}
_ROUNDING = 1e-3


class Quotas:
    """What each process has left of its share; it begins with a full one."""

    def __init__(self, budget: float) -> None:
        self._budget = budget
        self._levels: dict[tuple[str, str], tuple[float, float]] = {}

    def spend(self, who: str, operation: str, now: float) -> str:
        """Takes a token; what is wrong, "" where one was left."""
        kind = _CATEGORY_OF.get(operation)
        if kind is None:
            return ""
        category = CATEGORIES[kind]
        burst = max(1.0, category.burst * self._budget)
        rate = category.per_second * self._budget
        level, since = self._levels.get((who, kind), (burst, now))
        level = min(burst, level + (now - since) * rate) - 1.0
        self._levels[who, kind] = (level, now)
        if level >= -_ROUNDING:
            return ""
        return f"{operation} is {-level:.2f} tokens over its share {self._budget:g} of {kind}"
