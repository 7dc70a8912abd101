"""Headers of every answer: nothing here is to be framed, cached, sniffed or run.

A handler that needs another one of them sets its own.
"""

from __future__ import annotations

from aiohttp import web

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """For ``on_response_prepare``."""
    add_to(response)


def add_to(response: web.StreamResponse) -> None:
    """Adds those that it does not have yet."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "daemonctl"  # aiohttp has put its own there, with versions
