"""Keys of the interface whose behaviour is not built yet: refused by name, never ignored.

Whoever builds one takes its row out and puts the key into ``schema``.
"""

from __future__ import annotations

from collections.abc import Iterator

from daemonctl.adapters.config.faults import Fault, Lines, Path
from daemonctl.adapters.config.tree import Tree

WORDS = "not supported yet"

NOT_YET: tuple[tuple[str, ...], ...] = (("http", "tls"),)
"""Refused whatever their value is."""


def refuse(tree: Tree, lines: Lines) -> list[Fault]:
    """Takes all of these out of ``tree`` and says so, for the rest to be checked without them."""
    found: list[Fault] = []
    for row in NOT_YET:
        for holder, path in _places(tree, row):
            found.append(lines.fault(path, WORDS))
            del holder[row[-1]]
    return found


def _places(
    tree: Tree, row: tuple[str, ...], path: Path = ()
) -> Iterator[tuple[dict[str, Tree], Path]]:
    """The mappings that hold the row's last key, and the path of that key."""
    if row[0] == "*":
        if isinstance(tree, list):
            for at, kid in enumerate(tree):
                yield from _places(kid, row[1:], (*path, at))
    elif isinstance(tree, dict) and row[0] in tree:
        here = (*path, row[0])
        if len(row) == 1:
            yield tree, here
        else:
            yield from _places(tree[row[0]], row[1:], here)
