"""What pydantic found, in words for whoever edits the file. Never with the value itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from daemonctl.adapters.config.faults import Fault, Lines, Path

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_type": "a mapping of keys",
    "finite_number": "a finite number",
}
_BOUNDS = {
    "greater_than": "above {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
}


def faults_of(error: ValidationError, model: type[BaseModel], lines: Lines) -> list[Fault]:
    """Everything that pydantic found, each at its path and line."""
    return [
        lines.fault(tuple(row["loc"]), _words(row, model))
        for row in error.errors(include_url=False)
    ]


def hint(word: str, known: list[str]) -> str:
    """`` (did you mean "…"?)`` where something known is near."""
    near = get_close_matches(word, known, n=1)
    return f' (did you mean "{near[0]}"?)' if near else ""


def _words(row: ErrorDetails, model: type[BaseModel]) -> str:
    kind = row["type"]
    if kind == "missing":
        return "has to be given"
    if kind == "extra_forbidden":
        return f"unknown key{hint(str(row['loc'][-1]), _keys(model, tuple(row['loc'])[:-1]))}"
    if row["input"] is None:
        return "has no value; give it one or leave the key out"
    expected = _expected(kind, row.get("ctx", {}))
    quotes = kind == "string_type" and isinstance(row["input"], bool | int | float)
    said = f"has to be {expected}" if expected else row["msg"]
    return f"{said}; put it in quotes" if quotes else said


def _expected(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "literal_error":
        return str(context["expected"]).replace("'", "").replace("False", "false")
    return _KINDS.get(kind) or _bounds(_BOUNDS.get(kind, ""), context)


def _bounds(words: str, context: Mapping[str, Any]) -> str:
    return words.format_map({key: _number(value) for key, value in context.items()})


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _keys(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that may stand at a path."""
    for part in path:
        if isinstance(part, str):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            model = next(_models(fields[part].annotation))
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
