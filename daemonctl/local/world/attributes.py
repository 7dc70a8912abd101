"""PutAttributes, DeleteAttributes, ListAttributes on container instances."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from daemonctl.local.world.errors import WorldError, invalid
from daemonctl.local.world.events import tell_instance
from daemonctl.local.world.fields import Answer, Params, parts, text
from daemonctl.local.world.pages import page_size, resume_from, token
from daemonctl.local.world.registration import is_custom

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Instance

MOST_PER_CALL = 10
MOST_CUSTOM = 10
NAME = re.compile(r"[A-Za-z0-9_./\\-]{1,128}")
VALUE = re.compile(r"\S|\S[A-Za-z0-9_.@:/\\ -]{0,126}\S")
TARGET = "container-instance"


def put(core: Core, params: Params, now: float) -> Answer:
    """PutAttributes: at most 10 a call and 10 custom ones an instance; all of them or none."""
    rows = _rows(core, params)
    planned: dict[str, dict[str, None]] = {}
    for instance, name, value in rows:
        if value is not None and not VALUE.fullmatch(value):
            raise invalid(f"The attribute value {value!r} is invalid.")
        custom = planned.setdefault(instance.arn, dict(instance.custom))
        if is_custom(name):
            custom[name] = None
        if len(custom) > MOST_CUSTOM:
            raise WorldError(
                "AttributeLimitExceededException",
                f"{instance.arn} can have at most {MOST_CUSTOM} custom attributes.",
            )
    for instance, name, value in rows:
        instance.attributes[name] = value
        if is_custom(name):
            instance.custom[name] = None
    _changed(core, rows, now)
    return {"attributes": [_wire(instance, name, value) for instance, name, value in rows]}


def delete(core: Core, params: Params, now: float) -> Answer:
    """DeleteAttributes: by name and target; one that is not there is no error."""
    rows = _rows(core, params)
    gone: list[tuple[Instance, str, str | None]] = []
    for instance, name, _ in rows:
        if name in instance.attributes:
            gone.append((instance, name, instance.attributes.pop(name)))
            instance.custom.pop(name, None)
    _changed(core, gone, now)
    return {"attributes": [_wire(instance, name, value) for instance, name, value in gone]}


def list_attributes(core: Core, params: Params, _now: float) -> Answer:
    """ListAttributes: of all instances, by name and value if given."""
    cluster = core.cluster_of(params)
    if text(params, "targetType") != TARGET:
        raise invalid("targetType must be container-instance.")
    name, value = text(params, "attributeName"), text(params, "attributeValue")
    size = page_size(params)
    found: list[Answer] = []
    after = resume_from(params)
    for numbered, instance in cluster.listed.after(after >> 16):
        first = (after & 0xFFFF) if numbered == (after >> 16) + 1 else 0
        for place, (key, have) in enumerate(instance.attributes.items()):
            if place < first or (name is not None and key != name):
                continue
            if value is not None and have != value:
                continue
            if len(found) == size:
                resume = ((numbered - 1) << 16) | place
                return {"attributes": found, "nextToken": token(params, resume)}
            found.append(_wire(instance, key, have))
    return {"attributes": found}


def _rows(core: Core, params: Params) -> list[tuple[Instance, str, str | None]]:
    """The request's attributes, each with its instance.

    Raises:
        WorldError: TargetNotFoundException; InvalidParameterException for a bad name, no rows,
            more than 10, or a short id without its targetType.
    """
    cluster = core.cluster_of(params)
    given = parts(params, "attributes")
    if not given:
        raise invalid("Attributes cannot be empty.")
    if len(given) > MOST_PER_CALL:
        raise invalid("Attributes can have at most 10 items.")
    rows: list[tuple[Instance, str, str | None]] = []
    for row in given:
        name, target = text(row, "name") or "", text(row, "targetId") or ""
        if not NAME.fullmatch(name):
            raise invalid(f"The attribute name {name!r} is invalid.")
        if not target.startswith("arn:") and text(row, "targetType") != TARGET:
            raise invalid("targetType is required for a targetId in short form.")
        instance = core.find_instance(cluster, target)
        if instance is None or instance.status == "INACTIVE":
            raise WorldError("TargetNotFoundException", "The specified target wasn't found.")
        rows.append((instance, name, text(row, "value")))
    return rows


def _changed(core: Core, rows: list[tuple[Instance, str, str | None]], now: float) -> None:
    for instance in {row[0].arn: row[0] for row in rows}.values():
        instance.attribute_rows = None
        if core.switches.attributes_emit:
            tell_instance(core, instance, now)
        core.scheduler.instance_changed(instance, now)


def _wire(instance: Instance, name: str, value: str | None) -> Answer:
    answer: Answer = {"name": name, "targetType": TARGET, "targetId": instance.arn}
    return answer | ({} if value is None else {"value": value})
