"""Hosts that want something, in one order whatever order they came in: by zone, then ARN."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Generic, TypeVar

from daemonctl.model.ids import ContainerInstanceArn

W = TypeVar("W")


class Queue(Generic[W]):
    """At most one want a host. Full and incremental plans see the same order."""

    __slots__ = ("_order", "_wants", "_zones")

    def __init__(self) -> None:
        self._order: list[tuple[str, ContainerInstanceArn]] = []
        self._wants: dict[ContainerInstanceArn, W] = {}
        self._zones: dict[ContainerInstanceArn, str] = {}  # under which it stands in the order

    def __len__(self) -> int:
        return len(self._wants)

    def __iter__(self) -> Iterator[tuple[ContainerInstanceArn, W]]:
        for _, arn in self._order:
            yield arn, self._wants[arn]

    def put(self, zone: str, arn: ContainerInstanceArn, want: W | None) -> None:
        """Sets what a host wants; None takes it out.

        A host's zone may come and go: ECS may leave the attributes out of an event.
        """
        stands = self._zones.get(arn)
        if stands is not None and (want is None or stands != zone):
            del self._order[bisect_left(self._order, (stands, arn))]
            del self._wants[arn], self._zones[arn]
            stands = None
        if want is None:
            return
        if stands is None:
            insort(self._order, (zone, arn))
            self._zones[arn] = zone
        self._wants[arn] = want
