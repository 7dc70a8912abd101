"""Frames of the agents' websockets: ``{"type": …, "message": {…}}``, both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aiohttp import web

END_OF_HEADERS = b"\r\n\r\n"
REFUSED = 400
LATER = 503


def frame(kind: str, message: Mapping[str, object]) -> str:
    """Write a frame."""
    return json.dumps({"type": kind, "message": message})


def read(data: str | bytes) -> tuple[str, dict[str, object]]:
    """Read a frame: its type and its message; an unreadable one has the type "".

    Amazon's agent puts the headers of a signed request before what it publishes.
    """
    raw = data.encode() if isinstance(data, str) else data
    if not raw.lstrip().startswith(b"{"):
        raw = raw.partition(END_OF_HEADERS)[2]
    try:
        found = json.loads(raw)
    except ValueError:
        return "", {}
    if not isinstance(found, dict):
        return "", {}
    message = found.get("message")
    return str(found.get("type", "")), message if isinstance(message, dict) else {}


def refusal(kind: str, words: str, status: int = REFUSED) -> web.Response:
    """Refuse a websocket as ECS does: with the error as a frame, in the answer's body."""
    return web.Response(
        status=status, text=frame(kind, {"message": words}), content_type="application/json"
    )
