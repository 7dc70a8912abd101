"""A small client of the local ECS's control plane, for the `local` commands."""

from __future__ import annotations

import json
import os
from http.client import HTTPConnection, HTTPException
from typing import NoReturn
from urllib.parse import quote, urlsplit

import click

DEFAULT_ENDPOINT = "http://127.0.0.1:4577"
endpoint_option = click.option(
    "--endpoint",
    metavar="URL",
    help=f"The local ECS [default: $AWS_ENDPOINT_URL, else {DEFAULT_ENDPOINT}].",
)
TIMEOUT_SECONDS = 10.0
FIRST_REFUSAL = 400


class LocalEcs:
    """The control plane of a running local ECS.

    Args:
        endpoint: Its URL; None: `AWS_ENDPOINT_URL`, else the default port on this machine.
    """

    def __init__(self, endpoint: str | None) -> None:
        found = endpoint or os.environ.get("AWS_ENDPOINT_URL") or DEFAULT_ENDPOINT
        self.endpoint = found.rstrip("/")

    def ask(self, method: str, *path: str, body: object = None) -> dict[str, object]:
        """Make one call; `path` is what follows ``/_local/``, in parts.

        Raises:
            click.ClickException: It cannot be reached, is something else, or refuses; one line.
        """
        status, answer = self._call(method, "/_local/" + "/".join(map(_part, path)), body)
        if status < FIRST_REFUSAL:
            return answer
        detail = answer.get("detail")
        if detail is None:
            self._is_something_else()
        raise click.ClickException(str(detail))

    def _call(self, method: str, path: str, body: object) -> tuple[int, dict[str, object]]:
        host, port = self._address()
        connection = HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read()
        except (OSError, HTTPException) as no:
            raise click.ClickException(
                f"no local ECS answers at {self.endpoint} ({no}); "
                "start one with `daemonctl local up`, or name it with --endpoint"
            ) from no
        finally:
            connection.close()
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            self._is_something_else()
        return response.status, answer

    def _address(self) -> tuple[str, int]:
        try:
            parts = urlsplit(self.endpoint)
            host, port = parts.hostname, parts.port
        except ValueError:
            parts, host, port = urlsplit(""), None, None
        if parts.scheme != "http" or not host:
            raise click.ClickException(
                f"{self.endpoint} is no endpoint of a local ECS: it begins with http:// "
                f"and a host, as {DEFAULT_ENDPOINT} does"
            )
        return host, port or 80

    def _is_something_else(self) -> NoReturn:
        raise click.ClickException(
            f"what answers at {self.endpoint} is no local ECS; "
            "start one with `daemonctl local up`, or name it with --endpoint"
        )


def _part(text: str) -> str:
    return quote(text, safe=":")
