"""Who may ask: whoever has the token or a certificate, or, without either, only this host."""

from __future__ import annotations

import hashlib
import hmac
from contextvars import ContextVar
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from daemonctl.http.certificates import Certificates
from daemonctl.http.operation import is_open
from daemonctl.http.origin import refuse_foreign
from daemonctl.http.problem import Handler
from daemonctl.http.refusals import RefusedError, Why
from daemonctl.model.loopback import is_loopback

_MAX_BYTES = 64 * 1024

Seen = tuple[int, int, int, int]
"""What tells one state of a file from another."""


class TokenFileError(Exception):
    """The token file cannot be used; the message says which and why, never what it holds."""


class TokenFile:
    """The token in a file, read again when the file changes.

    Only the token's hash is held, and hashes are compared, so that neither its length nor its
    beginning can be measured from outside.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._seen: Seen | None = None
        self._digest = b""
        self.refresh()

    def refresh(self) -> None:
        """Reads the file if it changed.

        Raises:
            TokenFileError: It cannot be read, is empty, or holds more than one word.
        """
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_dev)
            if seen == self._seen:
                return
            with self._path.open("rb") as file:
                raw = file.read(_MAX_BYTES + 1)
        except OSError as error:
            self._seen = None
            raise TokenFileError(f"{self._path}: {error.strerror or error}") from error
        words = raw.split()
        if len(raw) > _MAX_BYTES or len(words) != 1:
            self._seen = None
            raise TokenFileError(f"{self._path}: must hold one token and nothing else")
        self._digest, self._seen = _digest(words[0]), seen

    def accepts(self, presented: str) -> bool:
        """Whether this is the token that the file holds now. Raises TokenFileError."""
        self.refresh()
        return hmac.compare_digest(
            _digest(presented.encode("utf-8", "surrogateescape")), self._digest
        )


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


CALLER: Final[ContextVar[str]] = ContextVar("CALLER", default="")
"""While a request is answered: how its sender proved who that is; "" where nobody had to."""


def proven(tokens: TokenFile | None, certificates: Certificates | None = None) -> Middleware:
    """Lets through who sends the token as ``Authorization: Bearer …``, or has a certificate.

    To open paths it lets anybody.
    """

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_open(request):
            return await handler(request)
        name = certificates.whose(request) if certificates is not None else ""
        if name:
            proof = f"certificate {name}"
        elif tokens is not None:
            _want_token(request, tokens, or_certificate=certificates is not None)
            proof = "the token"
        else:
            words = (
                "come with a client certificate that a CA of http.tls.clientCaFile signed:"
                " daemonctl and curl take it with --cert and --key"
            )
            raise RefusedError(Why.NO_CREDENTIAL, HTTPStatus.FORBIDDEN, words)
        before = CALLER.set(proof)  # a connection's requests share its context
        try:
            return await handler(request)
        finally:
            CALLER.reset(before)

    return guard


def _want_token(request: web.Request, tokens: TokenFile, *, or_certificate: bool) -> None:
    """Raises RefusedError where the request has not the token."""
    given = request.headers.get("Authorization", "")
    scheme, _, presented = given.partition(" ")
    try:
        known = scheme.lower() == "bearer" and tokens.accepts(presented.strip())
    except TokenFileError as error:
        # Fail closed: an old token may be the one that had to go.
        words = "authTokenFile cannot be read, so nobody can be let in; see daemonctl's log"
        raise RefusedError(Why.NO_TOKEN_FILE, HTTPStatus.SERVICE_UNAVAILABLE, words) from error
    if not known:
        other = ", or come with a client certificate" if or_certificate else ""
        raise RefusedError(
            Why.WRONG_TOKEN if given else Why.NO_CREDENTIAL,
            HTTPStatus.UNAUTHORIZED,
            f"send the token of authTokenFile as Authorization: Bearer …{other}",
            {"WWW-Authenticate": 'Bearer realm="daemonctl"'},
        )


def this_host_only(listen_host: str) -> Middleware:
    """Without a token: refuses names that a web page elsewhere may have pointed at loopback."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        name = host_of(request.headers.get("Host", ""))
        if name != listen_host and not is_loopback(name):
            words = f'this listener answers to loopback names only, not to "{name}"'
            raise RefusedError(Why.HOST, HTTPStatus.MISDIRECTED_REQUEST, words)
        return await handler(request)

    return guard


def own_pages_only(guard: Middleware, advertise: str) -> Middleware:
    """A guard that lets no page of another origin change anything, either."""

    @web.middleware
    async def both(request: web.Request, handler: Handler) -> web.StreamResponse:
        async def inside(request: web.Request) -> web.StreamResponse:
            refuse_foreign(request, advertise)
            return await handler(request)

        return await guard(request, inside)

    return both


def host_of(netloc: str) -> str:
    """The host in ``host:port``, without an IPv6 address's brackets; "" where it is none."""
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""
