"""Who may ask: whoever has the token, or, without one, only this host."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from daemonctl.http.operation import is_open
from daemonctl.http.problem import Handler, ProblemError

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


def bearer_only(tokens: TokenFile) -> Middleware:
    """Lets through who sends the token as ``Authorization: Bearer …``; to open paths, anybody."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_open(request):
            return await handler(request)
        scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
        try:
            known = scheme.lower() == "bearer" and tokens.accepts(presented.strip())
        except TokenFileError as error:
            # Fail closed: an old token may be the one that had to go.
            words = "authTokenFile cannot be read, so nobody can be let in; see daemonctl's log"
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, words) from error
        if not known:
            raise ProblemError(
                HTTPStatus.UNAUTHORIZED,
                "send the token of authTokenFile as Authorization: Bearer …",
                headers={"WWW-Authenticate": 'Bearer realm="daemonctl"'},
            )
        return await handler(request)

    return guard


def this_host_only(listen_host: str) -> Middleware:
    """Without a token: refuses names that a web page elsewhere may have pointed at loopback."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        name = host_of(request.headers.get("Host", ""))
        if name != listen_host and not is_loopback(name):
            words = f'this listener answers to loopback names only, not to "{name}"'
            raise ProblemError(HTTPStatus.MISDIRECTED_REQUEST, words)
        return await handler(request)

    return guard


def host_of(netloc: str) -> str:
    """The host in ``host:port``, without an IPv6 address's brackets; "" where it is none."""
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this host."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
