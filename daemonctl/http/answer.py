"""Documents as answers."""

from __future__ import annotations

import msgspec
from aiohttp import web

from daemonctl.http.operation import JSON
from daemonctl.runtime.report_rows import Document


def document(found: Document, *, following: str = "") -> web.Response:
    """A document as JSON. ``following`` is where its next page is, "" where there is none."""
    headers = {"Link": f'<{following}>; rel="next"'} if following else {}
    return encoded(msgspec.json.encode(found), headers)


def encoded(body: bytes, headers: dict[str, str] | None = None) -> web.Response:
    """JSON that is written already."""
    return web.Response(body=body, content_type=JSON, headers=headers)
