"""Where the scheduler puts tasks that name no instance: constraints first, then the strategy.

Used by RunTask and by services. Constraints: memberOf and distinctInstance. Strategies: spread
over an attribute or over instances, binpack by cpu or memory, random; the default is to spread
over availability zones and then over instances.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from daemonctl.local.world.errors import invalid
from daemonctl.local.world.fields import Params, text
from daemonctl.local.world.launch import obstacle
from daemonctl.planning.query import Expression, QueryError, matches, parse

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.room import Room
    from daemonctl.local.world.task import Launch

MEMBER_OF = "MemberOf placement constraint unsatisfied."
DISTINCT = "DistinctInstance placement constraint unsatisfied."
ZONE = "attribute:ecs.availability-zone"
PER_INSTANCE = ("instanceId", "host")


@lru_cache(maxsize=1024)
def expression_of(words: str) -> Expression:
    """A parsed expression.

    Raises:
        WorldError: InvalidParameterException, saying what is wrong with it.
    """
    try:
        return parse(words)
    except QueryError as error:
        raise invalid(f"Invalid expression {words!r}: {error}") from None


class Constraints:
    """The placement constraints of a call or service, together with the definition's own."""

    def __init__(self, rows: Iterable[Params]) -> None:
        self._expressions: list[Expression] = []
        self._distinct = False
        for row in rows:
            kind = text(row, "type")
            if kind == "distinctInstance":
                self._distinct = True
            elif kind == "memberOf":
                self._expressions.append(expression_of(text(row, "expression") or ""))
            else:
                raise invalid(f"Placement constraint type {kind!r} is not supported.")

    def allow(self, instance: Instance) -> bool:
        """The memberOf constraints hold for an instance."""
        return all(matches(expression, instance) for expression in self._expressions)

    def broken(self, instance: Instance, group: str) -> str | None:
        """Which constraint forbids one more task of the group there, or None."""
        if not self.allow(instance):
            return MEMBER_OF
        if self._distinct and any(
            task.counts and task.group == group for task in instance.tasks.values()
        ):
            return DISTINCT
        return None

    @property
    def distinct(self) -> bool:
        """At most one task of the group an instance."""
        return self._distinct


class Chooser:
    """Picks one instance after the other for tasks of the same launch, each in O(log n)."""

    def __init__(
        self,
        core: Core,
        instances: Iterable[Instance],
        launch: Launch,
        constraints: Constraints,
        strategy: Sequence[Params] = (),
    ) -> None:
        self._core = core
        self._launch = launch
        self._constraints = constraints
        self._inner = _Order(core, launch.group, strategy)
        self.failures: list[tuple[Instance, str]] = []
        self._counts: dict[str, int] = {}
        self._heaps: dict[str, list[tuple[float, int, Instance]]] = {}
        for instance in instances:
            self._enter(instance)
        for heap in self._heaps.values():
            heapq.heapify(heap)

    def pick(self, held: dict[str, Room] | None = None) -> Instance | None:
        """The best instance that still takes one; None: nowhere fits any more.

        ``held`` is room that is spoken for on some instances, by ARN (daemon services' share).
        """
        while self._heaps:
            place = min(self._heaps, key=lambda name: (self._counts[name], name))
            heap = self._heaps[place]
            if not heap:
                del self._heaps[place]
                continue
            instance = heapq.heappop(heap)[2]
            why = self._why_not(instance, held)
            if why is not None:
                self.failures.append((instance, why))
                continue
            self._counts[place] += 1
            return instance
        return None

    def placed(self, instance: Instance) -> None:
        """A task was started there: it may be picked again, unless instances are distinct."""
        if not self._constraints.distinct:
            heap = self._heaps.get(self._inner.place(instance))
            if heap is not None:
                heapq.heappush(heap, self._row(instance))

    def _enter(self, instance: Instance) -> None:
        if instance.status != "ACTIVE":
            return
        broken = self._constraints.broken(instance, self._launch.group)
        if broken is not None:
            self.failures.append((instance, broken))
            return
        place = self._inner.place(instance)
        self._heaps.setdefault(place, []).append(self._row(instance))
        self._counts[place] = self._counts.get(place, 0) + self._inner.count(instance)

    def _row(self, instance: Instance) -> tuple[float, int, Instance]:
        return self._inner.rank(instance), instance.number, instance

    def _why_not(self, instance: Instance, held: dict[str, Room] | None) -> str | None:
        why = obstacle(self._core, instance, self._launch)
        kept = held.get(instance.arn) if held else None
        if why is not None or kept is None:
            return why
        return kept.lack(self._launch.needs)


class _Order:
    """What a strategy says: which place an instance belongs to, and its rank within."""

    def __init__(self, core: Core, group: str, strategy: Sequence[Params]) -> None:
        self._core = core
        self._group = group
        rules = [(text(row, "type") or "", text(row, "field") or "") for row in strategy]
        if not rules:
            rules = [("spread", ZONE), ("spread", "instanceId")]
        self._attribute = next(
            (field for kind, field in rules if kind == "spread" and field not in PER_INSTANCE),
            None,
        )
        inner = [rule for rule in rules if rule != ("spread", self._attribute)]
        self._rule = inner[0] if inner else ("spread", "instanceId")

    def place(self, instance: Instance) -> str:
        """The zone, or what else is spread over."""
        if self._attribute is None:
            return ""
        return (instance.values(self._attribute) or ("",))[0]

    def count(self, instance: Instance) -> int:
        """How many tasks of the group the instance has."""
        return sum(task.counts and task.group == self._group for task in instance.tasks.values())

    def rank(self, instance: Instance) -> float:
        """Smaller is taken earlier."""
        kind, field = self._rule
        if kind == "random":
            return self._core.dice()
        if kind == "binpack":
            left = instance.remaining
            return float(left.memory if field.lower() == "memory" else left.cpu)
        return float(self.count(instance))
