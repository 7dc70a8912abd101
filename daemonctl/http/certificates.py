"""Clients that prove who they are by a certificate, which TLS has checked."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web

from daemonctl.http.refusals import RefusedError, Why
from daemonctl.http.tls import Context
from daemonctl.http.tls_files import TlsFiles

_ANEW: Final = {"Connection": "close"}


class Certificates:
    """Tells whose certificate a request came with.

    A connection lives longer than its handshake: a certificate that has ended since, or that was
    signed by a CA which clientCaFile has no more, is good for nothing from then on.
    """

    def __init__(self, files: TlsFiles, now: Callable[[], float] = time.time) -> None:
        self._files = files
        self._now = now

    def whose(self, request: web.Request) -> str:
        """Its subject's common name, else its first alternative name; "" where there is none.

        Raises:
            RefusedError: It is no longer good.
        """
        side = request.get_extra_info("ssl_object")
        found = side.getpeercert() if isinstance(side, ssl.SSLObject) else None
        if not isinstance(side, ssl.SSLObject) or not found:
            return ""
        context = side.context
        cas = context.client_cas if isinstance(context, Context) else ""
        if cas != self._files.context().client_cas:
            words = "clientCaFile has changed since this connection began: connect anew"
            raise RefusedError(Why.CERTIFICATE, HTTPStatus.FORBIDDEN, words, _ANEW)
        peer = msgspec.convert(found, _Peer)
        if ssl.cert_time_to_seconds(peer.not_after) <= self._now():
            words = "the client's certificate has expired: use a new one"
            raise RefusedError(Why.CERTIFICATE, HTTPStatus.FORBIDDEN, words, _ANEW)
        return peer.name


class _Peer(msgspec.Struct, frozen=True, rename="camel"):
    """What ``ssl`` tells of a certificate that it has verified."""

    not_after: str
    serial_number: str
    subject: tuple[tuple[tuple[str, str], ...], ...] = ()
    subject_alt_name: tuple[tuple[str, object], ...] = ()  # some kinds have no plain text

    @property
    def name(self) -> str:
        """Never empty: what has no name is told by its number."""
        common = [value for part in self.subject for key, value in part if key == "commonName"]
        others = [value for _, value in self.subject_alt_name if isinstance(value, str)]
        named = next((name for name in (*common, *others) if name.strip()), "")
        return named or f"serial {self.serial_number}"
