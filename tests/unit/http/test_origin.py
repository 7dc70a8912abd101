"""A page of another origin may change nothing; what is no page may."""

from __future__ import annotations

import ssl

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from daemonctl.http.origin import refuse_foreign
from daemonctl.http.refusals import RefusedError, Why

HOST = "daemonctl.internal:8080"


def taken(
    headers: list[tuple[str, str]],
    *,
    host: str = HOST,
    method: str = "POST",
    advertise: str = "",
    tls: bool = False,
) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if tls else None
    all_of_them = CIMultiDict([("Host", host), *headers] if host else headers)
    request = make_mocked_request(method, "/v1/freeze", all_of_them, sslcontext=context)
    try:
        refuse_foreign(request, advertise)
    except RefusedError as error:
        return (error.status, error.why) != (403, Why.ORIGIN)
    return True


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_what_is_no_page_may(method: str) -> None:
    assert taken([], method=method)
    assert not taken([("Origin", "http://evil.example")], method=method)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_changes_nothing(method: str) -> None:
    assert taken(
        [("Origin", "http://evil.example"), ("Sec-Fetch-Site", "cross-site")], method=method
    )


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        (f"http://{HOST}", True),
        (f"https://{HOST}", True),  # a proxy ended TLS
        (f"http://{HOST.upper()}", True),
        ("http://daemonctl.internal", False),
        ("http://daemonctl.internal:80", False),
        ("http://daemonctl.internal:8081", False),
        ("http://evil.example:8080", False),
        ("http://daemonctl.internal.evil.example:8080", False),
        (f"http://{HOST}@evil.example", False),
        (f"http://{HOST}/page", False),
        (f"ftp://{HOST}", False),
        (f"{HOST}", False),
        ("http://daemonctl.internal:x", False),
        ("http://[", False),
        ("null", False),
        ("", False),
        ("*", False),
    ],
)
def test_the_listeners_own_page_may_and_no_other(origin: str, *, own: bool) -> None:
    assert taken([("Origin", origin)]) is own


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("https://status.example", "status.example", True),
        ("https://status.example", "status.example:443", True),
        ("http://status.example", "status.example:443", False),
        ("http://[::1]:8080", "[::1]:8080", True),
        ("http://a", "", False),
    ],
)
def test_ports_that_go_without_saying(origin: str, host: str, *, own: bool) -> None:
    assert taken([("Origin", origin)], host=host) is own


@pytest.mark.parametrize(
    ("site", "own"),
    [
        ("same-origin", True),
        ("none", True),
        ("same-site", False),
        ("cross-site", False),
        ("", False),
    ],
)
def test_what_the_browser_says_of_the_page(site: str, *, own: bool) -> None:
    assert taken([("Sec-Fetch-Site", site)]) is own
    assert taken([("Sec-Fetch-Site", site), ("Origin", f"http://{HOST}")]) is own
    assert not taken([("Sec-Fetch-Site", site), ("Origin", "http://evil.example")])


def test_every_origin_that_is_named_has_to_be_own() -> None:
    assert not taken([("Origin", f"http://{HOST}"), ("Origin", "http://evil.example")])


def test_behind_a_proxy_the_advertised_url_is_own() -> None:
    url = "https://status.example:443"
    assert taken([("Origin", "https://status.example")], advertise=url)
    assert not taken([("Origin", "http://status.example:443")], advertise=url)
    assert not taken([("Origin", "https://status.example:8443")], advertise=url)
    assert not taken([("Origin", "null")], advertise="")


def test_to_a_listener_with_tls_no_page_of_http_is_own() -> None:
    assert taken([("Origin", f"https://{HOST}")], tls=True)
    assert not taken([("Origin", f"http://{HOST}")], tls=True)
