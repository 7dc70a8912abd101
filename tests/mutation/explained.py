"""The survivors that are known, and why each is no fault of the tests: ``survivors.toml``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from tests.mutation.mutants import Mutant

LIST = Path(__file__).with_name("survivors.toml")


class Explained(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One survivor, by what it changes, so that it is found again when other lines move."""

    file: str
    function: str
    was: str
    becomes: str
    why: str

    def is_of(self, mutant: Mutant) -> bool:
        """Whether it is this one."""
        here = (mutant.file, mutant.function, mutant.was, mutant.becomes)
        return (self.file, self.function, self.was, self.becomes) == here


class _Group(msgspec.Struct, forbid_unknown_fields=True):
    """Survivors of one function that have one reason."""

    file: str
    function: str
    why: str
    changes: tuple[tuple[str, str], ...]  # what it was, what it becomes


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    survivors: tuple[_Group, ...] = ()


def explained() -> tuple[Explained, ...]:
    """The whole list."""
    return tuple(
        Explained(group.file, group.function, was, becomes, group.why)
        for group in msgspec.toml.decode(LIST.read_bytes(), type=_Table).survivors
        for was, becomes in group.changes
    )


def why(mutant: Mutant, rows: Iterable[Explained]) -> str:
    """Why a mutant may survive, "" if nobody said."""
    return next((row.why for row in rows if row.is_of(mutant)), "")


def void(rows: Sequence[Explained], made: Sequence[Mutant], killed: Iterable[Mutant]) -> list[str]:
    """What is wrong with rows of the files that ``made`` has all mutants of.

    A row is void where nothing makes such a mutant any more, and where the tests kill it.
    """
    files = {one.file for one in made}
    names = [(row, f"{row.file}: {row.function}: {row.becomes}") for row in rows]
    gone = [
        f"explains what nothing makes: {name}"
        for row, name in names
        if row.file in files and not any(row.is_of(one) for one in made)
    ]
    dead = list(killed)
    # The same change can be made twice in a function, of which one survives.
    needless = [
        f"explains what the tests kill: {name}"
        for row, name in names
        if (same := [one for one in made if row.is_of(one)]) and all(one in dead for one in same)
    ]
    return gone + needless
