"""The schemas of everything that is sent and answered, out of the types themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, get_args

import msgspec
from msgspec import Struct

from daemonctl.http.bodies import Body
from daemonctl.http.comments import comments_of
from daemonctl.http.query import Schema

_AT: Final = "#/components/schemas/{name}"


def schemas(kinds: Sequence[object], at: str = _AT) -> tuple[list[Schema], dict[str, Schema]]:
    """A reference a type, and what they refer to by name; ``at`` is where that stands.

    Every member of an answer is always there, whether or not the type has a default for it; the
    members of a body may be left out.
    """
    references, components = msgspec.json.schema_components(kinds, ref_template=at)
    told = {each.__name__: each for kind in kinds for each in _structs(kind)}
    return list(references), {
        name: _described(told[name], components[name]) for name in sorted(components)
    }


def _described(kind: type[Struct], schema: Schema) -> Schema:
    members = schema["properties"]
    if not isinstance(members, dict):
        raise TypeError(f"{kind.__name__} is no object")
    comments = comments_of(kind)
    tag = kind.__struct_config__.tag_field  # no member of the type, and always there
    made: dict[str, Schema] = {} if tag is None else {tag: members[tag]}
    always: list[str] = list(made)
    for field in msgspec.structs.fields(kind):
        member: Schema = dict(members[field.encode_name])
        if words := comments.get(field.name):
            member["description"] = words
        if not issubclass(kind, Body):
            member.pop("default", None)
        made[field.encode_name] = member
        if field.required or not (issubclass(kind, Body) or kind.__struct_config__.omit_defaults):
            always.append(field.encode_name)
    found = {**schema, "properties": made, "required": always}
    if not always:
        found.pop("required")
    return found


def _structs(kind: object) -> Iterator[type[Struct]]:
    """The struct types in a type, itself among them; each may come more than once."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield kind
        for field in msgspec.structs.fields(kind):
            yield from _structs(field.type)
    for each in get_args(kind):
        yield from _structs(each)
