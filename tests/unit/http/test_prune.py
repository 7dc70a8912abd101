"""``POST /v1/prune``: who asks for what, and what is no such question."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp.test_utils import TestClient, TestServer

from daemonctl.http.auth import TokenFile, proven

TOKEN = {"Authorization": "Bearer t0ken"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("t0ken\n")
    return path


async def post(
    example: SimpleNamespace, file: Path, body: bytes, path: str = "/v1/prune"
) -> tuple[int, str]:
    app = example.app(proven(TokenFile(str(file))), authenticates=True)
    async with TestClient(TestServer(app)) as client:
        answer = await client.post(path, headers=TOKEN, data=body)
        return answer.status, await answer.text()


@pytest.mark.parametrize(
    ("path", "body", "asked"),
    [
        ("/v1/prune", b"", ("", False, "")),
        ("/v1/prune?cluster=web", b"{}", ("", False, "web")),
        ("/v1/prune", b'{"daemon": "retired"}', ("retired", False, "")),
        ("/v1/prune", b'{"daemon": "registrator", "misplaced": true}', ("registrator", True, "")),
    ],
)
async def test_orphans_or_what_is_misplaced(
    ex: SimpleNamespace, file: Path, path: str, body: bytes, asked: tuple[str, bool, str]
) -> None:
    example = ex.Example()
    assert (await post(example, file, body, path))[0] == 200
    [(command, alias)] = example.orders.heard
    assert (command.verb, command.daemon, command.misplaced, alias) == ("PRUNE", *asked)


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/v1/prune", b'{"reason": "x"}', "it may hold daemon, misplaced"),
        ("/v1/prune", b'{"toRevision": 1}', "it may hold daemon, misplaced"),
        ("/v1/prune", b'{"misplaced": true}', "name the daemon"),
        ("/v1/prune?cluster=", b"", '"cluster" is empty'),
        ("/v1/clusters/web/daemons/registrator/pause", b'{"daemon": "x"}', "it may hold reason"),
    ],
)
async def test_bad_questions(
    ex: SimpleNamespace, file: Path, path: str, body: bytes, words: str
) -> None:
    example = ex.Example()
    status, text = await post(example, file, body, path)
    assert (status, words in text.replace("\\", "")) == (400, True)
    assert example.orders.heard == []
