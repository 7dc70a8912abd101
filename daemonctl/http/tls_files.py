"""The files of ``http.tls`` while daemonctl runs: a handshake is made with what they hold then."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from daemonctl.http.tls import Context, Loaded, TlsFilesError, load
from daemonctl.model.spec import TlsSpec

_TRY_AGAIN: Final = 60.0
"""Seconds: what could not be used may come good by itself, as a certificate of tomorrow does."""

Seen = tuple[tuple[int, ...], ...]
"""What tells one state of the files from another; a file that is not there has none."""

Log = Callable[[str, str], None]
"""Takes a level and words."""


class TlsFiles:
    """The last files that could be used. Bad new ones change nothing, and are told.

    Args:
        spec: Where they are.
        log: Hears when new ones are taken, and when they cannot be.
        refused: Hears why a client's certificate was turned away.
        now: Epoch seconds.

    Raises:
        TlsFilesError: They cannot be used from the start.
    """

    def __init__(
        self,
        spec: TlsSpec,
        *,
        log: Log = lambda _level, _words: None,
        refused: Callable[[str], None] = lambda _words: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._spec = spec
        self._log = log
        self._refused = refused
        self._now = now
        self._seen = self._look()
        self._tried = now()
        self.fault = ""  # why the files as they are now are not the ones in use
        self._loaded = self._load()

    @property
    def not_after(self) -> float:
        """When the first of the certificates in use ends, epoch seconds."""
        return self._loaded.not_after

    def context(self) -> Context:
        """For the next handshake."""
        self.refresh()
        return self._loaded.context

    def refresh(self) -> None:
        """Takes the files anew where they changed. Raises nothing."""
        seen = self._look()
        again = self.fault and self._now() - self._tried >= _TRY_AGAIN
        if seen == self._seen and not again:
            return
        self._seen, self._tried = seen, self._now()
        try:
            self._loaded = self._load()
        except TlsFilesError as error:
            if str(error) != self.fault:
                self._log("error", f"TLS files not reloaded, the last good ones stay: {error}")
            self.fault = str(error)
        else:
            self.fault = ""
            self._log("info", "TLS files reloaded")

    def _load(self) -> Loaded:
        loaded = load(self._spec, self._now())
        loaded.context.sslobject_class = _telling(self._refused)
        return loaded

    def _look(self) -> Seen:
        spec = self._spec
        paths = (spec.cert_file, spec.key_file, *filter(None, (spec.client_ca_file,)))
        return tuple(_state(Path(path)) for path in paths)


def _state(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev)


def _telling(refused: Callable[[str], None]) -> type[ssl.SSLObject]:
    class Side(ssl.SSLObject):
        """The server's side of a connection; a certificate that is refused is told.

        The client is told by an alert, which asyncio would throw away with the connection. So the
        handshake seems to go on until that is sent, and fails with the client's next word.
        """

        _failed: ssl.SSLError | None = None

        def do_handshake(self) -> None:
            if self._failed is not None:
                raise self._failed
            try:
                super().do_handshake()
            except ssl.SSLCertVerificationError as error:
                refused(error.verify_message)
                self._failed = error
                raise ssl.SSLWantReadError from error

    return Side


class Rotating(ssl.SSLContext):
    """What a listener is given: it has each handshake made with the files of that moment."""

    files: TlsFiles

    @classmethod
    def of(cls, files: TlsFiles) -> Rotating:
        made = cls(ssl.PROTOCOL_TLS_SERVER)
        made.files = files
        return made

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # noqa: FBT001, FBT002  # the signature of SSLContext
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As ``SSLContext.wrap_bio``, which is what asyncio calls."""
        context = self.files.context()
        return context.wrap_bio(incoming, outgoing, server_side, server_hostname, session)
