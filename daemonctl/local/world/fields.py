"""Reading a request's members, each with its type checked and named when it is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daemonctl.local.world.errors import invalid

Params = Mapping[str, object]
Answer = dict[str, object]
Tags = dict[str, str]

MOST_TAGS = 50


def text(params: Params, key: str) -> str | None:
    """A string, or None where it is absent."""
    value = params.get(key)
    if value is None or isinstance(value, str):
        return value
    raise invalid(f"{key} must be a string.")


def need_text(params: Params, key: str, message: str | None = None) -> str:
    """A string that must be there and not be empty."""
    value = text(params, key)
    if not value:
        raise invalid(message or f"{key} can not be blank.")
    return value


def texts(params: Params, key: str) -> list[str]:
    """A list of strings; absent is empty."""
    value = params.get(key)
    if value is None:
        return []
    if isinstance(value, Sequence) and not isinstance(value, str):
        found = [item for item in value if isinstance(item, str)]
        if len(found) == len(value):
            return found
    raise invalid(f"{key} must be a list of strings.")


def number(params: Params, key: str) -> int | None:
    """A whole number, or None where it is absent."""
    value = params.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise invalid(f"{key} must be an integer.")


def moment(params: Params, key: str) -> float | None:
    """A time in epoch seconds, or None where it is absent."""
    value = params.get(key)
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise invalid(f"{key} must be a number of epoch seconds.")


def flag(params: Params, key: str) -> bool:
    """A boolean; absent is false."""
    value = params.get(key)
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    raise invalid(f"{key} must be a boolean.")


def part(params: Params, key: str) -> Params:
    """A structure; absent is empty."""
    value = params.get(key)
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    raise invalid(f"{key} must be a structure.")


def parts(params: Params, key: str) -> list[Params]:
    """A list of structures; absent is empty."""
    value = params.get(key)
    if value is None:
        return []
    if isinstance(value, Sequence) and not isinstance(value, str):
        found = [item for item in value if isinstance(item, Mapping)]
        if len(found) == len(value):
            return found
    raise invalid(f"{key} must be a list of structures.")


def pairs(params: Params, key: str, name: str = "name") -> list[tuple[str, str]]:
    """A list of {name, value} (or {key, value}) as pairs; an absent value is empty."""
    return [(text(row, name) or "", text(row, "value") or "") for row in parts(params, key)]


def tags_of(params: Params) -> Tags:
    """The request's ``tags``; raises over 50 of them or for a key or value out of bounds."""
    found = dict(pairs(params, "tags", "key"))
    check_tags(found)
    return found


def check_tags(tags: Tags) -> None:
    """Raise for what TagResource refuses: ≤50 tags; key 1 to 128, value ≤256 characters."""
    if len(tags) > MOST_TAGS:
        raise invalid("Resource can have at most 50 tags.")
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or len(value) > 256:  # noqa: PLR2004  documented bounds
            raise invalid(f"Tag {key!r}: keys have 1 to 128 characters, values up to 256.")


def tag_rows(tags: Tags) -> list[dict[str, str]]:
    """Tags in the wire's shape."""
    return [{"key": key, "value": value} for key, value in tags.items()]
