"""The API over TLS: who gets in with which certificate, and what is told of who does not."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import pytest
import trustme
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from daemonctl.http.serve import serve
from daemonctl.http.tls import TlsFilesError
from daemonctl.model.spec import HttpSpec, TlsSpec
from tests.unit.http.papers import Papers

TOKEN = {"Authorization": "Bearer t0ken"}


class Still:
    """No loops."""

    def now(self) -> float:
        return 0.0

    def loops(self) -> tuple[()]:
        return ()


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path)


@pytest.fixture
def example(ex: SimpleNamespace) -> SimpleNamespace:
    made: SimpleNamespace = ex.Example()
    return made


@pytest.fixture
def token(tmp_path: Path) -> str:
    path = tmp_path / "token"
    path.write_text("t0ken\n")
    return str(path)


@asynccontextmanager
async def up(
    example: SimpleNamespace, tls: TlsSpec | None, token: str = ""
) -> AsyncIterator[tuple[str, str]]:
    """The URLs of both listeners."""
    spec = HttpSpec("127.0.0.1:0", "127.0.0.1:0", token, tls=tls)
    there = (example.report, Still(), example.orders, CollectorRegistry())
    async with serve(spec, *there, sink=example.heard) as served:
        api, metrics = served.api[1], served.metrics[1]
        yield f"https://127.0.0.1:{api}", f"http://127.0.0.1:{metrics}"


async def asked(
    url: str, context: ssl.SSLContext, path: str = "/v1/status", **named: dict[str, str]
) -> tuple[int, str]:
    """The status and body of a GET, or of a POST to ``/v1/freeze``; on a connection of its own."""
    connector = aiohttp.TCPConnector(ssl=context, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        method = "POST" if path == "/v1/freeze" else "GET"
        async with session.request(method, url + path, **named) as answer:  # type: ignore[arg-type]  # headers alone
            return answer.status, await answer.text()


async def test_a_certificate_alone_does_what_the_token_does(
    example: SimpleNamespace, papers: Papers
) -> None:
    async with up(example, papers.spec(clients=True)) as (url, metrics):
        ann = papers.client(papers.issue("ann"))
        assert (await asked(url, ann))[0] == 200
        assert (await asked(url, ann, "/v1/freeze"))[0] == 200
        ((command, _),) = example.orders.heard
        assert command.by.endswith(" from 127.0.0.1 with certificate ann")
        for path in ("/v1/status", "/v1/freeze", "/nope"):
            status, body = await asked(url, papers.client(), path)
            assert status == 403
            assert "a CA of http.tls.clientCaFile" in body
        assert (await asked(metrics, papers.client(), "/livez"))[0] == 200
    assert example.heard.counted == [("http_refused", {"reason": "no_credential"})] * 3


async def test_with_both_either_will_do(
    example: SimpleNamespace, papers: Papers, token: str
) -> None:
    async with up(example, papers.spec(clients=True), token) as (url, _):
        ann, nobody = papers.client(papers.issue("ann")), papers.client()
        assert (await asked(url, ann, "/v1/freeze"))[0] == 200
        assert (await asked(url, nobody, "/v1/freeze", headers=TOKEN))[0] == 200
        assert (await asked(url, ann, "/v1/freeze", headers=TOKEN))[0] == 200
        shown = [command.by.rpartition(" with ")[2] for command, _ in example.orders.heard]
        assert shown == ["certificate ann", "the token", "certificate ann"]
        status, body = await asked(url, nobody, "/v1/freeze")
        assert (status, "or come with a client certificate" in body) == (401, True)


async def test_without_client_cas_a_certificate_says_nothing(
    example: SimpleNamespace, papers: Papers, token: str
) -> None:
    async with up(example, papers.spec(), token) as (url, _):
        ann = papers.client(papers.issue("ann"))
        status, body = await asked(url, ann, "/v1/freeze")
        assert (status, "certificate" in body) == (401, False)
        assert (await asked(url, ann, "/v1/freeze", headers=TOKEN))[0] == 200


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda papers: papers.issue("ann", ended=True), "certificate has expired"),
        (lambda papers: papers.issue("ann", ca=trustme.CA()), "unable to get local issuer"),
        (lambda papers: papers.for_servers("ann"), "unsuitable certificate purpose"),
    ],
)
async def test_certificates_that_are_not_good_end_the_handshake(
    example: SimpleNamespace, papers: Papers, token: str, make: Callable[[Papers], str], words: str
) -> None:
    async with up(example, papers.spec(clients=True), token) as (url, _):
        with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
            await asked(url, papers.client(make(papers)), headers=TOKEN)
    assert ("http_refused", {"reason": "certificate"}) in example.heard.counted
    (_, event, fields), *_ = example.heard.logged
    assert event == "request refused"
    assert words in fields["words"]


async def test_an_intermediate_ca_alone_will_do(example: SimpleNamespace, papers: Papers) -> None:
    between = papers.ca.create_child_ca()
    papers.write("between.pem", between.cert_pem.bytes())
    spec = replace(papers.spec(clients=True), client_ca_file=papers.path("between.pem"))
    async with up(example, spec) as (url, _):
        assert (await asked(url, papers.client(papers.issue("ann", ca=between))))[0] == 200
        with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
            await asked(url, papers.client(papers.issue("bob")))


async def test_a_renewed_pair_is_used_by_the_next_handshake(
    example: SimpleNamespace, papers: Papers, token: str
) -> None:
    other = trustme.CA()
    async with up(example, papers.spec(), token) as (url, _):
        believes_old = papers.client()
        assert (await asked(url, believes_old, headers=TOKEN))[0] == 200
        papers.serve(ca=other)
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await asked(url, believes_old, headers=TOKEN)
        believes_new = ssl.create_default_context()
        other.configure_trust(believes_new)
        assert (await asked(url, believes_new, headers=TOKEN))[0] == 200
        papers.write("key.pem", b"nonsense")
        assert (await asked(url, believes_new, headers=TOKEN))[0] == 200
    levels = [(level, event) for level, event, _ in example.heard.logged]
    assert levels[0] == ("info", "TLS files reloaded")
    assert "the last good ones stay" in levels[1][1]


async def test_a_ca_that_is_taken_away_ends_what_it_let_in(
    example: SimpleNamespace, papers: Papers
) -> None:
    """On a connection that stays open, too."""
    async with up(example, papers.spec(clients=True)) as (url, _):
        connector = aiohttp.TCPConnector(ssl=papers.client(papers.issue("ann")))
        async with aiohttp.ClientSession(connector=connector) as session:
            async with session.get(f"{url}/v1/status") as answer:
                assert answer.status == 200
            papers.serve(ca=papers.ca)  # a renewed pair does not cut anybody off
            async with session.get(f"{url}/v1/status") as answer:
                assert answer.status == 200
            papers.write("ca.pem", trustme.CA().cert_pem.bytes())
            async with session.get(f"{url}/v1/status") as answer:
                assert (answer.status, answer.headers["Connection"]) == (403, "close")
                assert "clientCaFile has changed" in await answer.text()


async def test_old_tls_is_refused_and_http_1_1_is_spoken(
    example: SimpleNamespace, papers: Papers, token: str
) -> None:
    async with up(example, papers.spec(), token) as (url, _):
        old = papers.client()
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises(aiohttp.ClientConnectorError):
            await asked(url, old, headers=TOKEN)
        modern = papers.client()
        modern.set_alpn_protocols(["h2", "http/1.1"])
        port = int(url.rpartition(":")[2])
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=modern)
        side = writer.get_extra_info("ssl_object")
        assert side.selected_alpn_protocol() == "http/1.1"
        assert side.version() == "TLSv1.3"
        writer.close()
        await writer.wait_closed()


async def test_bad_files_open_nothing(example: SimpleNamespace, papers: Papers, token: str) -> None:
    papers.serve(ended=True)
    with pytest.raises(TlsFilesError, match=r"http\.tls\.certFile .* has expired"):
        async with up(example, papers.spec(), token):
            pytest.fail("it must not open")
