"""Who was turned away: counted by reason, logged now and then, never put into the journal.

Anybody can make as many of them as they like, so they may push nothing else out.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Protocol

from aiohttp import web
from aiohttp.typedefs import Middleware

from daemonctl.http.problem import Handler, ProblemError
from daemonctl.http.shown import shown

QUIET: Final = 10.0
"""Seconds after a log line in which others of its reason are only counted."""


class Why(StrEnum):
    """The reasons, as the metric has them."""

    NO_CREDENTIAL = "no_credential"  # neither a token nor a certificate
    WRONG_TOKEN = "wrong_token"  # noqa: S105  # a reason
    NO_TOKEN_FILE = "token_file"  # noqa: S105  # nobody's token can be told right or wrong
    CERTIFICATE = "certificate"  # of a foreign CA, expired, not yet good, or not for clients
    ORIGIN = "origin"  # a page of another origin
    HOST = "host"  # a name that does not mean this host
    UNGUARDED = "unguarded"  # nobody could prove who they are, so nobody may change anything


class RefusedError(ProblemError):
    """Somebody is turned away."""

    def __init__(
        self, why: Why, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers=headers)
        self.why = why


class Sink(Protocol):
    """What hears of it: the part of ``ports.Sink`` that is needed here."""

    def count(self, name: str, **labels: str) -> None: ...

    def log(self, level: str, event: str, **fields: object) -> None: ...


class Refusals:
    """Tells a sink. ``now`` is in seconds, and never goes back."""

    def __init__(self, sink: Sink, now: Callable[[], float]) -> None:
        self._sink = sink
        self._now = now
        self._said: dict[Why, float] = {}
        self._unsaid: dict[Why, int] = {}

    @property
    def told(self) -> Middleware:
        """Tells of every request that is refused within it."""

        @web.middleware
        async def told(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await handler(request)
            except RefusedError as error:
                remote, path = request.remote or "", shown(request.path)
                self.tell(error.why, error.detail, remote=remote, path=path)
                raise

        return told

    def tell(self, why: Why, words: str, *, remote: str = "", path: str = "") -> None:
        """One more was turned away."""
        self._sink.count("http_refused", reason=why.value)
        now = self._now()
        if now - self._said.get(why, float("-inf")) < QUIET:
            self._unsaid[why] = self._unsaid.get(why, 0) + 1
            return
        self._said[why] = now
        fields = {"remote": remote, "path": path, "since_then_more": self._unsaid.pop(why, 0)}
        told = {name: value for name, value in fields.items() if value}
        self._sink.log("warning", "request refused", reason=why.value, words=words, **told)
