"""``http``: its TLS block, and what does not go together with it."""

from __future__ import annotations

import pytest

from daemonctl.adapters.config.parse import parse
from daemonctl.model.spec import HttpSpec, TlsSpec
from tests.unit.adapters.configs import SHORTEST, faults

TLS = """\
http:
  tls:
    certFile: /etc/daemonctl/cert.pem
    keyFile: /etc/daemonctl/key.pem
"""
CA = "    clientCaFile: /etc/daemonctl/clients.pem\n"


def test_the_files_and_their_lines() -> None:
    found = parse((SHORTEST + TLS + CA).encode())
    assert found.http.tls == TlsSpec(
        "/etc/daemonctl/cert.pem", "/etc/daemonctl/key.pem", "/etc/daemonctl/clients.pem"
    )
    assert found.tls_lines == {"certFile": 9, "keyFile": 10, "clientCaFile": 11}
    without = parse((SHORTEST + TLS).encode()).http
    assert without.tls is not None
    assert without.tls.client_ca_file == ""
    assert parse(SHORTEST.encode()).http.tls is None


@pytest.mark.parametrize(
    ("text", "path", "line", "words"),
    [
        (TLS.replace("    keyFile", "    other"), "http.tls.keyFile", 8, "has to be given"),
        ("http: {tls: {}}\n", "http.tls.certFile", 7, "has to be given"),
        ("http: {tls: /etc/cert.pem}\n", "http.tls", 7, "a mapping"),
        (f"http:\n  tls:\n{CA}", "http.tls.certFile", 8, "has to be given"),
        (TLS.replace("/etc/daemonctl/key.pem", "''"), "http.tls.keyFile", 10, "character"),
        (
            TLS + "  advertise: http://10.0.0.5:8080\n",
            "http.advertise",
            11,
            "is http, and with http.tls this replica speaks https only",
        ),
    ],
)
def test_faults(text: str, path: str, line: int, words: str) -> None:
    found = {(fault.path, fault.line): fault.words for fault in faults(SHORTEST + text)}
    assert (path, line) in found
    assert words in found[path, line]


def test_https_is_advertised() -> None:
    found = parse((SHORTEST + TLS + "  advertise: https://10.0.0.5:8080\n").encode())
    assert found.http.advertise == "https://10.0.0.5:8080"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (HttpSpec(), False),
        (HttpSpec(auth_token_file="/t"), True),  # noqa: S106  # a path
        (HttpSpec(tls=TlsSpec("/c", "/k")), False),
        (HttpSpec(tls=TlsSpec("/c", "/k", "/ca")), True),
    ],
)
def test_whether_anybody_can_prove_who_they_are(spec: HttpSpec, *, expected: bool) -> None:
    assert spec.authenticates is expected


@pytest.mark.parametrize(
    ("listen", "more", "exposed"),
    [
        ("127.0.0.1:8080", "", False),
        ("localhost:8080", "", False),
        ("[::1]:8080", "", False),
        ("0.0.0.0:8080", "", True),
        ("[::]:8080", "", True),
        ("10.0.0.5:8080", "", True),
        ("controller.internal:8080", "", True),
        ("0.0.0.0:8080", "  authTokenFile: /t\n", False),
        ("0.0.0.0:8080", TLS.removeprefix("http:\n"), True),
        ("0.0.0.0:8080", TLS.removeprefix("http:\n") + CA, False),
    ],
)
def test_off_loopback_somebody_has_to_authenticate(
    listen: str, more: str, *, exposed: bool
) -> None:
    text = SHORTEST + f'http:\n  listen: "{listen}"\n{more}'
    if exposed:
        (found,) = faults(text)
        assert (found.path, found.line) == ("http.listen", 8)
        assert "nobody would have to authenticate: set http.authTokenFile" in found.words
    else:
        assert parse(text.encode()).http.listen == listen
