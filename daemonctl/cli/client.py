"""Asks a running controller. Standard library only: a command should not wait for imports."""

from __future__ import annotations

import getpass
import socket
import ssl
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.client import BadStatusLine, HTTPException, HTTPResponse
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

import msgspec

from daemonctl.cli.failure import BadInputError, FailError
from daemonctl.cli.leader import leader_of
from daemonctl.cli.server import Server
from daemonctl.cli.table import plain
from daemonctl.cli.tls import context_of, cut, why_not

_TIMEOUT_SECONDS = 10.0
_LARGEST = 256 * 1024 * 1024
_UNAUTHORIZED = 401
_NOTHING: Mapping[str, str] = {}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

D = TypeVar("D")


class RefusedError(FailError):
    """The controller answered with an error."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would carry the token to wherever it points: it is looked at here first."""

    def redirect_request(self, *_args: object, **_named: object) -> None:
        return None


class Client:
    """The status API of one controller. Every failure is a ``FailError`` of one line, exit 1."""

    def __init__(self, server: Server, *, timeout: float = _TIMEOUT_SECONDS) -> None:
        self._timeout = timeout  # how long the server may be silent, in seconds
        self._base = server.url.rstrip("/")
        self._server = server
        self._through_proxy = _host(self._base) not in _LOOPBACK
        self._openers: dict[str, OpenerDirector] = {}
        self._held: dict[tuple[object, ...], _Held] = {}

    def post(
        self,
        document: type[D],
        *path: str,
        query: Mapping[str, str | int] = _NOTHING,
        body: Mapping[str, object] | None = None,
    ) -> D:
        """Asks for something to be done; what became of it."""
        asked = b"" if body is None else msgspec.json.encode(body)
        headers = {"User-Agent": _agent(), "Content-Type": "application/json"}
        return self._decoded(document, self._read(path, query, headers, asked))

    def get(self, document: type[D], *path: str, **query: str | int) -> D:
        """The document at ``/v1/…``; path parts are quoted here."""
        return self._decoded(document, self.raw(*path, **query))

    def raw(self, *path: str, **query: str | int) -> bytes:
        """The answer's body as it is."""
        return self._read(path, query)

    def _decoded(self, document: type[D], body: bytes) -> D:
        try:
            return msgspec.json.decode(body, type=document)
        except msgspec.MsgspecError as error:
            words = f"{self._base} does not answer as this daemonctl does ({error})"
            step = "check --server, and whether both are of one version (`daemonctl version`)"
            raise FailError(f"{words}: {step}") from error

    def _read(
        self,
        path: Sequence[str],
        query: Mapping[str, str | int],
        headers: Mapping[str, str] = _NOTHING,
        body: bytes | None = None,
    ) -> bytes:
        asked = (*path, *query.items())
        held = self._held.get(asked) if body is None else None
        if held is not None:  # it was asked before, as --watch does: the same is not sent twice
            headers = {**headers, "If-None-Match": held.mark}
        try:
            with self.open(*path, query=query, headers=headers, body=body) as answer:
                found = answer.read(_LARGEST + 1)
                mark = answer.headers.get("ETag", "")
        except RefusedError as error:
            if held is None or error.status != HTTPStatus.NOT_MODIFIED:
                raise
            return held.body
        except (OSError, HTTPException) as error:
            raise FailError(self._unreachable(error)) from error
        if len(found) > _LARGEST:
            raise FailError(f"{self._base} answers with more than {_LARGEST} bytes: check --server")
        if mark and body is None:
            self._held[asked] = _Held(mark, found)
        return found

    def open(
        self,
        *path: str,
        query: Mapping[str, str | int] = _NOTHING,
        headers: Mapping[str, str] = _NOTHING,
        timeout: float | None = None,
        body: bytes | None = None,
    ) -> HTTPResponse:
        """The answer, not read yet: reading it raises OSError and HTTPException.

        With a ``body`` it is a POST. ``timeout`` is how long the server may be silent, in seconds;
        None: as long as the client was made with. Raises FailError.
        """
        timeout = self._timeout if timeout is None else timeout
        url = "/".join((self._base, "v1", *(quote(part, safe="") for part in path)))
        if query:
            url += "?" + urlencode(query)
        try:
            return self._send(url, headers, body, timeout)
        except HTTPError as error:
            target = leader_of(url, error)
            if target is None:
                raise RefusedError(self._refused(error), error.code) from error
            error.close()
        except (URLError, OSError, HTTPException) as error:
            raise FailError(self._unreachable(error)) from error
        return self._ask_leader(target, headers, body, timeout)

    def _ask_leader(
        self, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HTTPResponse:
        """Once more, where the server said that the leader is. It is followed no further."""
        named = url.split("/v1/", 1)[0]
        try:
            return self._send(url, headers, body, timeout)
        except HTTPError as error:
            words = f"{self._base} stands by for {named}, which says: {self._refused(error)}"
            raise RefusedError(words, error.code) from error
        except (URLError, OSError, HTTPException) as error:
            words = self._unreachable(error, named)
            raise FailError(f"{self._base} stands by for {named}: {words}") from error

    def _send(
        self, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HTTPResponse:
        """Raises HTTPError, URLError, OSError, HTTPException."""
        request = self._request(url, headers, body)
        answer: HTTPResponse = self._opener(url).open(request, timeout=timeout)
        return answer

    def _opener(self, url: str) -> OpenerDirector:
        """For the scheme of a URL; FailError where a file that https takes cannot be used."""
        scheme = url.partition(":")[0]
        if scheme not in self._openers:
            secure = (
                HTTPSHandler(context=context_of(self._server))
                if scheme == "https"
                else HTTPSHandler()
            )
            proxies = ProxyHandler() if self._through_proxy else ProxyHandler({})
            self._openers[scheme] = build_opener(proxies, HTTPHandler, secure, _NoRedirect)
        return self._openers[scheme]

    def _request(self, url: str, more: Mapping[str, str], body: bytes | None) -> Request:
        headers = {"Accept": "application/json, application/problem+json", **more}
        if self._server.token_file:
            headers["Authorization"] = f"Bearer {_token(self._server.token_file)}"
        return Request(url, data=body, headers=headers)  # noqa: S310  # the scheme is checked in _host

    def _refused(self, error: HTTPError) -> str:
        with error:
            body = error.read(_LARGEST)
        if error.code == _UNAUTHORIZED:
            sent = bool(self._server.token_file)
            cause = "it wants another token than the one sent" if sent else "it wants a token"
            step = "set DAEMONCTL_TOKEN_FILE (--token-file) to a copy of its authTokenFile"
            return f"{self._base}: {cause}: {step}"
        try:
            problem = msgspec.json.decode(body, type=_Problem)
        except msgspec.MsgspecError:
            return f"{self._base} answers {error.code} {plain(error.reason)}: check --server"
        words = plain(problem.detail)
        if problem.candidates:
            words += ": " + ", ".join(plain(each) for each in problem.candidates)
        return words

    def _unreachable(self, error: Exception, named: str = "") -> str:
        reason = error.reason if isinstance(error, URLError) else error
        at = named or self._base
        step = "start `daemonctl run`, or give --server or DAEMONCTL_SERVER"
        if isinstance(reason, TimeoutError):
            cause = f"no answer within {self._timeout:g} s"
        elif isinstance(reason, ssl.SSLError):
            cause, step = why_not(reason, self._server)
        elif isinstance(reason, BadStatusLine | ConnectionResetError):
            cause, step = cut(reason, self._server, at)
        elif isinstance(reason, OSError) and reason.strerror:
            cause = reason.strerror.lower()
        else:
            cause = plain(str(reason)) or type(reason).__name__
        return f"cannot reach {at}: {cause}; {step}"


class _Held(NamedTuple):
    """An answer, and the ETag by which to ask whether it is still the same."""

    mark: str
    body: bytes


class _Problem(msgspec.Struct):
    detail: str
    candidates: tuple[str, ...] = ()


def _agent() -> str:
    """Who asks, for the controller's journal: the program, the user and the host."""
    from importlib.metadata import version

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = "somebody"
    told = f"daemonctl/{version('daemonctl')} ({user}@{socket.gethostname()})"
    return "".join(each if each.isprintable() and each.isascii() else "?" for each in told)


def _host(base: str) -> str:
    """The host of a server URL. FailError where it is no http(s) URL."""
    try:
        parts = urlsplit(base)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query:
        shown = plain(base.rpartition("@")[2])  # what is before it may be a password
        words = "is no http or https URL, or holds more than that"
        raise BadInputError(f'--server "{shown}" {words}: write it as http://127.0.0.1:8080')
    return host


def _token(path: str) -> str:
    try:
        words = Path(path).read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "is no text"
        step = "name another with --token-file or DAEMONCTL_TOKEN_FILE"
        raise FailError(f"token file {path}: {cause}; {step}") from error
    if len(words) != 1 or not words[0].isascii() or not words[0].isprintable():
        why = "must hold one token and nothing else: copy the controller's authTokenFile"
        raise FailError(f"token file {path}: {why}")
    return words[0]
