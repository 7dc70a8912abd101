"""The routes that change something: an operator's commands, of whoever proved who that is."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import Final

from aiohttp import web

from daemonctl.http.answer import document
from daemonctl.http.auth import CALLER
from daemonctl.http.bodies import Nothing, PauseBody, PruneBody, UndoBody, body_of
from daemonctl.http.elsewhere import elsewhere
from daemonctl.http.operation import Handle, Query
from daemonctl.http.operations import CLUSTER
from daemonctl.http.problem import ProblemError
from daemonctl.http.refusals import RefusedError, Why
from daemonctl.http.shown import shown
from daemonctl.model.ids import DaemonName
from daemonctl.runtime.commands import Answered, Command, Operator, Verb
from daemonctl.runtime.kept import NotLeadingError
from daemonctl.runtime.report import Answers, NotFoundError
from daemonctl.runtime.report_rows import AnswerRow

PATIENCE: Final = 8.0
"""Seconds that a command may wait for its cluster's turn; clients wait ten for an answer."""

_OURS: Final = re.compile(r"daemonctl/\S+ \((.+)\)")
"""How the command line calls itself: with its user and host."""

_OF_CLUSTERS: Final = (Verb.FREEZE, Verb.UNFREEZE, Verb.RESYNC)
_OF_DAEMON: Final = (Verb.PAUSE, Verb.RESUME, Verb.UNDO, Verb.RESTART)


class Operate:
    """The handlers over one operator. Where nobody can authenticate nobody may change anything."""

    def __init__(
        self, operator: Operator, *, authenticates: bool, patience: float = PATIENCE
    ) -> None:
        self._operator = operator
        self.authenticates = authenticates
        self._patience = patience

    def handlers(self) -> dict[str, Handle]:
        """By the operations' ids."""
        return {
            **{f"{verb.lower()}Clusters": self._on_clusters(verb) for verb in _OF_CLUSTERS},
            "pruneClusters": self._prune,
            **{f"{verb.lower()}Daemon": self._on_daemon(verb) for verb in _OF_DAEMON},
        }

    def _on_clusters(self, verb: Verb) -> Handle:
        async def handle(request: web.Request, query: Query) -> web.Response:
            self._let_in()
            alias = CLUSTER.of(query)
            await body_of(request, Nothing)
            return await self._order(request, Command(verb, who(request)), alias)

        return handle

    async def _prune(self, request: web.Request, query: Query) -> web.Response:
        self._let_in()
        alias = CLUSTER.of(query)
        asked = await body_of(request, PruneBody)
        if asked.misplaced and not asked.daemon:
            words = "name the daemon whose misplaced tasks may go"
            raise ProblemError(HTTPStatus.BAD_REQUEST, words)
        daemon = DaemonName(shown(asked.daemon))
        command = Command(Verb.PRUNE, who(request), daemon, misplaced=asked.misplaced)
        return await self._order(request, command, alias)

    def _on_daemon(self, verb: Verb) -> Handle:
        async def handle(request: web.Request, _query: Query) -> web.Response:
            self._let_in()
            at = request.match_info
            daemon, by = DaemonName(at["daemon"]), who(request)
            return await self._order(
                request, await _command(request, verb, daemon, by), at["alias"]
            )

        return handle

    def _let_in(self) -> None:
        """Whoever came this far proved who they are, where they can. Raises RefusedError."""
        if not self.authenticates:
            words = "what changes something needs a token, on this host too: set http.authTokenFile"
            raise RefusedError(
                Why.UNGUARDED, HTTPStatus.FORBIDDEN, f"{words} and start daemonctl anew"
            )

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


async def _command(request: web.Request, verb: Verb, daemon: DaemonName, by: str) -> Command:
    """What is asked of one daemon, with what the body says. Raises ProblemError."""
    if verb is Verb.PAUSE:
        pause = await body_of(request, PauseBody)
        return Command(verb, by, daemon, reason=shown(pause.reason))
    if verb is Verb.UNDO:
        undo = await body_of(request, UndoBody)
        return Command(verb, by, daemon, revision=undo.to_revision)
    await body_of(request, Nothing)
    return Command(verb, by, daemon)


def _answer(answered: tuple[Answered, ...]) -> web.Response:
    """What was done; a problem (409) where every cluster refused."""
    rows = tuple(
        AnswerRow(each.cluster, each.answer.done, each.answer.words, each.leader)
        for each in answered
    )
    if rows and not any(row.done or row.leader for row in rows):
        words = "; ".join(f"{row.cluster}: {row.words}" for row in rows)
        raise ProblemError(HTTPStatus.CONFLICT, words)
    return document(Answers(rows))


def who(request: web.Request) -> str:
    """Who asks: whom the client names, its address, and by what it proved that it may."""
    agent = shown(request.headers.get("User-Agent", ""))
    ours = _OURS.fullmatch(agent)
    if agent.startswith("Mozilla/"):
        agent = "a browser"  # each of them calls itself by a line of names that tell nothing
    name = ours[1] if ours is not None else agent or "somebody"
    address = request.remote or "an unknown address"
    return f"{name} from {address} with {shown(CALLER.get())}"
