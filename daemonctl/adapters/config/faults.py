"""What is wrong with a config, each fault by its path and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Path = tuple[str | int, ...]
"""A place in the config: keys and indices from the root."""


class Fault(NamedTuple):
    """One thing to correct. ``words`` never hold a value that could be a secret."""

    path: str  # as in daemons[1].dependsOn[0].daemon; "" for the file itself
    line: int  # from 1; 0 where there is no text to point at
    words: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.path}: {self.words}" if self.path else f"{where}{self.words}"


class ConfigError(Exception):
    """The config cannot be used. ``str()`` is one line a fault.

    Args:
        faults: All that were found, in the order of the file.
        source: What they were found in, as the operator named it.
    """

    def __init__(self, faults: Sequence[Fault], source: str = "") -> None:
        self.faults = tuple(faults)
        self.source = source
        prefix = f"{source}: " if source else ""
        super().__init__("\n".join(f"{prefix}{fault}" for fault in self.faults))


def spell(path: Path) -> str:
    """A path as people write it."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


class Lines:
    """Where each place of the config stands in its text."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self._lines = lines

    def of(self, path: Path) -> int:
        """The line of a place, or of the nearest thing around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def fault(self, path: Path, words: str) -> Fault:
        """A fault at a place."""
        return Fault(spell(path), self.of(path), words)
