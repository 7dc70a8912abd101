"""What https to a controller is told to fail of, whatever OpenSSL calls it."""

from __future__ import annotations

import ssl
from http.client import BadStatusLine, RemoteDisconnected
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from daemonctl.cli.server import Server
from daemonctl.cli.tls import cut, why_not
from tests.unit.cli.conftest import Cli
from tests.unit.cli.test_tls import Give, fails
from tests.unit.http.papers import Papers


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path)


FILES: list[tuple[Give, str]] = [
    (lambda _: ("--ca-file", "/no/ca"), "--ca-file /no/ca: No such file or directory"),
    (lambda p: ("--ca-file", p.path("key.pem")), "holds no certificate"),
    (lambda _: ("--cert", "/no/cert"), "--cert /no/cert: No such file or directory"),
    (
        lambda p: ("--cert", p.path("cert.pem"), "--key", "/no/key"),
        "--key /no/key: No such file or directory",
    ),
    (lambda p: ("--cert", p.path("cert.pem")), "holds no certificate in PEM, or"),
    (lambda p: ("--key", p.path("key.pem")), "is the key of a certificate: give that, too"),
    (
        lambda p: ("--cert", p.path("cert.pem"), "--key", p.issue("ann")),
        "is the key of another certificate than --cert",
    ),
    (
        lambda p: ("--cert", p.path("cert.pem"), "--key", locked(p)),
        "--key is encrypted: openssl pkey",
    ),
]


def locked(papers: Papers) -> str:
    raw = Path(papers.path("key.pem")).read_bytes()
    key = serialization.load_pem_private_key(raw, None)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    text = key.private_bytes(*form, serialization.BestAvailableEncryption(b"abcd"))
    papers.write("locked.pem", text)
    return papers.path("locked.pem")


@pytest.mark.parametrize(("give", "words"), FILES)
def test_files_that_cannot_be_used(cli: Cli, papers: Papers, give: Give, words: str) -> None:
    assert words in fails(cli, "status", "--server", "https://127.0.0.1:9", *give(papers))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (9, "its certificate is not valid yet; check the clocks of both hosts"),
        (26, "its certificate is not good: unsuitable; check the server's http.tls.certFile"),
    ],
)
def test_what_else_openssl_finds(code: int, words: str) -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = code, "unsuitable"
    assert "; ".join(why_not(error, Server("https://a"))) == words


@pytest.mark.parametrize(
    ("reason", "cert", "words"),
    [
        ("TLSV1_ALERT_UNKNOWN_CA", "a.pem", "no CA of its clientCaFile signed it; give another"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "a.pem", "which has expired; give another"),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "", "it wants a client certificate; give one with"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "", "it wants a client certificate; give one with"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "a.pem", "TLS failed: sslv3 alert handshake failure"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "", "TLS failed: tlsv1 alert protocol version; check"),
        ("WRONG_VERSION_NUMBER", "", "it does not speak https; write --server with http://"),
    ],
)
def test_what_the_server_says_in_tls(reason: str, cert: str, words: str) -> None:
    error = ssl.SSLError(1, "x")
    error.reason = reason
    assert words in "; ".join(why_not(error, Server("https://a", cert_file=cert)))


@pytest.mark.parametrize(
    ("error", "at", "cert", "words"),
    [
        (RemoteDisconnected(""), "http://a", "", "it closed the connection; if it has http.tls"),
        (ConnectionResetError(), "http://a", "", "it closed the connection; if it has http.tls"),
        (BadStatusLine("SSH-2.0"), "http://a", "", "it does not answer in http; if it has"),
        (BadStatusLine("SSH-2.0"), "https://a", "a.pem", "it does not answer in http; look at"),
        (RemoteDisconnected(""), "https://a", "", "it closed the connection; look at its log"),
        (ConnectionResetError(), "https://a", "a.pem", "as if it refused --cert a.pem; check"),
    ],
)
def test_a_connection_that_ends(
    *, error: BadStatusLine | ConnectionResetError, at: str, cert: str, words: str
) -> None:
    assert words in "; ".join(cut(error, Server(at, cert_file=cert), at))
