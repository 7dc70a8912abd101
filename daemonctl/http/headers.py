"""Headers of every answer: nothing here is to be framed, cached, sniffed or run."""

from __future__ import annotations

from aiohttp import web

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Server": "daemonctl",
}


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """For ``on_response_prepare``."""
    response.headers.update(_HEADERS)
