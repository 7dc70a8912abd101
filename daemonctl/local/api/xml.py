"""Answers as XML, from the output shape alone: EC2's protocol and the query protocol."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel, Shape


def answer_xml(model: OperationModel, answer: Mapping[str, object], request_id: str) -> bytes:
    """Write an answer that fits its model (`models.check_answer`)."""
    service = model.service_model
    root = Element(f"{model.name}Response", xmlns=str(service.metadata["xmlNamespace"]))
    if service.protocol == "ec2":
        SubElement(root, "requestId").text = request_id
        if model.output_shape is None:
            SubElement(root, "return").text = "true"
        else:
            _members(root, model.output_shape, answer, "item")
        return _bytes(root)
    if model.output_shape is not None:
        _members(SubElement(root, f"{model.name}Result"), model.output_shape, answer, "member")
    SubElement(SubElement(root, "ResponseMetadata"), "RequestId").text = request_id
    return _bytes(root)


def error_xml(service: str, code: str, message: str, request_id: str, *, ours: bool) -> bytes:
    """Write an error; `ours` is the fault of the receiver."""
    if service == "ec2":
        root = Element("Response")
        error = SubElement(SubElement(root, "Errors"), "Error")
        id_name = "RequestID"
    else:
        root = Element("ErrorResponse")
        error = SubElement(root, "Error")
        SubElement(error, "Type").text = "Receiver" if ours else "Sender"
        id_name = "RequestId"
    SubElement(error, "Code").text = code
    SubElement(error, "Message").text = message
    SubElement(root, id_name).text = request_id
    return _bytes(root)


def _bytes(root: Element) -> bytes:
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _members(into: Element, shape: Shape, value: Mapping[str, object], item: str) -> None:
    for name, member in shape.members.items():
        if value.get(name) is not None:
            _write(into, member, value[name], str(member.serialization.get("name", name)), item)


def _write(into: Element, shape: Shape, value: object, name: str, item: str) -> None:
    if isinstance(value, dict) and shape.type_name == "structure":
        _members(SubElement(into, name), shape, value, item)
    elif isinstance(value, dict):
        parent = SubElement(into, name)
        for key, one in value.items():
            entry = SubElement(parent, "entry")
            _write(entry, shape.key, key, "key", item)
            _write(entry, shape.value, one, "value", item)
    elif isinstance(value, (list, tuple)):
        flat = bool(shape.serialization.get("flattened"))
        parent = into if flat else SubElement(into, name)
        for one in value:
            _write(parent, shape.member, one, name if flat else item, item)
    else:
        SubElement(into, name).text = _text(shape, value)


def _text(shape: Shape, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if shape.type_name == "timestamp" and isinstance(value, (int, float)):
        moment = datetime.fromtimestamp(value, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)
