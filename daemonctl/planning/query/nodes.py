"""What an expression is made of.

Nodes are frozen and hashable. `parse` makes them; what can be worked out once (a version, a
moment, a compiled pattern) is worked out then, so that `matches` only compares.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from msgspec import Struct

Comparator: TypeAlias = Literal["==", "!=", ">", ">=", "<", "<="]

Key: TypeAlias = tuple[int, ...]
"""A version, moment, count or number in a form that Python compares as ECS would."""


class Exists(Struct, frozen=True, gc=False):
    """`subject exists`, or `subject !exists` when negated."""

    subject: str
    negated: bool


class Compare(Struct, frozen=True, gc=False):
    """`subject operator argument`; without a key the comparison is one of strings."""

    subject: str
    operator: Comparator
    argument: str
    key: Key | None


class Member(Struct, frozen=True, gc=False):
    """`subject in [arguments]`, or `!in` when negated."""

    subject: str
    arguments: tuple[str, ...]
    negated: bool


class Match(Struct, frozen=True, gc=False):
    """`subject =~ pattern`, or `!~` when negated; the compiled pattern knows its text."""

    subject: str
    pattern: str
    compiled: re.Pattern[str]
    negated: bool


class Not(Struct, frozen=True, gc=False):
    """`not inner`."""

    inner: Expression


class And(Struct, frozen=True, gc=False):
    """Two or more operands that must all hold."""

    operands: tuple[Expression, ...]


class Or(Struct, frozen=True, gc=False):
    """Two or more operands of which one must hold."""

    operands: tuple[Expression, ...]


Condition: TypeAlias = Exists | Compare | Member | Match
Expression: TypeAlias = Condition | Not | And | Or


def subjects_of(expression: Expression) -> tuple[str, ...]:
    """Name the subjects that an expression asks about, in order of appearance, each once."""
    seen: dict[str, None] = {}
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, And | Or):
            waiting.extend(reversed(node.operands))
        elif isinstance(node, Not):
            waiting.append(node.inner)
        else:
            seen[node.subject] = None
    return tuple(seen)
