"""JSON Schema 2020-12 of what ``-o json`` prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from daemonctl.cli.documents import SCHEMAS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(name: str) -> str:
    """A schema as text. KeyError where there is none of this name."""
    types = SCHEMAS[name]
    refs, parts = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    head = refs[0] if len(refs) == 1 else {"anyOf": list(refs)}
    whole = {
        "$schema": _DIALECT,
        "title": f"daemonctl {name}",
        **head,
        "$defs": {key: _always(parts[key]) for key in sorted(parts)},
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"


def _always(part: Mapping[str, Any]) -> dict[str, Any]:
    """Every member is printed, also one that has a default: what reads it may count on it."""
    if "properties" not in part:
        return dict(part)
    properties = {key: _bare(value) for key, value in part["properties"].items()}
    return {**part, "properties": properties, "required": list(properties)}


def _bare(member: Mapping[str, Any]) -> dict[str, Any]:
    """Without its default: that is what we put in, not what a reader should."""
    return {key: value for key, value in member.items() if key != "default"}
