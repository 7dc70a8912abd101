"""One spelling for task overrides: what we ask for compares equal to what ECS gives back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

Tree = None | bool | int | float | str | Sequence["Tree"] | Mapping[str, "Tree"]
"""A JSON value."""

_NAMED = ("containerOverrides", "environment", "resourceRequirements", "environmentFiles")


def normalise(overrides: Tree) -> str:
    """The canonical JSON text of task overrides, ``""`` where they override nothing.

    ECS answers with an entry for every container, empty lists and its own order; those mean nothing
    and are dropped: empty members, containers that only have a name, order in the lists that ECS
    reads by name. The order of a command's words is kept.
    """
    pruned = _prune(overrides)
    return "" if pruned is None else json.dumps(pruned, sort_keys=True, separators=(",", ":"))


def _prune(value: Tree, member: str = "") -> Tree:
    if isinstance(value, Mapping):
        kept = {key: kid for key, raw in value.items() if (kid := _prune(raw, key)) is not None}
        return kept or None
    if isinstance(value, Sequence) and not isinstance(value, str):
        kids = [kid for raw in value if (kid := _prune(raw)) is not None]
        if member == "containerOverrides":
            kids = [kid for kid in kids if not (isinstance(kid, Mapping) and list(kid) == ["name"])]
        if member in _NAMED:
            kids.sort(key=lambda kid: json.dumps(kid, sort_keys=True))
        return kids or None
    return value
