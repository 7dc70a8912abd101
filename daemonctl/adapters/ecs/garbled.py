"""Answers that are no answers: cut off on the way, or somebody else's page with status 200.

botocore reads a JSON body that it cannot parse as an answer without members, and does not hold a
body against its Content-Length. A list cut off in the middle would be "nothing there".
"""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

_FAILED = 300


class GarbledAnswerError(Exception):
    """The status says success, but the body is not the service's. The call may have worked."""


def watch(client: Any) -> None:
    """Makes a boto3 client raise GarbledAnswerError instead of answering with too little."""
    client.meta.events.register("before-parse", _check)


def _check(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    """Botocore's event "before-parse"."""
    if response_dict["status_code"] >= _FAILED:
        return
    headers, body = response_dict["headers"], response_dict["body"]
    length = headers.get("content-length")
    if length and not headers.get("content-encoding") and int(length) != len(body):
        raise GarbledAnswerError(f"{len(body)} of {length} bytes came")
    if not _fits(operation_model, body):
        raise GarbledAnswerError("the body is not an answer of this service")


def _fits(operation_model: Any, body: bytes) -> bool:
    shape = operation_model.output_shape
    if not body:
        return shape is None or not shape.members
    if "json" in operation_model.service_model.resolved_protocol:
        try:
            return isinstance(json.loads(body), dict)
        except ValueError:
            return False
    try:
        # No new risk: botocore reads it next, with the same parser.
        root = ET.fromstring(body)  # noqa: S314  AWS's answer, and read once before
    except ET.ParseError:
        return False
    return root.tag.rpartition("}")[2] == f"{operation_model.name}Response"
