"""What a command may be sent: a type an operation, decoded and published alike."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Final, TypeVar

import msgspec
from aiohttp import hdrs, web
from msgspec import Meta, Struct

from daemonctl.http.problem import ProblemError

PATIENCE: Final = 10.0
"""Seconds that a client may take to send a body."""

_LARGEST_NUMBER: Final = 2**53 - 1  # what every JSON reader can hold

B = TypeVar("B", bound=Struct)


class Body(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The members of a command. None of them is a must, nor is the body."""


class Nothing(Body, frozen=True):
    """This command takes nothing: leave the body empty."""


class PauseBody(Body, frozen=True):
    """Why updates are to wait."""

    reason: str = ""  # for the journal, the first 120 characters of it


class UndoBody(Body, frozen=True):
    """Which revision to go back to."""

    to_revision: Annotated[int, Meta(ge=1, le=_LARGEST_NUMBER)] | None = None
    """A number of the history; without it the one before."""


class PruneBody(Body, frozen=True):
    """Whose tasks may go. Without a daemon: those of every one that left the config."""

    daemon: str = ""
    misplaced: bool = False  # of a daemon in the config, those where it should not run


PRUNE: Final = Annotated[
    PruneBody,
    Meta(
        extra_json_schema={
            "if": {"required": ["misplaced"], "properties": {"misplaced": {"const": True}}},
            "then": {"required": ["daemon"], "properties": {"daemon": {"minLength": 1}}},
        }
    ),
]
"""As it is published: misplaced ones are some daemon's."""


async def body_of(request: web.Request, kind: type[B]) -> B:
    """The body; the members' defaults where it is empty. Raises ProblemError."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity":
        words = "compressed bodies are not read: send it as it is"
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, words)
    try:
        async with asyncio.timeout(PATIENCE):
            raw = await request.read()
    except TimeoutError as error:
        words = f"the body did not come within {PATIENCE:g} s"
        headers = {"Connection": "close"}
        raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, words, headers=headers) from error
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        words = f"the body is no {request.path.rpartition('/')[2]} command: {error}"
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"{words}; it {takes(kind)}") from error


def takes(kind: type[Struct]) -> str:
    """Which members a body may have, in words."""
    names = [each.encode_name for each in msgspec.structs.fields(kind)]
    return f"may hold {', '.join(names)}" if names else "takes none: leave the body empty"
