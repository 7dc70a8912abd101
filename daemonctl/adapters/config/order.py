"""``dependsOn``: every dependency exists, where its dependent runs, and there are no circles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from daemonctl.adapters.config.faults import Fault, Lines, Path
from daemonctl.adapters.config.tree import Tree
from daemonctl.adapters.config.words import hint

Rows = list[tuple[Path, dict[str, Tree]]]
"""Mappings of one list, each with its path."""

Edges = dict[str, dict[str, Path]]
"""Daemon → its dependencies → where that is written."""


def check_order(daemons: Rows, aliases: Sequence[str], lines: Lines) -> list[Fault]:
    """All faults of ``dependsOn``."""
    by_name = {name: row for _, row in daemons if isinstance(name := row.get("name"), str)}
    faults: list[Fault] = []
    edges: Edges = {name: {} for name in by_name}
    for path, row in daemons:
        name = row.get("name")
        seen: list[str] = []
        for at, dependency in _dependencies(path, row):
            if dependency in seen:
                faults.append(lines.fault(at, f'"{dependency}" is there twice'))
            elif dependency not in by_name:
                words = f'no daemon is named "{dependency}"{hint(dependency, list(by_name))}'
                faults.append(lines.fault(at, words))
            else:
                faults.extend(_elsewhere(at, row, by_name[dependency], aliases, lines))
                if isinstance(name, str):
                    edges[name].setdefault(dependency, at)
            seen.append(dependency)
    return [*faults, *_circles(edges, lines)]


def _dependencies(path: Path, row: Mapping[str, Tree]) -> Iterator[tuple[Path, str]]:
    entries = row.get("dependsOn")
    for at, entry in enumerate(entries if isinstance(entries, list) else []):
        name = entry.get("daemon") if isinstance(entry, dict) else None
        if isinstance(name, str):
            yield (*path, "dependsOn", at, "daemon"), name


def _elsewhere(
    at: Path,
    dependent: Mapping[str, Tree],
    dependency: Mapping[str, Tree],
    aliases: Sequence[str],
    lines: Lines,
) -> Iterator[Fault]:
    """A dependency that is not on a cluster blocks its dependent there for good."""
    there = clusters_of(dependency, aliases)
    lacking = [alias for alias in clusters_of(dependent, aliases) if alias not in there]
    if lacking:
        names = ", ".join(f'"{alias}"' for alias in lacking)
        yield lines.fault(at, f'"{dependency["name"]}" is not meant for cluster {names}')


def clusters_of(row: Mapping[str, Tree], aliases: Sequence[str]) -> list[str]:
    """The aliases of the clusters that a daemon's row is meant for."""
    named = row.get("clusters")
    if not isinstance(named, list):
        return list(aliases)
    return [alias for alias in named if isinstance(alias, str) and alias in aliases]


def _circles(edges: Edges, lines: Lines) -> Iterator[Fault]:
    """Each circle once, at the entry that closes it. Depth first, without recursion."""
    done: set[str] = set()
    for start in edges:
        trail: list[str] = []
        ahead = [(start, iter(edges[start]))] if start not in done else []
        trail += [start] if ahead else []
        while ahead:
            name, rest = ahead[-1]
            following = next(rest, None)
            if following is None:
                ahead.pop()
                done.add(trail.pop())
            elif following in trail:
                circle = [*trail[trail.index(following) :], following]
                yield lines.fault(edges[name][following], f"a circle: {' → '.join(circle)}")
            elif following not in done:
                trail.append(following)
                ahead.append((following, iter(edges[following])))
