"""The routes that change something: an operator's commands, with a token only."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from daemonctl.http.elsewhere import elsewhere
from daemonctl.http.problem import ProblemError
from daemonctl.http.query import words_of
from daemonctl.model.ids import DaemonName
from daemonctl.runtime.commands import Answered, Command, Operator, Verb
from daemonctl.runtime.kept import NotLeadingError
from daemonctl.runtime.report import Answers, NotFoundError
from daemonctl.runtime.report_rows import AnswerRow

PATIENCE: Final = 8.0
"""Seconds that a command may wait for its cluster's turn; clients wait ten for an answer."""

_LONGEST: Final = 120  # characters of a User-Agent or a reason: they go into the journal

_OURS: Final = re.compile(r"daemonctl/\S+ \((.+)\)")
"""How the command line calls itself: with its user and host."""

_OF_CLUSTERS: Final = (Verb.FREEZE, Verb.UNFREEZE, Verb.RESYNC)
"""``POST /v1/{verb}``, on every cluster or on ``?cluster=``."""

_OF_DAEMON: Final = (Verb.PAUSE, Verb.RESUME, Verb.UNDO, Verb.RESTART)
"""``POST /v1/clusters/{alias}/daemons/{daemon}/{verb}``."""


class _Asked(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The body of a command, which may be empty."""

    reason: str = ""  # pause
    to_revision: int | None = None  # undo
    daemon: str = ""  # prune
    misplaced: bool = False  # prune


Handle = Callable[[web.Request], Awaitable[web.Response]]


class Operate:
    """The handlers over one operator. Without a token nobody may change anything."""

    def __init__(self, operator: Operator, *, has_token: bool, patience: float = PATIENCE) -> None:
        self._operator = operator
        self._has_token = has_token
        self._patience = patience

    def add_to(self, app: web.Application) -> None:
        """Adds the routes."""
        for verb in _OF_CLUSTERS:
            app.router.add_post(f"/v1/{verb.lower()}", self._on_clusters(verb))
        app.router.add_post("/v1/prune", self._prune)
        for verb in _OF_DAEMON:
            path = f"/v1/clusters/{{alias}}/daemons/{{daemon}}/{verb.lower()}"
            app.router.add_post(path, self._on_daemon(verb))

    def _on_clusters(self, verb: Verb) -> Handle:
        async def handle(request: web.Request) -> web.Response:
            self._let_in(request)
            return await self._order(request, Command(verb, who(request)), _alias(request))

        return handle

    async def _prune(self, request: web.Request) -> web.Response:
        self._let_in(request)
        alias = _alias(request)
        asked = await _body(request)
        if asked != _Asked(daemon=asked.daemon, misplaced=asked.misplaced):
            words = "prune takes daemon and misplaced, and nothing else"
            raise ProblemError(HTTPStatus.BAD_REQUEST, words)
        if asked.misplaced and not asked.daemon:
            words = "name the daemon whose misplaced tasks may go"
            raise ProblemError(HTTPStatus.BAD_REQUEST, words)
        command = Command(
            Verb.PRUNE,
            who(request),
            DaemonName(shown(asked.daemon)),
            misplaced=asked.misplaced,
        )
        return await self._order(request, command, alias)

    def _on_daemon(self, verb: Verb) -> Handle:
        async def handle(request: web.Request) -> web.Response:
            self._let_in(request)
            words_of(request)
            asked = await _body(request)
            if asked.daemon or asked.misplaced:
                words = '"daemon" and "misplaced" are for prune only'
                raise ProblemError(HTTPStatus.BAD_REQUEST, words)
            if asked.reason and verb is not Verb.PAUSE:
                raise ProblemError(HTTPStatus.BAD_REQUEST, '"reason" is for pause only')
            if asked.to_revision is not None and verb is not Verb.UNDO:
                raise ProblemError(HTTPStatus.BAD_REQUEST, '"toRevision" is for undo only')
            at = request.match_info
            command = Command(
                verb,
                who(request),
                DaemonName(at["daemon"]),
                revision=asked.to_revision,
                reason=shown(asked.reason),
            )
            return await self._order(request, command, at["alias"])

        return handle

    def _let_in(self, request: web.Request) -> None:
        """Whoever came this far had the token, where there is one. Raises ProblemError."""
        if not self._has_token:
            words = "what changes something needs a token, on this host too: set http.authTokenFile"
            raise ProblemError(HTTPStatus.FORBIDDEN, f"{words} and start daemonctl anew")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("Host", ""):
            raise ProblemError(HTTPStatus.FORBIDDEN, "a page of another origin may change nothing")

    async def _order(self, request: web.Request, command: Command, alias: str) -> web.Response:
        try:
            async with asyncio.timeout(self._patience):
                answered = await self._operator.order(command, alias)
        except NotFoundError as error:
            raise ProblemError(HTTPStatus.NOT_FOUND, str(error)) from error
        except NotLeadingError as error:
            raise elsewhere(request, error) from error
        except TimeoutError as error:
            words = f"no answer within {self._patience:g} s; it may still be carried out"
            step = "look at daemonctl status and /livez"
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, f"{words}: {step}") from error
        return _answer(answered)


def _alias(request: web.Request) -> str:
    """The cluster that the query names, "" for all. Raises ProblemError."""
    alias = words_of(request, "cluster").get("cluster", "")
    if alias == "" and "cluster" in request.query:
        raise ProblemError(HTTPStatus.BAD_REQUEST, '"cluster" must name a cluster')
    return alias


def _answer(answered: tuple[Answered, ...]) -> web.Response:
    """What was done; a problem (409) where every cluster refused."""
    rows = tuple(
        AnswerRow(each.cluster, each.answer.done, each.answer.words, each.leader)
        for each in answered
    )
    if rows and not any(row.done or row.leader for row in rows):
        words = "; ".join(f"{row.cluster}: {row.words}" for row in rows)
        raise ProblemError(HTTPStatus.CONFLICT, words)
    body = msgspec.json.encode(Answers(rows))
    return web.Response(body=body, content_type="application/json")


async def _body(request: web.Request) -> _Asked:
    raw = await request.read()
    if not raw.strip():
        return _Asked()
    try:
        return msgspec.json.decode(raw, type=_Asked)
    except msgspec.MsgspecError as error:
        words = f"the body is no command: {error}; it may hold reason (pause), toRevision (undo)"
        raise ProblemError(HTTPStatus.BAD_REQUEST, words) from error


def shown(text: str) -> str:
    """One line of it that may go into the journal."""
    return "".join(each if each.isprintable() else " " for each in text).strip()[:_LONGEST]


def who(request: web.Request) -> str:
    """Who asks, as far as that can be seen: whom the client names, and its address."""
    agent = shown(request.headers.get("User-Agent", ""))
    ours = _OURS.fullmatch(agent)
    name = ours[1] if ours is not None else agent or "somebody"
    return f"{name} from {request.remote or 'an unknown address'}"
