"""What no single key shows: names that must differ, names that must exist, circles, sizes.

These look at the tree as it was written, whatever else is wrong with it, so that all faults of a
file are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from daemonctl.adapters.config.consul import check_consul
from daemonctl.adapters.config.faults import Fault, Lines, Path, spell
from daemonctl.adapters.config.http import check_http
from daemonctl.adapters.config.once import check_once
from daemonctl.adapters.config.order import Rows, check_order
from daemonctl.adapters.config.rollouts import check_rollouts
from daemonctl.adapters.config.takeover import check_adoption
from daemonctl.adapters.config.tree import Tree
from daemonctl.adapters.config.words import hint
from daemonctl.model.ids import short
from daemonctl.model.overrides import normalise
from daemonctl.model.spec import GateSpec

MOST_OVERRIDES = 8192
"""Characters of overrides in a StartTask (API reference)."""

_ATTRIBUTE = re.compile(r"\{\{\s*attribute:(.*?)\}\}", re.DOTALL)
_NAME = re.compile(r"[^{}\s]{1,128}\s*")


def check(tree: Mapping[str, Tree], lines: Lines) -> list[Fault]:
    """All such faults of a config."""
    clusters, daemons = rows_of(tree, "clusters"), rows_of(tree, "daemons")
    aliases = [alias for _, row in clusters if isinstance(alias := alias_of(row), str)]
    return [
        *_twice([(path, "alias", alias_of(row)) for path, row in clusters], lines),
        *_same_cluster(clusters, lines),
        *_twice([(path, "name", row.get("name")) for path, row in daemons], lines),
        *(fault for path, row in daemons for fault in _daemon(path, row, aliases, lines)),
        *check_order(daemons, aliases, lines),
        *_behind_a_gate(clusters, daemons, lines),
        *check_consul(tree, clusters, daemons, lines),
        *check_adoption(daemons, aliases, lines),
        *check_rollouts(daemons, lines),
        *check_once(daemons, lines),
        *check_http(tree, lines),
    ]


def rows_of(tree: Mapping[str, Tree], member: str) -> Rows:
    """The mappings in a list of the config; whatever else is in it is told elsewhere."""
    rows = tree.get(member)
    return [
        ((member, at), row)
        for at, row in enumerate(rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    ]


def alias_of(row: Mapping[str, Tree]) -> Tree:
    """A cluster's alias: by default its name, of an ARN the last part."""
    alias, name = row.get("alias"), row.get("name")
    return short(name) if alias is None and isinstance(name, str) else alias


def _twice(names: Iterable[tuple[Path, str, Tree]], lines: Lines) -> Iterator[Fault]:
    first: dict[str, Path] = {}
    for path, key, name in names:
        if isinstance(name, str) and name in first:
            words = f'"{name}" is taken by {spell(first[name])}, line {lines.of(first[name])}'
            yield lines.fault((*path, key), words)
        elif isinstance(name, str):
            first[name] = path


def _behind_a_gate(clusters: Rows, daemons: Rows, lines: Lines) -> Iterator[Fault]:
    """A daemon that waits for the gate that waits for it would never start."""
    gates = [gate for _, row in clusters if isinstance(gate := row.get("gate"), dict)]
    names = [gate.get("attribute", GateSpec().attribute) for gate in gates]
    for path, row in daemons:
        for at, constraint in rows_of(row, "placementConstraints"):
            text = str(constraint.get("expression")).replace(" ", "")
            if any(f"attribute:{name}" in text for name in names):
                words = "asks for the gate's attribute, which waits for the daemons to be ready"
                yield lines.fault((*path, *at, "expression"), words)


def _same_cluster(clusters: Rows, lines: Lines) -> Iterator[Fault]:
    """Two entries for one cluster would each take the other's daemons for orphans."""
    first: dict[tuple[Tree, ...], tuple[Path, Tree]] = {}
    for path, row in clusters:
        name = row.get("name")
        if not isinstance(name, str):
            continue
        where = (short(name), str(row.get("region")), str(row.get("roleArn")))
        earlier, alias = first.setdefault(where, (path, alias_of(row)))
        if earlier != path and alias != alias_of(row):
            words = f"the same cluster as {spell(earlier)}, line {lines.of(earlier)}"
            yield lines.fault((*path, "name"), words)


def _daemon(
    path: Path, row: Mapping[str, Tree], aliases: Sequence[str], lines: Lines
) -> Iterator[Fault]:
    clusters = row.get("clusters")
    seen: list[str] = []
    for at, alias in enumerate(clusters if isinstance(clusters, list) else []):
        if not isinstance(alias, str):
            continue
        if alias not in aliases:
            words = f'no cluster has the alias "{alias}"{hint(alias, list(aliases))}'
            yield lines.fault((*path, "clusters", at), words)
        elif alias in seen:
            yield lines.fault((*path, "clusters", at), f'"{alias}" is there twice')
        seen.append(alias)
    if "onlyWith" in row and row.get("required") is True:
        yield lines.fault((*path, "onlyWith"), "cannot go together with required")
    tags = [((*path, *at), "key", tag.get("key")) for at, tag in rows_of(row, "tags")]
    yield from _twice(tags, lines)
    yield from _restart(path, row.get("restart"), lines)
    yield from _overrides((*path, "overrides"), row.get("overrides"), lines)


def _restart(path: Path, restart: Tree, lines: Lines) -> Iterator[Fault]:
    if isinstance(restart, dict):
        base, most = restart.get("baseSeconds", 1), restart.get("maxSeconds", 900)
        if isinstance(base, int | float) and isinstance(most, int | float) and most < base:
            words = "is less than baseSeconds"
            yield lines.fault((*path, "restart", "maxSeconds"), words)


def _overrides(path: Path, overrides: Tree, lines: Lines) -> Iterator[Fault]:
    size = len(normalise(overrides))
    if size > MOST_OVERRIDES:
        yield lines.fault(path, f"{size} characters as JSON; ECS takes {MOST_OVERRIDES}")
    for at, text in _texts(overrides, path):
        for found in _ATTRIBUTE.finditer(text):
            if not _NAME.fullmatch(found.group(1)):
                words = "{{attribute:NAME}} needs the name of an attribute, without spaces"
                yield lines.fault(at, words)


def _texts(tree: Tree, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(tree, str):
        yield path, tree
    elif isinstance(tree, list):
        for at, kid in enumerate(tree):
            yield from _texts(kid, (*path, at))
    elif isinstance(tree, dict):
        for key, kid in tree.items():
            yield from _texts(kid, (*path, key))
