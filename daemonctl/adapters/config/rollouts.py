"""Keys of a rollout that cannot go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from daemonctl.adapters.config.faults import Fault, Lines, Path
from daemonctl.adapters.config.order import Rows
from daemonctl.adapters.config.tree import Tree

_BY_DAEMONCTL = ("canary", "perZone")
"""They say in which order daemonctl updates; with ON_DELETE it updates nothing."""


def check_rollouts(daemons: Rows, lines: Lines) -> Iterator[Fault]:
    """All such faults."""
    for path, row in daemons:
        definition = row.get("taskDefinition")
        if "follow" in row and isinstance(definition, str) and ":" in definition:
            words = "follows a family; taskDefinition pins a revision: leave out one of the two"
            yield lines.fault((*path, "follow"), words)
        yield from _on_delete((*path, "deploymentConfiguration"), row, lines)


def _on_delete(path: Path, row: Mapping[str, Tree], lines: Lines) -> Iterator[Fault]:
    rollout = row.get("deploymentConfiguration")
    if not isinstance(rollout, dict) or rollout.get("strategy") != "ON_DELETE":
        return
    for key in _BY_DAEMONCTL:
        if rollout.get(key):
            words = "needs strategy ROLLING: with ON_DELETE whoever stops the tasks has the order"
            yield lines.fault((*path, key), words)
