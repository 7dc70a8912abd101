"""One Consul API, called in threads, fenced.

Of python-consul this takes the HTTP client. Its ``Consul`` class lets ``CONSUL_HTTP_ADDR``,
``CONSUL_HTTP_SSL`` and ``CONSUL_HTTP_TOKEN`` override what it is told, and puts tokens into URLs,
which end in logs. The client itself knows no time-out (python-consul 1.1.0) and follows redirects
with the token: the session underneath is fenced here.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import requests
from consul.std import HTTPClient
from msgspec import Struct
from requests.adapters import HTTPAdapter

from daemonctl.adapters.consul.errors import CLOSED, Asking
from daemonctl.adapters.consul.token import TokenFile, TokenFileError
from daemonctl.ports.consul import ConsulError
from daemonctl.runtime.threads import Closed, Threads

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 10.0
"""Until the first byte, and between any two, of an answer that is not held back."""

_WHOLE_SECONDS: Final = 15.0
"""On top of that until its end: a trickle of bytes ends no read."""

_PORTS: Final = {"http": 80, "https": 443}


class Answer(Struct, frozen=True):
    """An answer with what its headers say. ``index`` is 0 where there was none."""

    status: int
    body: str
    index: int = 0
    filtered: bool = False  # by ACLs (told by Consul 1.12 and newer)


class _Reply(Protocol):
    """What python-consul and py-consul give to a callback."""

    code: int
    headers: Mapping[str, str]
    body: str


class _Fence(HTTPAdapter):
    """Time-outs on every request, whatever the caller says or does not say."""

    def __init__(self, read_seconds: float, connections: int) -> None:
        self._limits = (CONNECT_SECONDS, read_seconds)
        super().__init__(pool_maxsize=connections, max_retries=0)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # passes on whatever it is given
        """Sends one request."""
        return super().send(request, **{**options, "timeout": self._limits})


class ConsulClient:
    """Calls one Consul.

    Args:
        address: ``http://host:port`` or ``https://…``.
        token_file: Path of the file with the ACL token, "" for none.
        ca_file: Path of the certificates to trust, "" for the machine's own.
        name: Of the threads.
        threads: How many calls at once.
        held_seconds: For how long Consul may hold an answer back (blocking queries).
    """

    def __init__(
        self,
        address: str,
        token_file: str,
        ca_file: str,
        *,
        name: str,
        threads: int,
        held_seconds: float = 0.0,
    ) -> None:
        self.address = address
        self._token = TokenFile(token_file)
        self._header = threading.Lock()
        self._read_seconds = held_seconds + ANSWER_SECONDS
        self._threads = Threads(threads, name)
        parts = urlsplit(address)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        self._http = HTTPClient(
            host, parts.port or _PORTS[parts.scheme], parts.scheme, verify=ca_file or True
        )
        session = self._http.session
        session.trust_env = False  # no proxy and no .netrc comes between us and Consul
        session.max_redirects = 0
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Fence(self._read_seconds, threads))

    async def call(
        self,
        method: str,
        path: str,
        asking: Asking,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """One request to ``/v1/`` ``path``. A status under 500 is for the caller, but for 403.

        Raises:
            ConsulError: no answer, 403 or 5xx.
        """
        try:
            async with asyncio.timeout(CONNECT_SECONDS + self._read_seconds + _WHOLE_SECONDS):
                answer = await self._threads.run(
                    lambda: self._send(method, path, asking, params or {}, body)
                )
        except TimeoutError:
            raise asking.silent(self._read_seconds + _WHOLE_SECONDS, ambiguous=True) from None
        except Closed as closed:
            raise ConsulError(CLOSED, f"{asking.what}: {closed}", ambiguous=closed.begun) from None
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise asking.answered(answer.status, answer.body)
        if answer.status == HTTPStatus.FORBIDDEN:
            raise asking.answered(answer.status, answer.body)
        return answer

    def close(self) -> None:
        """Ends every wait at once."""
        self._threads.close()

    def _send(
        self, method: str, path: str, asking: Asking, params: Mapping[str, str], body: bytes
    ) -> Answer:
        try:
            self._sign()
            ask = getattr(self._http, method)
            with_body = {"data": body} if method in {"put", "post"} else {}
            answer: Answer = ask(_answer, f"/v1/{path}", dict(params), **with_body)
        except TokenFileError as error:
            raise asking.no_token(str(error)) from None
        except requests.RequestException as error:
            raise asking.broken(error, self._read_seconds) from None
        except (ValueError, KeyError) as error:
            raise asking.garbled(f"the answer cannot be read ({type(error).__name__})") from None
        return answer

    def _sign(self) -> None:
        """The token as the file has it now, as a header."""
        with self._header:
            headers = self._http.session.headers
            token = self._token.current()
            if token:
                headers["X-Consul-Token"] = token
            else:
                headers.pop("X-Consul-Token", None)


def _answer(reply: _Reply) -> Answer:
    headers = reply.headers
    index = headers.get("X-Consul-Index", "")
    return Answer(
        status=reply.code,
        body=reply.body,
        index=int(index) if index.isdecimal() else 0,
        filtered=headers.get("X-Consul-Results-Filtered-By-ACLs", "") == "true",
    )
