"""The token: compared by hash, read again when its file changes, closed when it cannot be read."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from daemonctl.http.auth import CALLER, TokenFile, TokenFileError, proven


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("first-token\n")
    return path


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer first-token", 200),
        ("bearer  first-token ", 200),
        ("Bearer first-toke", 401),
        ("Bearer first-token2", 401),
        ("Bearer ", 401),
        ("Bearer", 401),
        ("Basic first-token", 401),
        ("first-token", 401),
        ("", 401),
        ("Bearer fïrst", 401),
    ],
)
async def test_who_is_let_in(ex: SimpleNamespace, file: Path, header: str, status: int) -> None:
    app = ex.Example().app(proven(TokenFile(str(file))))
    headers = {"Authorization": header} if header else {}
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/v1/status", headers=headers)
        assert answer.status == status
        if status == 401:
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.content_type == "application/problem+json"
        # Paths that do not exist tell strangers nothing either.
        assert (await client.get("/nope", headers=headers)).status == (
            404 if status == 200 else 401
        )


async def test_what_a_request_proved_is_its_own(file: Path) -> None:
    async def heard(_request: web.Request) -> web.Response:
        return web.Response(text=CALLER.get())

    headers = {"Authorization": "Bearer first-token"}
    guard = proven(TokenFile(str(file)))
    answer = await guard(make_mocked_request("GET", "/", headers), heard)
    assert isinstance(answer, web.Response)
    assert (answer.text, CALLER.get()) == ("the token", "")


@pytest.mark.parametrize("presented", ["first-token", "first", "x" * 5000, ""])
def test_only_hashes_are_compared_and_in_constant_time(
    file: Path, monkeypatch: pytest.MonkeyPatch, presented: str
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    tokens = TokenFile(str(file))
    monkeypatch.setattr("hmac.compare_digest", compare)
    assert tokens.accepts(presented) is (presented == "first-token")
    ((one, other),) = compared  # nothing else decides, whatever was presented
    assert (len(one), other) == (32, hashlib.sha256(b"first-token").digest())
    assert "first-token" not in repr(vars(tokens))


def test_a_changed_file_is_read_again(file: Path) -> None:
    tokens = TokenFile(str(file))
    assert tokens.accepts("first-token")
    file.write_text("the-second-token\n")
    assert tokens.accepts("the-second-token")
    assert not tokens.accepts("first-token")


def test_a_swapped_link_is_read_again(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    tokens = TokenFile(str(link))
    other = tmp_path / "other"
    other.write_text("other-token")
    (tmp_path / "new").symlink_to(other)
    (tmp_path / "new").rename(link)  # as Kubernetes swaps mounted secrets
    assert tokens.accepts("other-token")


@pytest.mark.parametrize("content", ["", " \n", "two words\n", "x" * 70_000])
def test_a_file_that_holds_no_token(file: Path, content: str) -> None:
    tokens = TokenFile(str(file))
    file.write_text(content)
    with pytest.raises(TokenFileError, match="must hold one token") as caught:
        tokens.accepts("first-token")
    assert "two" not in str(caught.value)
    with pytest.raises(TokenFileError):  # and stays closed while the file is as it is
        tokens.accepts("first-token")


async def test_a_file_that_goes_closes_the_door(ex: SimpleNamespace, file: Path) -> None:
    app = ex.Example().app(proven(TokenFile(str(file))))
    await asyncio.to_thread(file.unlink)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/v1/status", headers={"Authorization": "Bearer first-token"})
        assert answer.status == 503
        assert str(file) not in await answer.text()
