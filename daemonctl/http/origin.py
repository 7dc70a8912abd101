"""Whether a page that makes a request is this listener's own (RFC 6454, Fetch Metadata).

A browser sends what it holds, such as a client certificate, with requests of any page. It also says
which page that was: in ``Origin`` with whatever is no GET or HEAD, in ``Sec-Fetch-Site`` with all.
What is no browser says neither, and needs no page's leave.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from daemonctl.http.refusals import RefusedError, Why

_READS: Final = ("GET", "HEAD", "OPTIONS")
_OWN_SITE: Final = ("same-origin", "none")  # none: typed into the address line
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

Place = tuple[str, int]
"""A host in lower case, and a port."""


def refuse_foreign(request: web.Request, advertise: str) -> None:
    """Raises RefusedError where a page elsewhere asks for a change.

    ``advertise`` is a URL of this listener by which it does not know itself, as behind a proxy.
    """
    if request.method in _READS:
        return
    site = request.headers.get("Sec-Fetch-Site", "none")
    origins = request.headers.getall("Origin", [])
    if site in _OWN_SITE and all(_is_own(each, request, advertise) for each in origins):
        return
    words = (
        "a page of another origin may change nothing; where a proxy is in between and this is its"
        " page, set http.advertise to the URL that browsers use"
    )
    raise RefusedError(Why.ORIGIN, HTTPStatus.FORBIDDEN, words)


def _is_own(origin: str, request: web.Request, advertise: str) -> bool:
    scheme, place = _split(origin)
    if place is None:
        return False
    if (scheme, place) == _split(advertise):
        return True
    # A proxy may end TLS for a listener without it; to a listener with it no page speaks http.
    if request.secure and scheme != "https":
        return False
    return place == _split(f"{scheme}://{request.headers.get('Host', '')}")[1]


def _split(url: str) -> tuple[str, Place | None]:
    """The scheme and where it leads; None where it is nothing but that."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "", None
    default = _DEFAULT_PORTS.get(parts.scheme)
    more = parts.path or parts.query or parts.fragment or parts.username or parts.password
    if default is None or not host or more:
        return "", None
    return parts.scheme, (host, default if port is None else port)
