"""``adopt``: of every task that is taken over it has to be clear which daemon it becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from daemonctl.adapters.config.faults import Fault, Lines
from daemonctl.adapters.config.order import Rows, clusters_of
from daemonctl.adapters.config.tree import Tree
from daemonctl.model.ids import TaskDefinitionArn, family_of


def check_adoption(daemons: Rows, aliases: Sequence[str], lines: Lines) -> Iterator[Fault]:
    """A daemon that adopts, and another one of the same family on one of its clusters."""
    for at, (path, row) in enumerate(daemons):
        if row.get("adopt") is not True:
            continue
        others = [other for other_at, (_, other) in enumerate(daemons) if other_at != at]
        for other in others:
            shared = [c for c in clusters_of(row, aliases) if c in clusters_of(other, aliases)]
            if shared and _family(row) == _family(other) != "":
                words = (
                    f'"{other.get("name")}" is of the same family on cluster "{shared[0]}": '
                    "it would not be clear which of them takes a task over"
                )
                yield lines.fault((*path, "adopt"), words)
                break


def _family(row: Mapping[str, Tree]) -> str:
    named = row.get("taskDefinition")
    return family_of(TaskDefinitionArn(named)) if isinstance(named, str) else ""
