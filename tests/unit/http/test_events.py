"""`/v1/events`: pages, filters, and the stream: order, resuming, losses, heartbeats, its ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from daemonctl.http.auth import TokenFile, proven, this_host_only
from daemonctl.http.events_stream import Streams
from daemonctl.http.problem import problems
from daemonctl.runtime.journal import Entry, Happened
from daemonctl.runtime.wanted import EVERYTHING

Client = TestClient[Any, Any]
STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
def example(ex: SimpleNamespace) -> SimpleNamespace:
    made: SimpleNamespace = ex.Example()
    return made


@pytest.fixture
async def api(example: SimpleNamespace) -> AsyncIterator[Client]:
    app = example.app(this_host_only("127.0.0.1"))
    async with TestClient(TestServer(app)) as client:
        yield client


@asynccontextmanager
async def streaming(example: SimpleNamespace, **how: Any) -> AsyncIterator[tuple[Client, Streams]]:
    """Only streams, with times and caps of a test's own."""
    streams = Streams(example.report, this_host_only("127.0.0.1"), **how)

    async def handler(request: web.Request) -> web.StreamResponse:
        return await streams.serve(request, int(request.query.get("after", "0")), EVERYTHING)

    app = web.Application(middlewares=[problems])
    app.router.add_get("/", handler)
    app.on_shutdown.append(streams.close)
    async with TestClient(TestServer(app)) as client:
        yield client, streams


async def block(answer: ClientResponse) -> dict[str, str]:
    """The next block of a stream: field to value; a comment's field is ""."""
    found: dict[str, str] = {}
    async with asyncio.timeout(60):
        while line := (await answer.content.readline()).decode().rstrip("\n"):
            name, _, value = line.partition(":")
            found[name] = value.removeprefix(" ")
    return found


async def blocks(answer: ClientResponse, count: int) -> list[dict[str, str]]:
    return [await block(answer) for _ in range(count)]


def write(example: SimpleNamespace, *words: str, **more: Any) -> None:
    for each in words:
        made = {"kind": Happened.VERDICT, "cluster": "web", "code": "READY"} | more
        example.journal.add(Entry(**made, words=each))


async def words_of(api: Client, query: str) -> list[str]:
    page = await (await api.get(f"/v1/events{query}")).json()
    return [row["words"] for row in page["events"]]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", ["one", "two", "three", "four"]),
        ("?kind=ACTION", ["three"]),
        ("?daemon=registrator", ["two", "three"]),
        ("?cluster=web&daemon=registrator&kind=VERDICT", ["two"]),
        ("?instance=" + "b" * 32, ["two"]),
        ("?instance=bb", ["two"]),
        ("?instance=arn:aws:ecs:r:1:container-instance/web/" + "a" * 32, ["one", "three"]),
        ("?instance=i-b", ["two"]),
        ("?instance=i-ffff", []),
        ("?limit=1&daemon=registrator", ["two"]),
        ("?newest=2", ["three", "four"]),
        ("?newest=1&daemon=registrator", ["three"]),
    ],
)
async def test_filters(ex: SimpleNamespace, api: Client, query: str, words: list[str]) -> None:
    example = ex.Example()
    example.journal._ec2_id_of = lambda _cluster, instance: "i-" + instance[:17]
    app = example.app(this_host_only("127.0.0.1"))
    write(example, "one", daemon="consul-agent", instance="a" * 32)
    write(example, "two", daemon="registrator", instance="b" * 32)
    action = {"kind": Happened.ACTION, "code": "StartTask ok"}
    write(example, "three", daemon="registrator", instance="a" * 32, **action)
    write(example, "four", kind=Happened.CONDITION)
    async with TestClient(TestServer(app)) as client:
        assert await words_of(client, query) == words


async def test_a_filtered_page_goes_on_behind_what_it_passed_over(
    example: SimpleNamespace, api: Client
) -> None:
    write(example, "one", "two", daemon="x")
    write(example, "three", daemon="y")
    page = await (await api.get("/v1/events?daemon=nobody")).json()
    assert (page["events"], page["next"]) == ([], 3)


async def test_from_the_newest_rows_a_stream_goes_on(example: SimpleNamespace, api: Client) -> None:
    assert (await (await api.get("/v1/events?newest=5")).json())["events"] == []
    write(example, "one", "two")
    page = await (await api.get("/v1/events?newest=1")).json()
    assert ([row["words"] for row in page["events"]], page["next"]) == (["two"], 2)


@pytest.mark.parametrize(
    ("query", "headers", "status", "words"),
    [
        ("?kind=verdict", {}, 400, "VERDICT, ACTION, CONDITION, VIOLATION, COMMAND, LEADERSHIP"),
        ("?cluster=nope", {}, 404, "the config has: web"),
        ("?cluster=nope", STREAM, 404, "the config has: web"),
        ("?limit=3", STREAM, 400, '"limit" is for pages'),
        ("?newest=2&after=1", {}, 400, "goes with neither"),
        ("?newest=0", {}, 400, '"newest" must be'),
        ("?newest=2", STREAM, 400, '"newest" is for pages'),
        ("?after=x", STREAM, 400, '"after" must be'),
        ("", STREAM | {"Last-Event-ID": "x"}, 400, "Last-Event-ID must be"),
    ],
)
async def test_bad_questions(
    api: Client, query: str, headers: dict[str, str], status: int, words: str
) -> None:
    answer = await api.get(f"/v1/events{query}", headers=headers)
    assert answer.status == status
    assert words in (await answer.json())["detail"]


