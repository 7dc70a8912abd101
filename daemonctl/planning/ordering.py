"""The order of daemons: dependencies before their dependents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daemonctl.model.ids import DaemonName


def depths(depends: Mapping[DaemonName, Sequence[DaemonName]]) -> dict[DaemonName, int]:
    """How many starts lie before each daemon's own: 0 without dependencies.

    Names that are no key are left out.

    Raises:
        ValueError: The dependencies form a cycle; the message names it.
    """
    found: dict[DaemonName, int] = {}
    for name in depends:
        _depth(name, depends, found, ())
    return found


def _depth(
    name: DaemonName,
    depends: Mapping[DaemonName, Sequence[DaemonName]],
    found: dict[DaemonName, int],
    path: tuple[DaemonName, ...],
) -> int:
    if name in path:
        raise ValueError(" -> ".join([*path[path.index(name) :], name]))
    if name not in found:
        below = [_depth(d, depends, found, (*path, name)) for d in depends[name] if d in depends]
        found[name] = 1 + max(below) if below else 0
    return found[name]
