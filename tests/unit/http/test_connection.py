"""Before any handler: what is no HTTP, what is too long, and who holds connections for nothing."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from types import SimpleNamespace

import pytest
from aiohttp import web

from daemonctl.http import bodies, connection
from daemonctl.http.auth import this_host_only
from daemonctl.http.connection import Runner


@asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[int]:
    runner = Runner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest.fixture
def app(ex: SimpleNamespace) -> web.Application:
    made: web.Application = ex.Example().app(this_host_only("127.0.0.1"), authenticates=True)
    return made


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(20):
            yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def say(port: int, raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to some bytes; the connection must end by itself."""
    async with connected(port) as (reader, writer):
        writer.write(raw)
        answer = await reader.read()
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in rest)
    return int(first.split()[1]), headers, body


LONG = "x" * 9000
POST = "POST /v1/freeze HTTP/1.1\r\n"
HOST = "Host: 127.0.0.1\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("raw", "status", "words"),
    [
        ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "is it https"),
        ("GET /v1/status HTTP/9.9\r\n\r\n", 400, "no HTTP"),
        ("GET /v1/status HTTP/1.1\r\nno colon\r\n\r\n", 400, "no HTTP"),
        (f"GET /{LONG} HTTP/1.1\r\n{HOST}\r\n", 431, "longer than this server reads"),
        (f"GET / HTTP/1.1\r\nX: {LONG}\r\n{HOST}\r\n", 431, "longer than this server reads"),
        (f"GET /v1/status HTTP/1.1\r\nExpect: magic\r\n{HOST}\r\n", 417, "100-continue"),
        (f"{POST}Content-Length: x\r\n{HOST}\r\n", 400, "no HTTP"),
        (f"{POST}Content-Encoding: gzip\r\nContent-Length: 3\r\n{HOST}\r\nabc", 415, "as it is"),
        (f"{POST}Transfer-Encoding: chunked\r\n{HOST}\r\nzz\r\nabc", 400, ""),
        (f"{POST}Content-Length: 18000\r\n{HOST}\r\n{LONG * 2}", 413, "16384"),
        (f"GET /v1/%ff%00%0a HTTP/1.1\r\n{HOST}\r\n", 404, "/v1/%ff%00%0a"),
        (f"OPTIONS * HTTP/1.1\r\n{HOST}\r\n", 404, ""),
        (f"PATCH /v1/status HTTP/1.1\r\n{HOST}\r\n", 405, "only GET"),
    ],
)
async def test_what_cannot_be_served_is_a_problem(
    app: web.Application, raw: str, status: int, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with listening(app) as port:
        answered, headers, body = await say(port, raw.encode("latin-1"))
    assert answered == status
    assert headers["Content-Type"] == "application/problem+json"
    problem = json.loads(body)
    assert (problem["status"], words in problem["detail"]) == (status, True)
    assert headers["Server"] == "daemonctl"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "xxxx" not in problem["detail"]
    assert caplog.text == ""  # anybody can send it: nothing for a log


async def test_a_body_that_does_not_come(
    app: web.Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.05)
    raw = b"POST /v1/freeze HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{"
    monkeypatch.setattr(connection, "LINGERING", 0.05)
    async with listening(app) as port:
        status, headers, body = await say(port, raw)
    assert (status, headers["Connection"]) == (408, "close")
    assert "did not come within" in json.loads(body)["detail"]


async def test_headers_that_do_not_come(
    app: web.Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "IDLE", 0.05)
    async with listening(app) as port, connected(port) as (reader, writer):
        writer.write(b"GET /v1/status HTTP/1.1\r\nHost:")
        assert await reader.read() == b""  # it was hung up


async def test_the_oldest_idle_connections_make_room(
    app: web.Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MOST", 3)
    ask = f"GET /v1/status HTTP/1.1\r\n{HOST}\r\n".encode()
    async with listening(app) as port, AsyncExitStack() as stack:
        held = [await stack.enter_async_context(connected(port)) for _ in range(3)]
        for _ in range(5):  # each in the place of one that waits for nothing
            status, _, _ = await say(port, ask)
            assert status == 200
        assert await held[0][0].read() == b""


async def test_a_bug_outside_of_the_handlers_is_a_problem_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = web.Application()

    async def broken(_request: web.Request) -> web.Response:
        raise RuntimeError("secret inside")

    app.router.add_get("/", broken)
    async with listening(app) as port:
        status, headers, body = await say(port, f"GET / HTTP/1.1\r\n{HOST}\r\n".encode())
    assert (status, headers["Content-Type"]) == (500, "application/problem+json")
    assert b"secret" not in body
    assert "secret inside" in caplog.text
