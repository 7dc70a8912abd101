"""How answers travel: not at all where the client has them, small where it takes them so."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from daemonctl.http.answer import takes_gzip
from daemonctl.http.auth import this_host_only

ROWS = "/v1/clusters/web/instances"
GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}


class Api:
    """As a client that unpacks nothing by itself."""

    def __init__(self, session: ClientSession, server: TestServer) -> None:
        self._session = session
        self._server = server

    async def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[Any, bytes]:
        url = self._server.make_url(path)
        async with self._session.request(method, url, headers={**PLAIN, **headers}) as answer:
            return answer, await answer.read()


@pytest.fixture
def example(ex: SimpleNamespace) -> SimpleNamespace:
    made: SimpleNamespace = ex.Example()
    return made


@pytest.fixture
async def api(example: SimpleNamespace) -> AsyncIterator[Api]:
    server = TestServer(example.app(this_host_only("127.0.0.1")))
    async with server, ClientSession(auto_decompress=False) as session:
        yield Api(session, server)


async def test_what_the_client_has_is_not_sent_again(api: Api) -> None:
    first, body = await api.ask(ROWS)
    mark = first.headers["ETag"]
    assert mark.startswith('W/"')
    assert first.headers["Cache-Control"] == "private, no-cache"
    for held in (mark, mark.removeprefix("W/"), "*", f'"other", {mark}'):
        again, nothing = await api.ask(ROWS, **{"If-None-Match": held})
        assert (again.status, nothing) == (304, b"")
        assert again.headers["ETag"] == mark
        assert again.headers["Cache-Control"] == "private, no-cache"
        assert again.headers["Vary"] == "Accept-Encoding"
        assert "Content-Type" not in again.headers
    assert json.loads(body)["instances"]


async def test_what_changed_is_sent(api: Api, example: SimpleNamespace) -> None:
    first, _ = await api.ask(ROWS)
    example.show(verdicts={})
    for held in (first.headers["ETag"], '"x"', "nonsense", ""):
        again, body = await api.ask(ROWS, **{"If-None-Match": held})
        assert (again.status, json.loads(body)["total"]) == (200, 5)
        assert again.headers["ETag"] != first.headers["ETag"]


async def test_head_may_be_asked_with_a_mark_too(api: Api) -> None:
    first, _ = await api.ask(ROWS, "HEAD")
    again, _ = await api.ask(ROWS, "HEAD", **{"If-None-Match": first.headers["ETag"]})
    assert (first.status, again.status) == (200, 304)


async def test_problems_have_no_mark_and_are_kept_by_nobody(api: Api) -> None:
    answer, _ = await api.ask("/v1/clusters/nope/instances", **{"If-None-Match": "*"})
    assert answer.status == 404
    assert "ETag" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


async def test_compressed_for_who_takes_that_and_the_same_for_who_does_not(api: Api) -> None:
    packed, small = await api.ask(ROWS, **GZIP)
    plain, large = await api.ask(ROWS)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert int(packed.headers["Content-Length"]) == len(small) < len(large) / 2
    assert gzip.decompress(small) == large
    assert packed.headers["ETag"] == plain.headers["ETag"]  # a weak one: of what it says
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


async def test_what_is_compressed_beside_the_loop_is_the_same(
    api: Api, ex: SimpleNamespace, example: SimpleNamespace
) -> None:
    for _ in range(50):
        example.journal.add(ex.Entry(ex.Happened.VERDICT, "web", words="x" * 1000))
    _, small = await api.ask("/v1/events", **GZIP)
    _, large = await api.ask("/v1/events")
    assert len(large) > 50_000
    assert gzip.decompress(small) == large


async def test_a_head_tells_the_length_of_what_get_would_send(api: Api) -> None:
    head, nothing = await api.ask(ROWS, "HEAD", **GZIP)
    got, body = await api.ask(ROWS, **GZIP)
    assert nothing == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == str(len(body))


async def test_what_is_small_is_left_as_it_is(api: Api) -> None:
    answer, body = await api.ask("/v1/events", **GZIP)
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"  # or it would be a stream
    assert json.loads(body)["events"] == []


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("deflate, gzip;q=0.5, br", True),
        ("gzip; q=1.0", True),
        ("*", True),
        ("*;q=0.1", True),
        ("", False),
        ("br, deflate", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("identity;q=1, gzip;q=0.5", False),
        ("gzip;q=nonsense", False),
        ("gzip;q=nan", False),
        ("gzip;level=9", False),
    ],
)
def test_what_accept_encoding_says(accepted: str, taken: bool) -> None:  # noqa: FBT001  # an example
    assert takes_gzip(accepted) is taken


async def test_the_next_page_is_linked(api: Api) -> None:
    first, body = await api.ask(f"{ROWS}?limit=2&zone=ap-northeast-1a")
    link = first.headers["Link"]
    assert link == f'<{ROWS}?limit=2&zone=ap-northeast-1a&after={"b" * 32}>; rel="next"'
    path, seen = link[1:].partition(">")[0], len(json.loads(body)["instances"])
    while path:
        answer, body = await api.ask(path)
        seen += len(json.loads(body)["instances"])
        path = answer.headers.get("Link", "")[1:].partition(">")[0]
    assert seen == 5


async def test_options_says_what_there_is(api: Api) -> None:
    answer, body = await api.ask("/v1/status", "OPTIONS")
    assert (answer.status, body) == (204, b"")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert "Access-Control-Allow-Origin" not in answer.headers
    answer, _ = await api.ask("/nope", "OPTIONS")
    assert answer.status == 404


async def test_the_page_and_its_files_are_compressed_too(api: Api) -> None:
    _, large = await api.ask("/")
    packed, small = await api.ask("/", **GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small) == large
    styles = re.findall(r'href="(/page/[^"]+\.css)"', large.decode())
    packed, _ = await api.ask(styles[0], **GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "immutable" in packed.headers["Cache-Control"]
