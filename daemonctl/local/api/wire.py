"""Requests in, answers and errors out, in the three protocols that the services speak."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import msgspec

from daemonctl.local.api import models, query, xml
from daemonctl.local.face import SERVER_FAULT, SQS_CODES
from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daemonctl.local.api.routing import Asked

JSON_VERSIONS = {"ecs": "1.1", "sqs": "1.0"}


@dataclass(frozen=True)
class Reply:
    """What goes back over HTTP."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def params_of(asked: Asked, body: bytes) -> dict[str, object]:
    """Read a request's parameters and hold them against the operation's input shape.

    Raises:
        WorldError: They are not readable, or do not fit.
    """
    if asked.form is not None:
        params = query.params_of(asked.model, asked.form, ec2=asked.service == "ec2")
    else:
        params = _json_params(body)
    models.check_request(asked.service, asked.model, params)
    return params


def _json_params(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body or b"{}", parse_constant=_refuse)
    except (ValueError, RecursionError) as no:
        raise WorldError("SerializationException", f"The body is not JSON: {no}") from no
    if not isinstance(found, dict):
        raise WorldError("SerializationException", "The body is not a JSON object.")
    return {key: value for key, value in found.items() if value is not None}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number there")


def reply(asked: Asked, answer: Mapping[str, object]) -> Reply:
    """Write an answer in its service's protocol.

    Raises:
        WorldError: It does not fit the output shape, which is a bug of the local ECS.
    """
    models.check_answer(asked.model, answer)
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": request_id}
    if asked.form is not None:
        headers["Content-Type"] = "text/xml;charset=UTF-8"
        return Reply(200, xml.answer_xml(asked.model, answer, request_id), headers)
    headers["Content-Type"] = f"application/x-amz-json-{JSON_VERSIONS[asked.service]}"
    return Reply(200, msgspec.json.encode(answer), headers)


def error_reply(no: WorldError, *, query_style: str | None, service: str | None) -> Reply:
    """Write an error; `query_style` names the service of the query protocols, None: JSON."""
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": request_id}
    ours = no.status >= SERVER_FAULT
    if query_style is not None:
        headers["Content-Type"] = "text/xml;charset=UTF-8"
        body = xml.error_xml(query_style, no.code, no.message, request_id, ours=ours)
        return Reply(no.status, body, headers)
    headers["Content-Type"] = f"application/x-amz-json-{JSON_VERSIONS.get(service or '', '1.1')}"
    headers["x-amzn-errortype"] = no.code
    if service == "sqs":
        old = SQS_CODES.get(no.code, no.code)
        headers["x-amzn-query-error"] = f"{old};{'Receiver' if ours else 'Sender'}"
    return Reply(
        no.status, msgspec.json.encode({"__type": no.code, "message": no.message}), headers
    )
