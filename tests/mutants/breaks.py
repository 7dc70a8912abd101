"""What a break is, and where the tables of them are."""

from __future__ import annotations

from msgspec import Struct


class Break(Struct, frozen=True):
    """One rule broken on purpose, in one place.

    ``old`` stands exactly once in ``file``. ``tests`` are the ones that must catch it: narrow ones,
    so that all breaks together take minutes.
    """

    name: str
    file: str  # from the root of the project
    old: str
    new: str
    tests: tuple[str, ...]
