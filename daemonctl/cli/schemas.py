"""JSON Schema 2020-12 of what ``-o json`` prints."""

from __future__ import annotations

import msgspec

from daemonctl.cli.documents import SCHEMAS
from daemonctl.http.openapi_schemas import schemas

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(name: str) -> str:
    """A schema as text. KeyError where there is none of this name."""
    references, parts = schemas(SCHEMAS[name], "#/$defs/{name}")
    whole = {
        "$schema": _DIALECT,
        "title": f"daemonctl {name}",
        **(references[0] if len(references) == 1 else {"anyOf": references}),
        "$defs": parts,
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"
