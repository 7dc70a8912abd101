"""Answers of every operation, good and bad, held against the published description."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from jsonschema import Draft202012Validator
from prometheus_client import CollectorRegistry

from daemonctl.http.auth import TokenFile, proven
from daemonctl.http.health import health_app
from daemonctl.http.openapi import openapi
from daemonctl.http.operations import API, HEALTH
from daemonctl.runtime.commands import Answer, Answered
from daemonctl.runtime.kept import NotLeadingError
from daemonctl.runtime.liveness import LoopTurn

Api = TestClient[Any, Any]
TOKEN = {"Authorization": "Bearer t0ken"}
JSON, PROBLEM = "application/json", "application/problem+json"


def closed(node: Any) -> Any:
    """With every object closed: what is answered and not described is a fault here."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {name: closed(each) for name, each in node.items()}
    return {**made, "additionalProperties": False} if "properties" in made else made


DOCUMENT = json.loads(openapi())
STRICT = closed(DOCUMENT)


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": STRICT["components"]})


def described(path: str, method: str, status: int) -> dict[str, Any]:
    """What the document says of an answer. KeyError where it says nothing."""
    found: dict[str, Any] = STRICT["paths"][path][method.lower()]["responses"][str(status)]
    if "$ref" in found:
        name = found["$ref"].rpartition("/")[2]
        found = STRICT["components"]["responses"][name]
    return found


async def hold(answer: ClientResponse, path: str, method: str = "GET") -> int:
    said = described(path, method, answer.status)
    body = await answer.read()
    if "content" not in said:
        assert body == b""
        return answer.status
    kind = answer.headers["Content-Type"]
    assert kind in said["content"]
    if kind in (JSON, PROBLEM):
        validator(said["content"][kind]["schema"]).validate(json.loads(body))
    return answer.status


@pytest.fixture
def example(ex: SimpleNamespace) -> SimpleNamespace:
    made: SimpleNamespace = ex.Example()
    made.show(ex.plan(actions=(ex.starts(ex.AGENT, "c", words="it is missing"), ex.STOP)))
    made.happen(3)
    return made


@pytest.fixture
async def api(example: SimpleNamespace, tmp_path: Path) -> AsyncIterator[Api]:
    file = tmp_path / "token"
    file.write_text("t0ken\n")
    app = example.app(proven(TokenFile(str(file))), authenticates=True, patience=0.05)
    async with TestClient(TestServer(app), headers=TOKEN) as client:
        yield client


@pytest.mark.parametrize("operation", API, ids=lambda one: one.id)
async def test_each_operation_answers_as_described(
    api: Api, example: SimpleNamespace, operation: Any
) -> None:
    path = operation.path.format(alias="web", daemon="registrator", id="i-bbb")
    answer = await api.request(operation.method, path)
    assert await hold(answer, operation.path, operation.method) == 200
    promised = set(described(operation.path, operation.method, 200).get("headers", {})) - {"Link"}
    assert all(name in answer.headers for name in promised)
    bad = await api.request(operation.method, f"{path}?nope=1")
    assert await hold(bad, operation.path, operation.method) == 400
    if operation.conditional:
        held = {"If-None-Match": answer.headers["ETag"]}
        assert await hold(await api.get(path, headers=held), operation.path) == 304
    if not operation.open:
        answer = await api.request(operation.method, path, headers={"Authorization": "Bearer x"})
        assert await hold(answer, operation.path, operation.method) == 401
        assert "WWW-Authenticate" in answer.headers
    example.clusters = None
    example.orders.answers = None
    if operation.id not in ("getOpenApi", "listEvents"):  # these need no cluster
        answer = await api.request(operation.method, path)
        assert await hold(answer, operation.path, operation.method) == 500


@pytest.mark.parametrize(
    ("method", "path", "at", "status"),
    [
        ("GET", "/v1/status?cluster=nope", "/v1/status", 404),
        ("GET", "/v1/plan?cluster=web", "/v1/plan", 200),
        ("GET", "/v1/clusters/web/daemons/nope", "/v1/clusters/{alias}/daemons/{daemon}", 404),
        ("GET", "/v1/clusters/web/instances?limit=1", "/v1/clusters/{alias}/instances", 200),
        ("GET", "/v1/clusters/web/instances?zone=x", "/v1/clusters/{alias}/instances", 404),
        ("GET", "/v1/clusters/web/instances/i-", "/v1/clusters/{alias}/instances/{id}", 404),
        ("GET", "/v1/clusters/nope/grid", "/v1/clusters/{alias}/grid", 404),
        ("GET", "/v1/events?newest=2", "/v1/events", 200),
        ("GET", "/v1/events?cluster=nope", "/v1/events", 404),
        ("POST", "/v1/freeze?cluster=", "/v1/freeze", 400),
    ],
)
async def test_answers_of_many_kinds(
    api: Api, method: str, path: str, at: str, status: int
) -> None:
    assert await hold(await api.request(method, path), at, method) == status


async def test_refusals_of_commands(api: Api, example: SimpleNamespace) -> None:
    async def ask(**more: Any) -> int:
        return await hold(await api.post("/v1/freeze", **more), "/v1/freeze", "POST")

    assert await ask(headers={"Origin": "http://evil.example"}) == 403
    assert await ask(data=b"x" * 20_000) == 413
    example.orders.answers = (Answered("web", Answer(done=False, words="not now")),)
    assert await ask() == 409
    example.orders.missing = "no cluster"
    assert await ask() == 404
    example.orders.missing = ""
    example.orders.elsewhere = NotLeadingError("web", "another leads", "http://10.0.0.1:8080")
    assert await ask(allow_redirects=False) == 307
    example.orders.elsewhere = NotLeadingError("web", "another leads", "")
    assert await ask() == 503
    example.orders.hangs = True
    assert await ask() == 503


async def test_every_row_of_the_stream_is_as_described(api: Api, example: SimpleNamespace) -> None:
    example.happen(60)  # more than the journal holds: the first is gone
    headers = {"Accept": "text/event-stream"}
    row = validator({"$ref": "#/components/schemas/EventRow"})
    lost = validator({"$ref": "#/components/schemas/Lost"})
    kinds = []
    async with api.get("/v1/events?after=1", headers=headers) as answer:
        assert answer.content_type in described("/v1/events", "GET", 200)["content"]
        while kinds.count("row") < 50:
            text = (await answer.content.readuntil(b"\n\n")).decode()
            if "data: " in text:
                data = json.loads(text.partition("data: ")[2])
                kinds.append("lost" if "event: lost" in text else "row")
                (lost if kinds[-1] == "lost" else row).validate(data)
    assert kinds == ["lost", *["row"] * 50]


class Loops:
    def __init__(self, last: float) -> None:
        self._last = last

    def now(self) -> float:
        return 100.0

    def loops(self) -> list[LoopTurn]:
        return [LoopTurn("reconcile", self._last, 30.0)]


@pytest.mark.parametrize("operation", HEALTH, ids=lambda one: one.id)
async def test_the_metrics_listener(example: SimpleNamespace, operation: Any) -> None:
    for last, status in ((90.0, 200), (0.0, 503 if operation.id == "getLive" else 200)):
        app = health_app(example.report, Loops(last), CollectorRegistry())
        async with TestClient(TestServer(app)) as client:
            assert await hold(await client.get(operation.path), operation.path) == status
            assert await hold(await client.get(f"{operation.path}?x=1"), operation.path) == 400
