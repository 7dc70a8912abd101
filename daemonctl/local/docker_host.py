"""Whether a Docker engine answers, before an agent is started for it."""

from __future__ import annotations

import socket
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

DEFAULT = "unix:///var/run/docker.sock"
PATIENCE_SECONDS = 5.0
DEFAULT_PORT = 2375
OK = 200


class EngineError(Exception):
    """No engine is to be had there; the text is for the operator."""


class _Unix(HTTPConnection):
    """HTTP over a socket in the file system."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE_SECONDS)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.sock.close()
            raise


def check(url: str) -> None:
    """Ask an engine whether it is there.

    Raises:
        EngineError: It is not, or the URL means no engine.
    """
    parts = urlsplit(url)
    connection: HTTPConnection
    if parts.scheme == "unix" and parts.path:
        connection = _Unix(parts.path)
    elif parts.scheme in {"tcp", "http"} and parts.hostname:
        try:
            port = parts.port or DEFAULT_PORT
        except ValueError:
            words = f"{url} names no port; try unix:///path or tcp://host:port"
            raise EngineError(words) from None
        connection = HTTPConnection(parts.hostname, port, timeout=PATIENCE_SECONDS)
    else:
        raise EngineError(f"{url} names no Docker engine; try unix:///path or tcp://host:port")
    try:
        connection.request("GET", "/_ping")
        status = connection.getresponse().status
    except (OSError, HTTPException) as no:
        cause = getattr(no, "strerror", None) or no
        raise EngineError(
            f"no Docker engine answers at {url} ({cause}); start it, or name another one with "
            "--docker-host"
        ) from no
    finally:
        connection.close()
    if status != OK:
        raise EngineError(f"what answers at {url} is no Docker engine (HTTP {status})")
