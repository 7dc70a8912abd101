"""A world as rows of plain JSON, and back: no pickle, so that a file is data and never code.

A row is (number, kind, body). Each object of the world is one row, and others point to it by its
number, so that what was shared is shared again. In a body a list is a value of its own kind, told
by its first item: L list, T tuple, D dict (keys and values in turn), Q deque (its bound first),
O object (its number), P one of the world's parts, F function (its name).
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import TYPE_CHECKING, Any

import msgspec

from daemonctl.local.state.vocabulary import CLASSES, MEMBERS, NOT_KEPT, PARTS, parts_of
from daemonctl.local.world.agenda import HAPPENINGS

if TYPE_CHECKING:
    from daemonctl.local.world import World

Row = tuple[int, str, str]
PLAIN = frozenset({str, int, float, bool, type(None)})
NAMES = {function: name for name, function in HAPPENINGS.items()}


class UnreadableError(Exception):
    """What stands there is no world that this version knows; the text says where."""


def frozen(world: World) -> Iterator[Row]:
    """Write a world down; the rows are made as they are asked for, so the world must wait."""
    writer = _Writer(world)
    for part, names in PARTS.items():
        owner = writer.parts[part]
        yield writer.row(0, part, {name: getattr(owner, name) for name in names})
    yield from writer.rest()


def thaw(world: World, rows: Iterable[Row]) -> None:
    """Fill a new world with what was written down.

    Raises:
        UnreadableError: A row says what this version does not know.
    """
    reader = _Reader(world)
    try:
        reader.read(rows)
    except (ValueError, TypeError, LookupError, AttributeError) as no:
        raise UnreadableError(f"{type(no).__name__}: {no}") from no


def encoded(value: object) -> str:
    """JSON, the fast way; the slow way knows numbers and text that the fast one refuses."""
    try:
        return msgspec.json.encode(value).decode()
    except (OverflowError, UnicodeEncodeError):
        return json.dumps(value)


class _Writer:
    def __init__(self, world: World) -> None:
        self.parts = parts_of(world)
        self._part_names = {id(part): name for name, part in self.parts.items()}
        self._numbers: dict[int, int] = {}
        self._waiting: deque[object] = deque()

    def row(self, number: int, kind: str, members: dict[str, object]) -> Row:
        body = {
            name: value if type(value) in PLAIN else self._value(value)
            for name, value in members.items()
        }
        return number, kind, encoded(body)

    def rest(self) -> Iterator[Row]:
        """Write each object that an earlier row points to, once."""
        while self._waiting:
            found = self._waiting.popleft()
            kind = type(found).__name__
            members = {name: getattr(found, name) for name in MEMBERS[kind]}
            yield self.row(self._numbers[id(found)], kind, members)

    def _value(self, value: object) -> object:
        if type(value) in PLAIN:
            return value
        if isinstance(value, dict):
            flat: list[object] = ["D"]
            for key, item in value.items():
                flat.append(key if type(key) is str else self._value(key))
                flat.append(item if type(item) in PLAIN else self._value(item))
            return flat
        if isinstance(value, (list, tuple)):
            return ["L" if isinstance(value, list) else "T", *map(self._value, value)]
        if isinstance(value, deque):
            return ["Q", value.maxlen, *map(self._value, value)]
        return self._named(value)

    def _named(self, value: object) -> object:
        """What is not written where it stands, but pointed to."""
        part = self._part_names.get(id(value))
        if part is not None:
            return ["P", part]
        if isinstance(value, FunctionType):
            return ["F", NAMES[value]]
        return ["O", self._number(value)]

    def _number(self, value: object) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            if CLASSES.get(type(value).__name__) is not type(value):
                raise TypeError(f"{type(value).__name__} is nothing that a state file speaks of")
            number = self._numbers[id(value)] = len(self._numbers) + 1
            self._waiting.append(value)
        return number


class _Reader:
    def __init__(self, world: World) -> None:
        self._parts = parts_of(world)
        self._objects: dict[int, object] = {}
        self._named: dict[str, dict[Any, object]] = {
            "O": self._objects,
            "P": self._parts,
            "F": dict(HAPPENINGS),
        }

    def read(self, rows: Iterable[Row]) -> None:
        """Make every object first, then tell each what it holds: they point at each other."""
        bodies: list[tuple[object, tuple[str, ...], str]] = []
        for number, kind, body in rows:
            if number:
                made: object = object.__new__(CLASSES[kind])
                self._objects[number] = made
                bodies.append((made, MEMBERS[kind], body))
            else:
                bodies.append((self._parts[kind], PARTS[kind], body))
        for owner, names, body in bodies:
            self._fill(owner, names, json.loads(body))

    def _fill(self, owner: object, names: tuple[str, ...], body: dict[str, object]) -> None:
        if tuple(body) != names:
            raise ValueError(f"{type(owner).__name__} has {', '.join(body)}")
        for name, value in body.items():
            object.__setattr__(owner, name, self._value(value))  # some are frozen
        for name in NOT_KEPT.get(type(owner).__name__, ()):
            setattr(owner, name, None)

    def _value(self, value: object) -> object:
        if type(value) in PLAIN:
            return value
        if not isinstance(value, list):
            raise TypeError("a bare object")
        kind, *items = value
        pointed_to = self._named.get(kind)
        if pointed_to is not None:
            return pointed_to[items[0]]
        if kind == "Q":
            return deque(map(self._value, items[1:]), items[0])
        found = [self._value(item) for item in items]
        if kind == "D":
            return dict(zip(found[::2], found[1::2], strict=True))
        return {"L": list, "T": tuple}[kind](found)
