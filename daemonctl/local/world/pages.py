"""Pages of lists: opaque tokens, bounds of maxResults, and as much work as a page is long."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import TypeVar

from daemonctl.local.world.errors import invalid
from daemonctl.local.world.fields import Params, number, text

MOST = 100
Item = TypeVar("Item")


def page_size(params: Params, default: int = MOST) -> int:
    """``maxResults`` of 1 to 100; raises InvalidParameterException outside."""
    size = number(params, "maxResults")
    if size is None:
        return default
    if not 1 <= size <= MOST:
        raise invalid("maxResults must be between 1 and 100.")
    return size


def resume_from(params: Params) -> int:
    """The number after which to go on; 0 on the first page.

    Raises:
        WorldError: InvalidParameterException for a token that is not ours, or that comes back
            with other parameters ("keep other params constant").
    """
    token = text(params, "nextToken")
    if not token:
        return 0
    try:
        mark, place = json.loads(urlsafe_b64decode(token.encode()))
    except (ValueError, NotBase64, TypeError):
        raise invalid("Invalid token.") from None
    if mark != _mark(params) or not isinstance(place, int):
        raise invalid("Invalid token.")
    return place


def token(params: Params, place: int) -> str:
    """A token that goes on after ``place`` for the same parameters."""
    return urlsafe_b64encode(json.dumps([_mark(params), place]).encode()).decode()


def page(
    params: Params,
    rows: Iterable[tuple[int, Item]],
    keep: Callable[[Item], bool],
    size: int,
    *,
    short: bool,
) -> tuple[list[Item], str | None]:
    """One page of numbered rows, and the token of the next if rows are left.

    With ``short`` only as many rows are looked at as the page may hold, so that a filter makes
    pages short or even empty while there is a next one; else rows are looked at until it is full.
    """
    found: list[Item] = []
    place = 0
    for seen, (numbered, item) in enumerate(rows):
        if len(found) >= size or (short and seen >= size):
            return found, token(params, place)
        place = numbered
        if keep(item):
            found.append(item)
    return found, None


def slice_page(
    params: Params, rows: Sequence[Item], default: int = MOST
) -> tuple[list[Item], str | None]:
    """One page of a short list that is made anew for each call."""
    start = resume_from(params)
    end = start + page_size(params, default)
    return list(rows[start:end]), token(params, end) if end < len(rows) else None


def _mark(params: Params) -> str:
    kept = {key: params[key] for key in sorted(params) if key not in {"nextToken", "maxResults"}}
    return blake2b(json.dumps(kept, default=str).encode(), digest_size=6).hexdigest()
