"""What changes something: who may, what is answered, and who is said to have asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from daemonctl.http.auth import TokenFile, proven, this_host_only
from daemonctl.runtime.commands import Answer, Answered, Verb

Api = TestClient[Any, Any]
TOKEN = {"Authorization": "Bearer t0ken"}


@pytest.fixture
def example(ex: SimpleNamespace) -> SimpleNamespace:
    made: SimpleNamespace = ex.Example()
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("t0ken\n")
    return path


@pytest.fixture
async def api(example: SimpleNamespace, file: Path) -> AsyncIterator[Api]:
    app = example.app(proven(TokenFile(str(file))), authenticates=True, patience=0.05)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize("verb", ["freeze", "unfreeze", "resync"])
async def test_of_every_cluster_or_of_one(api: Api, example: SimpleNamespace, verb: str) -> None:
    for query, alias in (("", ""), ("?cluster=web", "web")):
        answer = await api.post(f"/v1/{verb}{query}", headers=TOKEN)
        assert answer.status == 200
        assert await answer.json() == {
            "clusters": [{"cluster": "web", "done": True, "words": "it was done", "leader": ""}]
        }
        command, asked = example.orders.heard.pop()
        assert (command.verb, asked) == (Verb(verb.upper()), alias)


async def test_the_journal_will_say_who_and_never_the_token(
    api: Api, example: SimpleNamespace
) -> None:
    for agent, shown in (
        ("daemonctl/1.0 (ann@laptop)", "ann@laptop from 127.0.0.1 with the token"),
        ("", "somebody from 127.0.0.1 with the token"),
        ("Mozilla/5.0 (X11; Linux) Chrome/1", "a browser from 127.0.0.1 with the token"),
        ("x" * 500, "x" * 120 + " from 127.0.0.1 with the token"),
        ("a\u200bb", "a b from 127.0.0.1 with the token"),
    ):
        await api.post("/v1/freeze", headers={**TOKEN, "User-Agent": agent})
        command, _ = example.orders.heard.pop()
        assert command.by == shown


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({}, 401, "send the token"),
        ({"Authorization": "Bearer other"}, 401, "send the token"),
        ({**TOKEN, "Origin": "http://evil.example"}, 403, "a page of another origin"),
        ({**TOKEN, "Origin": "null"}, 403, "a page of another origin"),
        ({**TOKEN, "Origin": ""}, 403, "a page of another origin"),
    ],
)
async def test_who_is_not_let_in(
    api: Api, example: SimpleNamespace, headers: dict[str, str], status: int, words: str
) -> None:
    answer = await api.post("/v1/freeze", headers=headers)
    assert answer.status == status
    assert words in (await answer.json())["detail"]
    assert example.orders.heard == []


async def test_a_page_of_its_own_may(api: Api, example: SimpleNamespace) -> None:
    own = f"http://{api.host}:{api.port}"
    answer = await api.post("/v1/freeze", headers={**TOKEN, "Origin": own})
    assert (answer.status, len(example.orders.heard)) == (200, 1)


async def test_without_a_token_nothing_is_changed_from_this_host_either(
    example: SimpleNamespace,
) -> None:
    async with TestClient(TestServer(example.app(this_host_only("127.0.0.1")))) as client:
        answer = await client.post("/v1/freeze")
        assert answer.status == 403
        assert "set http.authTokenFile" in (await answer.json())["detail"]
        assert (await client.get("/v1/status")).status == 200
    assert example.orders.heard == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?cluster=", '"cluster" is empty'),
        ("?all=1", 'unknown query parameter "all"; it takes cluster'),
        ("?cluster=a&cluster=b", "comes twice"),
    ],
)
async def test_bad_questions(api: Api, example: SimpleNamespace, query: str, words: str) -> None:
    answer = await api.post(f"/v1/freeze{query}", headers=TOKEN)
    assert answer.status == 400
    assert words in (await answer.json())["detail"]
    assert example.orders.heard == []


async def test_asking_for_it_with_get_is_refused(api: Api) -> None:
    answer = await api.get("/v1/freeze", headers=TOKEN)
    assert answer.status == 405
    assert (await answer.json())["detail"] == "GET is not allowed here, only POST"


async def test_what_is_not_there(api: Api, example: SimpleNamespace) -> None:
    example.orders.missing = 'no cluster "x"; the config has: web'
    answer = await api.post("/v1/freeze?cluster=x", headers=TOKEN)
    assert answer.status == 404
    assert (await answer.json())["detail"] == example.orders.missing


async def test_refused_by_all_is_a_conflict_and_by_some_a_row(
    api: Api, example: SimpleNamespace
) -> None:
    no = Answered("web", Answer(done=False, words="not now: do this first"))
    example.orders.answers = (no,)
    answer = await api.post("/v1/freeze", headers=TOKEN)
    assert answer.status == 409
    assert (await answer.json())["detail"] == "web: not now: do this first"
    example.orders.answers = (no, Answered("logs", Answer(done=True, words="done")))
    answer = await api.post("/v1/freeze", headers=TOKEN)
    assert answer.status == 200
    assert [row["done"] for row in (await answer.json())["clusters"]] == [False, True]


async def test_no_answer_in_time(api: Api, example: SimpleNamespace) -> None:
    example.orders.hangs = True
    answer = await api.post("/v1/freeze", headers=TOKEN)
    assert answer.status == 503
    assert "it may still be carried out" in (await answer.json())["detail"]


PAUSE = "/v1/clusters/web/daemons/registrator/pause"


@pytest.mark.parametrize(
    ("verb", "body", "revision", "reason"),
    [
        ("pause", {}, None, ""),
        ("pause", {"reason": "a \u200b b"}, None, "a   b"),
        ("resume", None, None, ""),
        ("restart", {}, None, ""),
        ("undo", {}, None, ""),
        ("undo", {"toRevision": 3}, 3, ""),
    ],
)
async def test_of_one_daemon(
    *,
    api: Api,
    example: SimpleNamespace,
    verb: str,
    body: dict[str, object] | None,
    revision: int | None,
    reason: str,
) -> None:
    path = f"/v1/clusters/web/daemons/registrator/{verb}"
    answer = await api.post(path, headers=TOKEN, json=body)
    assert answer.status == 200
    [(command, alias)] = example.orders.heard
    assert (command.verb, command.daemon, alias) == (verb.upper(), "registrator", "web")
    assert (command.revision, command.reason) == (revision, reason)


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        (PAUSE, b"{", "the body is no pause command"),
        (PAUSE, b"[]", "the body is no pause command"),
        (PAUSE, b"\r", "the body is no pause command"),  # not empty, and no JSON
        (PAUSE, b'{"why": 1}', "the body is no pause command"),
        (PAUSE, b'{"toRevision": 1}', "it may hold reason"),
        (PAUSE.replace("pause", "undo"), b'{"toRevision": "1"}', "the body is no undo command"),
        (PAUSE.replace("pause", "undo"), b'{"reason": "x"}', "it may hold toRevision"),
        (PAUSE.replace("pause", "resume"), b'{"reason": "x"}', "leave the body empty"),
        ("/v1/freeze", b'{"reason": "x"}', "leave the body empty"),
        (f"{PAUSE}?cluster=web", b"", "it takes none"),
    ],
)
async def test_bad_commands(
    api: Api, example: SimpleNamespace, path: str, body: bytes, words: str
) -> None:
    answer = await api.post(path, headers=TOKEN, data=body)
    assert answer.status == 400
    assert words in (await answer.json())["detail"]
    assert example.orders.heard == []


async def test_a_body_that_is_too_large(api: Api, example: SimpleNamespace) -> None:
    answer = await api.post(PAUSE, headers=TOKEN, data=b"x" * 20_000)
    assert answer.status == 413
    assert answer.content_type == "application/problem+json"
    assert example.orders.heard == []
