"""A list that is read in pages and loses members anywhere, each in constant time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")

SMALL = 64
"""Below this many rows holes are not worth closing."""


class Shelf(Generic[Item]):
    """Items in the order in which they were put, each with a rising number to resume from.

    Removing leaves a hole; once half of the rows are holes they are closed up.
    """

    __slots__ = ("_items", "_numbers", "_where")

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._items: list[Item | None] = []
        self._where: dict[str, int] = {}

    def put(self, key: str, number: int, item: Item) -> None:
        """Add at the end; ``number`` is above all earlier ones of the shelf."""
        self._where[key] = number
        self._numbers.append(number)
        self._items.append(item)

    def drop(self, key: str) -> None:
        """Take out, if it is there."""
        number = self._where.pop(key, None)
        if number is None:
            return
        self._items[bisect_right(self._numbers, number) - 1] = None
        if len(self._numbers) > SMALL and len(self._where) * 2 < len(self._numbers):
            self._close_up()

    def after(self, number: int) -> Iterator[tuple[int, Item]]:
        """The items with a higher number, in order, each with its number."""
        for place in range(bisect_right(self._numbers, number), len(self._numbers)):
            item = self._items[place]
            if item is not None:
                yield self._numbers[place], item

    def newest(self) -> Iterator[Item]:
        """The items from the last one back to the first."""
        return (item for item in reversed(self._items) if item is not None)

    def __len__(self) -> int:
        return len(self._where)

    def __iter__(self) -> Iterator[Item]:
        return (item for item in self._items if item is not None)

    def _close_up(self) -> None:
        rows = [
            (number, item)
            for number, item in zip(self._numbers, self._items, strict=True)
            if item is not None
        ]
        self._numbers = [number for number, _ in rows]
        self._items = [item for _, item in rows]
