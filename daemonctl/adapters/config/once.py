"""``type: ONCE``: what means nothing for a daemon that ends, and what may depend on its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from daemonctl.adapters.config.faults import Fault, Lines, Path
from daemonctl.adapters.config.order import Rows
from daemonctl.adapters.config.tree import Tree

ONCE = "ONCE"
SUCCESS = "SUCCESS"

_MEANINGLESS: Mapping[tuple[str, ...], str] = {
    ("ready",): "it is done once it has ended with exit code 0",
    ("unhealthyAfterSeconds",): "its health is not asked: it is done once it has ended",
    ("restart", "resetAfterSeconds"): "each run that fails counts, however long it took",
    ("drain",): "nothing on a draining instance waits for it",
    ("onlyWith",): "it does not come and go with services",
    ("adopt",): "of a task that somebody else started it is not known what it did",
    ("follow",): "a new revision is run when the config is loaded",
    ("deploymentConfiguration", "strategy"): "it replaces nothing",
    ("deploymentConfiguration", "canary"): "it replaces nothing",
    ("deploymentConfiguration", "bakeTimeInMinutes"): "it replaces nothing",
    ("deploymentConfiguration", "perZone"): "it replaces nothing",
    ("deploymentConfiguration", "deploymentCircuitBreaker"): (
        "there is nothing to go back to; where it fails it is tried again, ever more slowly"
    ),
}
"""Keys that no daemon of type ONCE may have, and why."""


def check_once(daemons: Rows, lines: Lines) -> Iterator[Fault]:
    """All such faults of a config."""
    types = {
        name: row.get("type") for _, row in daemons if isinstance(name := row.get("name"), str)
    }
    for path, row in daemons:
        if row.get("type") == ONCE:
            for key, why in _MEANINGLESS.items():
                if _has(row, key) and not (key == ("adopt",) and row["adopt"] is False):
                    yield lines.fault((*path, *key), f"cannot go together with type ONCE: {why}")
        needs = row.get("dependsOn")
        for at, need in enumerate(needs if isinstance(needs, list) else []):
            if isinstance(need, dict) and isinstance(name := need.get("daemon"), str):
                once = types.get(name) == ONCE
                if name in types:
                    yield from _dependency((*path, "dependsOn", at), need, lines, once=once)


def _dependency(
    path: Path, need: Mapping[str, Tree], lines: Lines, *, once: bool
) -> Iterator[Fault]:
    name, condition = need.get("daemon"), need.get("condition", "READY")
    if once and condition != SUCCESS:
        words = f'"{name}" is of type ONCE, which ends: it needs condition SUCCESS'
        yield lines.fault((*path, "condition"), words)
    if not once and condition == SUCCESS:
        words = f'"{name}" is not of type ONCE: it never ends, ask for READY'
        yield lines.fault((*path, "condition"), words)
    if once and need.get("restart") is True:
        words = f'"{name}" is of type ONCE: another revision of it runs beside its dependents'
        yield lines.fault((*path, "restart"), words)


def _has(holder: Tree, key: tuple[str, ...]) -> bool:
    for part in key:
        if not isinstance(holder, dict) or part not in holder:
            return False
        holder = holder[part]
    return True
