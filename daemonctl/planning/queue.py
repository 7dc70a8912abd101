"""Hosts that want something, in one order whatever order they came in: by zone, then ARN."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Generic, TypeVar

from daemonctl.model.ids import ContainerInstanceArn

W = TypeVar("W")


class Queue(Generic[W]):
    """At most one want a host. Full and incremental plans see the same order."""

    __slots__ = ("_order", "_wants")

    def __init__(self) -> None:
        self._order: list[tuple[str, ContainerInstanceArn]] = []
        self._wants: dict[ContainerInstanceArn, W] = {}

    def __len__(self) -> int:
        return len(self._wants)

    def __iter__(self) -> Iterator[tuple[ContainerInstanceArn, W]]:
        for _, arn in self._order:
            yield arn, self._wants[arn]

    def put(self, zone: str, arn: ContainerInstanceArn, want: W | None) -> None:
        """Sets what a host wants; None takes it out. A host's zone never changes."""
        if want is None:
            if self._wants.pop(arn, None) is not None:
                del self._order[bisect_left(self._order, (zone, arn))]
            return
        if arn not in self._wants:
            insort(self._order, (zone, arn))
        self._wants[arn] = want
