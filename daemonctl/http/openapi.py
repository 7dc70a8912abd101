"""`/openapi.json`: the published description (OpenAPI 3.1), made from what serves the requests.

A copy is in docs/ (``make generated`` writes it).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from http import HTTPStatus
from typing import Final

import msgspec

from daemonctl.http.answer import JSON
from daemonctl.http.events_stream import Lost
from daemonctl.http.openapi_schemas import schemas
from daemonctl.http.openapi_words import (
    ABOUT,
    HEADERS,
    NOT_MODIFIED,
    PATH_PARTS,
    REFUSALS,
    SECURITY,
    TAGS,
)
from daemonctl.http.operation import Operation
from daemonctl.http.operations import API, HEALTH
from daemonctl.http.problem import CONTENT_TYPE, Problem
from daemonctl.http.query import Parameter, Schema
from daemonctl.model.spec import HttpSpec
from daemonctl.runtime.report_rows import EventRow

VERSION: Final = "1"
"""Of the API: what is in it stays as it is, members may be added."""


@cache
def openapi() -> bytes:
    """The whole document, as JSON."""
    return msgspec.json.format(msgspec.json.encode(_document((*API, *HEALTH))), indent=1)


def _document(operations: Sequence[Operation]) -> Schema:
    kinds: list[object] = [Problem, EventRow, Lost]
    kinds += [each.answer for each in operations if each.answer is not None]
    kinds += [each.body for each in operations if each.body is not None]
    references, components = schemas(kinds)
    known = dict(zip(map(id, kinds), references, strict=True))
    paths: dict[str, dict[str, object]] = {}
    for each in operations:
        at = paths.setdefault(each.path, _path(each))
        at[each.method.lower()] = _operation(each, known)
    used = {status for each in operations for status in each.refuses}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "daemonctl",
            "version": VERSION,
            "summary": "What runs on every container instance, why not, and what to do about it.",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "http.listen"}],
        "security": [{name: []} for name in SECURITY],
        "tags": [{"name": name, "description": words} for name, words in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {
                _name(status): _refusal(status, known[id(Problem)]) for status in sorted(used)
            },
            "headers": HEADERS,
            "securitySchemes": SECURITY,
        },
    }


def _path(operation: Operation) -> dict[str, object]:
    """What all methods of a path have in common: where it is, and the parts of it."""
    found: dict[str, object] = {}
    if operation in HEALTH:
        port = HttpSpec().metrics_listen.rpartition(":")[2]
        server = {"url": f"http://127.0.0.1:{port}", "description": "http.metricsListen"}
        found["servers"] = [server]
    parts = re.findall(r"{(\w+)}", operation.path)
    if parts:
        found["parameters"] = [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": PATH_PARTS[name],
                "schema": {"type": "string", "minLength": 1},
            }
            for name in parts
        ]
    return found


def _operation(operation: Operation, known: dict[int, Schema]) -> Schema:
    made: Schema = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
    }
    if operation.about:
        made["description"] = operation.about
    if parameters := [_parameter(each) for each in (*operation.query, *operation.headers)]:
        made["parameters"] = parameters
    if operation.conditional:
        made["parameters"] = [*parameters, _CONDITION]
    if operation.body is not None:
        made["requestBody"] = {
            "required": False,
            "content": {JSON: {"schema": known[id(operation.body)]}},
        }
    if operation.open:
        made["security"] = []
    made["responses"] = _answers(operation, known)
    return made


_CONDITION: Final = {
    "name": "If-None-Match",
    "in": "header",
    "description": "An ETag that was answered before: 304 while it is still the same.",
    "schema": {"type": "string"},
}


def _parameter(parameter: Parameter) -> Schema:
    return {
        "name": parameter.name,
        "in": "header" if parameter.in_header else "query",
        "description": parameter.about,
        "schema": parameter.schema(),
    }


def _answers(operation: Operation, known: dict[int, Schema]) -> Schema:
    text: Schema = {"type": "string"}
    answer = known.get(id(operation.answer), {"type": "object"})
    carried = {"ETag": operation.conditional, "Link": operation.linked}
    headers = [name for name, there in carried.items() if there]
    found: Schema = {
        "200": {
            "description": operation.summary,
            **_with(headers),
            "content": {
                kind: {"schema": answer if kind == JSON else text} for kind in operation.media
            },
        }
    }
    if operation.conditional:
        found["304"] = {"description": NOT_MODIFIED, **_with(["ETag"])}
    for status in sorted(operation.refuses):
        found[str(status.value)] = {"$ref": f"#/components/responses/{_name(status)}"}
    return found


def _refusal(status: HTTPStatus, problem: Schema) -> Schema:
    words, headers = REFUSALS[status]
    return {
        "description": words,
        **_with(headers),
        "content": {CONTENT_TYPE: {"schema": problem}},
    }


def _with(headers: Iterable[str]) -> Schema:
    found = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return {"headers": found} if found else {}


def _name(status: HTTPStatus) -> str:
    return status.phrase.replace(" ", "")
