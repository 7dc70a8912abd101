"""Whose certificate a request came with, for as long as that certificate is good."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from daemonctl.http.certificates import Certificates
from daemonctl.http.refusals import RefusedError, Why
from daemonctl.http.tls_files import TlsFiles
from tests.unit.http.papers import Papers

END = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path)


@pytest.fixture
def files(papers: Papers) -> TlsFiles:
    return TlsFiles(papers.spec(clients=True))


def request_with(files: TlsFiles, papers: Papers, client: trustme.LeafCert | None) -> web.Request:
    """A request over a connection that has shaken hands, in memory."""
    context = papers.client()
    if client is not None:
        client.configure_cert(context)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    side = files.context().wrap_bio(there, back, server_side=True)
    asking = context.wrap_bio(back, there, server_hostname="localhost")
    for each in (asking, side) * 4:
        try:
            each.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return request_over({"ssl_object": side})


def request_over(extra: dict[str, object]) -> web.Request:
    transport = Mock()
    transport.get_extra_info = extra.get
    return make_mocked_request("GET", "/", transport=transport)


@pytest.mark.parametrize(
    ("identities", "common_name", "name"),
    [
        (("ann@example.org",), "ann", "ann"),
        (("ann@example.org", "ann.example.org"), None, "ann@example.org"),
        (("10.0.0.7",), None, "10.0.0.7"),
        (("ann@example.org",), " ", "ann@example.org"),
    ],
)
def test_names(
    files: TlsFiles,
    papers: Papers,
    *,
    identities: tuple[str, ...],
    common_name: str | None,
    name: str,
) -> None:
    client = papers.ca.issue_cert(*identities, common_name=common_name)
    assert Certificates(files).whose(request_with(files, papers, client)) == name


def test_who_shows_none(files: TlsFiles, papers: Papers) -> None:
    assert Certificates(files).whose(request_with(files, papers, None)) == ""


def test_plain_http_has_none(files: TlsFiles) -> None:
    assert Certificates(files).whose(request_over({})) == ""


def test_it_is_good_until_it_ends(files: TlsFiles, papers: Papers) -> None:
    client = papers.ca.issue_cert("ann@example.org", common_name="ann", not_after=END)
    request = request_with(files, papers, client)
    end = END.timestamp()
    assert Certificates(files, lambda: end - 1).whose(request) == "ann"
    with pytest.raises(RefusedError, match="has expired") as caught:
        Certificates(files, lambda: end).whose(request)
    assert (caught.value.status, caught.value.why) == (403, Why.CERTIFICATE)
    assert caught.value.headers == {"Connection": "close"}


def test_it_is_good_until_its_ca_goes(files: TlsFiles, papers: Papers) -> None:
    request = request_with(files, papers, papers.ca.issue_cert("a@b", common_name="ann"))
    papers.serve()
    assert Certificates(files).whose(request) == "ann"
    papers.write("ca.pem", trustme.CA().cert_pem.bytes())
    with pytest.raises(RefusedError, match="clientCaFile has changed"):
        Certificates(files).whose(request)
