"""Where a standby sends a client, and whether the client goes there with its token.

The token goes where the operator sent it (``--server``) and to the leader that this very server
names, once: the same path, no other one; not from https to http. Whoever could change that answer
has the token already, or is the server.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.error import HTTPError
from urllib.parse import urlsplit


def leader_of(asked: str, error: HTTPError) -> str | None:
    """The URL to ask instead of ``asked``, None where there is none or it is not to be trusted."""
    target = error.headers.get("Location", "")
    if error.code != HTTPStatus.TEMPORARY_REDIRECT or not target.isascii():
        return None
    try:
        old, new = urlsplit(asked), urlsplit(target)
        whole = bool(new.hostname) and new.port is not None
    except ValueError:
        return None
    same = (old.path, old.query) == (new.path, new.query) and not new.fragment
    safe = new.scheme == "https" or (new.scheme, old.scheme) == ("http", "http")
    return target if whole and same and safe and not new.username else None