async def test_a_stream_gives_what_there_is_and_then_what_comes(
    example: SimpleNamespace, api: Client
) -> None:
    write(example, "one", "two")
    answer = await api.get("/v1/events", headers={"Accept": "text/event-stream;q=0.9, */*"})
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    opening, *held = await blocks(answer, 3)
    assert "retry" in opening
    write(example, "three\nid: 99")
    held.append(await block(answer))
    assert [each["id"] for each in held] == ["1", "2", "3"]
    rows = [json.loads(each["data"]) for each in held]
    assert [row["words"] for row in rows] == ["one", "two", "three\nid: 99"]
    assert rows[0]["at"] == "2027-01-15T08:00:00Z"
    assert all("event" not in each for each in held)


async def test_a_stream_resumes_behind_the_last_id_whatever_its_url_says(
    example: SimpleNamespace, api: Client
) -> None:
    write(example, "one", "two", "three")
    headers = STREAM | {"Last-Event-ID": "2"}
    answer = await api.get("/v1/events?after=0", headers=headers)
    _, first = await blocks(answer, 2)
    assert (first["id"], "event" in first) == ("3", False)


@pytest.mark.parametrize("last", ["5", "99"])  # fell out of the ring; of another process
async def test_lost_rows_are_told(example: SimpleNamespace, api: Client, last: str) -> None:
    example.happen(60)  # the ring holds 50: 11 to 60
    answer = await api.get("/v1/events", headers=STREAM | {"Last-Event-ID": last})
    _, lost, first = await blocks(answer, 3)
    assert (lost["event"], lost["id"], first["id"]) == ("lost", "10", "11")
    assert json.loads(lost["data"])["after"] == int(last)


async def test_a_filtered_stream_gives_only_those(example: SimpleNamespace, api: Client) -> None:
    write(example, "one", daemon="x")
    answer = await api.get("/v1/events?daemon=y", headers=STREAM)
    await block(answer)
    write(example, "two", daemon="x")
    write(example, "three", daemon="y")
    assert json.loads((await block(answer))["data"])["words"] == "three"


async def test_a_heartbeat_moves_the_client_on_over_rows_it_did_not_ask_for(
    example: SimpleNamespace,
) -> None:
    write(example, "one", "two")
    async with streaming(example, heartbeat=0.01) as (client, _):
        answer = await client.get("/?after=2")
        _, beat = await blocks(answer, 2)
        assert beat == {"": "heartbeat", "id": "2"}


async def test_one_stream_too_many_is_refused_and_a_closed_one_makes_room(
    example: SimpleNamespace,
) -> None:
    async with streaming(example, most=1, heartbeat=0.01) as (client, streams):
        first = await client.get("/")
        await block(first)
        refused = await client.get("/")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "30")
        first.close()
        await until(lambda: streams.open == 0)
        assert (await client.get("/")).status == 200


async def test_who_does_not_read_is_cut_off_and_holds_no_rows(
    ex: SimpleNamespace,
) -> None:
    example = ex.Example()
    async with streaming(example, patience=0.05, heartbeat=0.01) as (client, streams):
        assert client.server.port is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", client.server.port, limit=4096)
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await reader.readuntil(b"retry")
        async with asyncio.timeout(60):
            while streams.open:  # never read again: the sockets' buffers fill up
                write(example, *("x" * 1000 for _ in range(200)))
                await asyncio.sleep(0.005)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_the_end_of_the_listener_ends_streams_with_the_last_rows_sent(
    example: SimpleNamespace,
) -> None:
    server = TestServer(example.app(this_host_only("127.0.0.1")))
    async with TestClient(server) as client:
        answer = await client.get("/v1/events", headers=STREAM)
        await block(answer)
        write(example, "the last")
        ending = asyncio.create_task(server.app.shutdown())
        async with asyncio.timeout(60):
            rest = await answer.read()  # to a proper end: a cut one raises
        await ending
    assert b"the last" in rest


async def test_a_stream_needs_the_token_and_ends_when_it_is_taken_back(
    example: SimpleNamespace, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text("old\n")
    app = example.app(proven(TokenFile(str(file))))
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/v1/events", headers=STREAM)).status == 401
        answer = await client.get("/v1/events", headers=STREAM | {"Authorization": "Bearer old"})
        await block(answer)
        file.write_text("newer\n")
        write(example, "one")  # already asked for: still told, and then it is looked at again
        async with asyncio.timeout(60):
            assert b"id: 2" not in await answer.read()


async def test_head_of_a_stream_has_no_body(api: Client) -> None:
    answer = await api.head("/v1/events", headers=STREAM)
    assert (answer.status, await answer.read()) == (200, b"")


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  # of the server's inside, which has no event for it
            await asyncio.sleep(0.005)
