"""Follows the journal's stream through every break, from where it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from http import HTTPStatus
from http.client import HTTPException
from typing import Final

import msgspec
from msgspec import Struct

from daemonctl.cli.client import Client, RefusedError
from daemonctl.cli.documents import Gone
from daemonctl.cli.failure import FailError
from daemonctl.runtime.report_rows import EventRow

_SILENCE: Final = 45.0  # seconds: three heartbeats, then the way to the server is dead
_WAITS: Final = (1.0, 2.0, 5.0, 10.0)  # seconds between attempts; the last one for ever
_STREAM: Final = "text/event-stream"
_LONGEST: Final = 1 << 20  # bytes a line


class _ForeignError(FailError):
    """Whoever answers is no daemonctl."""


class Message(Struct, frozen=True):
    """One block of a stream: its type, its data, and the id to resume behind."""

    event: str
    data: str
    id: str


def messages(lines: Iterable[bytes]) -> Iterator[Message]:
    """The blocks of a stream. One without data is no event: it may move the id on."""
    event, ident = "", ""
    data: list[str] = []
    for raw in lines:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            yield Message(event or "message", "\n".join(data), ident)
            event, ident, data = "", "", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "event":
            event = value
        elif name == "id":
            ident = value


def follow(
    client: Client,
    filters: Mapping[str, str],
    tell: Callable[[str], None],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Generator[EventRow | Gone, None, None]:
    """Every event there is and then every one that comes, for ever.

    ``tell`` hears a line when the stream breaks off. Raises FailError where the controller cannot
    be reached at the first attempt, or refuses.
    """
    last = ""
    failures = -1  # before the first answer
    while True:
        why = "it ended"
        try:
            for message in _stream(client, filters, last):
                failures = 0
                last = message.id or last
                if message.data:
                    yield _read(message)
        except (FailError, OSError, HTTPException) as error:
            if _ends(error, first=failures < 0):
                raise
            why = str(error) or type(error).__name__
        failures = max(failures, 0)
        if not failures:
            tell(f"the stream of events broke off ({why}); it is asked for again until it answers")
        sleep(_WAITS[min(failures, len(_WAITS) - 1)])
        failures += 1


def _ends(error: Exception, *, first: bool) -> bool:
    """Whether asking again is of no use."""
    if isinstance(error, RefusedError):
        return first or error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, _ForeignError) or (first and isinstance(error, FailError))


def _stream(client: Client, filters: Mapping[str, str], last: str) -> Iterator[Message]:
    headers = {"Accept": f"{_STREAM}, application/problem+json"}
    if last:
        headers["Last-Event-ID"] = last
    with client.open("events", headers=headers, query=filters, timeout=_SILENCE) as answer:
        if answer.headers.get_content_type() != _STREAM:
            raise _ForeignError("the server does not answer as daemonctl does: check --server")
        yield from messages(iter(lambda: answer.readline(_LONGEST), b""))


def _read(message: Message) -> EventRow | Gone:
    try:
        if message.event == "lost":
            return msgspec.json.decode(message.data, type=Gone)
        return msgspec.json.decode(message.data, type=EventRow)
    except msgspec.MsgspecError as error:
        words = f"the server does not stream events as daemonctl does ({error}): check --server"
        raise _ForeignError(words) from error
