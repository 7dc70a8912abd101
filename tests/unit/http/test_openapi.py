"""The published description: it is what is served, and what is served is what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from daemonctl.http.auth import TokenFile, proven
from daemonctl.http.health import health_app
from daemonctl.http.openapi import openapi
from daemonctl.http.operation import Operation, bind
from daemonctl.http.operations import API, HEALTH

DOCUMENT = json.loads(openapi())


class Loops:
    def now(self) -> float:
        return 0.0

    def loops(self) -> list[Any]:
        return []


@pytest.fixture
def example(ex: SimpleNamespace) -> SimpleNamespace:
    made: SimpleNamespace = ex.Example()
    return made


@pytest.fixture
def guarded(example: SimpleNamespace, tmp_path: Path) -> web.Application:
    file = tmp_path / "token"
    file.write_text("t0ken\n")
    guard = proven(TokenFile(str(file)))
    made: web.Application = example.app(guard, authenticates=True)
    return made


def served(app: web.Application) -> Iterator[tuple[str, str]]:
    for route in app.router.routes():
        if route.method != "HEAD" and route.resource is not None:
            yield route.method, route.resource.canonical


def test_what_is_routed_is_described_and_nothing_else(
    example: SimpleNamespace, guarded: web.Application
) -> None:
    routed = {
        *served(guarded),
        *served(health_app(example.report, Loops(), CollectorRegistry())),
    }
    described = {
        (method.upper(), path)
        for path, at in DOCUMENT["paths"].items()
        for method in at
        if method in ("get", "post", "put", "delete", "patch")
    }
    assert described == {(each.method, each.path) for each in (*API, *HEALTH)}
    beside = routed - described  # the page, for people: no part of the API
    assert described <= routed
    assert [path for method, path in beside if method != "GET" or path.startswith("/v1")] == []


def test_names_of_operations_are_used_once() -> None:
    names = [each.id for each in (*API, *HEALTH)]
    assert len(names) == len(set(names))


def test_an_operation_without_a_handler_is_no_app() -> None:
    with pytest.raises(ValueError, match="one handler"):
        bind(web.Application(), (Operation("a", "GET", "/a", "read", "A"),), {})


def test_every_member_says_what_it_is_or_has_a_name_that_does() -> None:
    """Comments beside members are published; a type must say what it is."""
    schemas = DOCUMENT["components"]["schemas"]
    assert [name for name, each in schemas.items() if not each.get("description")] == []
    row = schemas["InstanceRow"]["properties"]
    assert row["id"]["description"] == "the last part of its ARN"
    assert schemas["UndoBody"]["properties"]["toRevision"]["description"].startswith("A number of")


def test_members_of_answers_are_always_there_and_those_of_bodies_never_a_must() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert set(schemas["VerdictRow"]["required"]) == set(schemas["VerdictRow"]["properties"])
    assert "default" not in json.dumps(schemas["VerdictRow"])
    assert "required" not in schemas["PruneBody"]
    assert "candidates" not in schemas["Problem"]["required"]


async def test_the_document_wants_no_token_and_what_it_describes_does(
    guarded: web.Application,
) -> None:
    async with TestClient(TestServer(guarded)) as client:
        answer = await client.get("/openapi.json")
        assert answer.status == 200
        assert await answer.json() == DOCUMENT
        assert (await client.post("/openapi.json")).status == 401
        for each in API:
            if not each.open:
                path = each.path.format(alias="web", daemon="registrator", id="i-bbb")
                answer = await client.request(each.method, path)
                assert (each.id, answer.status) == (each.id, 401)
