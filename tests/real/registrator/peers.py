"""The two that registrator speaks to: Docker's engine on its socket, the local Consul agent."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

SOCKET = "/tmp/docker.sock"  # noqa: S108  registrator's own place for it
PATIENCE = 10.0
"""Seconds that an answer may take."""


class RefusedError(Exception):
    """The other side answered with an error; the words are its own."""


class Consul:
    """The local agent, with the token of ``CONSUL_HTTP_TOKEN``."""

    def __init__(self, host: str, port: int) -> None:
        self._where = (host, port)
        token = os.environ.get("CONSUL_HTTP_TOKEN", "")
        self._headers = {"X-Consul-Token": token} if token else {}

    def leader(self) -> str:
        return str(self._ask("GET", "/v1/status/leader"))

    def register(self, body: dict[str, Any]) -> None:
        self._ask("PUT", "/v1/agent/service/register", body)

    def deregister(self, service: str) -> None:
        self._ask("PUT", f"/v1/agent/service/deregister/{quote(service, safe='')}")

    def services(self) -> list[str]:
        """Ids of all that this agent has."""
        return list(self._ask("GET", "/v1/agent/services"))

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        line = http.client.HTTPConnection(*self._where, timeout=PATIENCE)
        try:
            text = json.dumps(body) if body is not None else None
            line.request(method, path, text, self._headers)
            return _read(line.getresponse(), f"{method} {path}")
        finally:
            line.close()


class Docker:
    """The engine behind the socket."""

    def running(self) -> list[str]:
        """Ids of the running containers."""
        return [row["Id"] for row in self._ask("/containers/json")]

    def inspect(self, container: str) -> Any:
        return self._ask(f"/containers/{container}/json")

    def events(self) -> Iterator[tuple[str, str]]:
        """Container events as (action, id), from the call on; ends when the engine does."""
        wanted = quote(json.dumps({"type": ["container"], "event": ["start", "die"]}))
        line = _Local(None)
        line.request("GET", f"/events?filters={wanted}")
        answer = line.getresponse()
        return self._told(line, answer)

    def _told(self, line: _Local, answer: http.client.HTTPResponse) -> Iterator[tuple[str, str]]:
        try:
            while said := answer.readline():
                event = json.loads(said)
                yield event["Action"], event["Actor"]["ID"]
        finally:
            line.close()

    def _ask(self, path: str) -> Any:
        line = _Local(PATIENCE)
        try:
            line.request("GET", path)
            return _read(line.getresponse(), f"GET {path}")
        finally:
            line.close()


class _Local(http.client.HTTPConnection):
    def __init__(self, patience: float | None) -> None:
        super().__init__("docker", timeout=patience)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.environ.get("DOCKER_HOST", f"unix://{SOCKET}").removeprefix("unix://"))


def _read(answer: http.client.HTTPResponse, what: str) -> Any:
    body = answer.read().decode(errors="replace")
    if answer.status >= http.HTTPStatus.BAD_REQUEST:
        raise RefusedError(f"{what}: {answer.status} {body.strip()}")
    return json.loads(body) if body else None
