"""docs/config-keys.md names every key that there is, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from daemonctl.adapters.config.overrides import Overrides
from daemonctl.adapters.config.schema import Config

PAGE = Path(__file__).resolve().parents[3] / "docs" / "config-keys.md"


def parts(kind: Any) -> Iterator[tuple[type[BaseModel], bool]]:
    """The mappings in an annotation, and whether they stand in a list."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind, False
    for inner in get_args(kind):
        for part, _ in parts(inner):
            yield part, getattr(kind, "__origin__", None) is list


def keys(model: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        path = above + (field.alias or name)
        kids = list(parts(field.annotation))
        if not kids or kids[0][0] is Overrides:  # what is in overrides is ECS's own
            yield path
        for part, listed in kids:
            if part is not Overrides:
                yield from keys(part, f"{path}[]." if listed else f"{path}.")


def test_every_key_is_in_the_docs_and_nothing_else() -> None:
    there = set(keys(Config))
    assert {"owner", "clusters[].gate.maxClosed", "daemons[].tags[].key"} <= there
    told = re.findall(r"^\| `([^`]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(there)
