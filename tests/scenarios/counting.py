"""A proxy between a controller and the local ECS that counts what is asked, by operation."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

_ANSWERED = ("Content-Type", "x-amzn-RequestId", "x-amzn-ErrorType")


class Calls:
    """What was asked so far, and where it goes on to."""

    def __init__(self, url: str) -> None:
        self.made: Counter[str] = Counter()
        self.upstream = ""
        self._url = url

    def before(self, endpoint: str) -> str:
        """Stands before this endpoint; where it is reached instead."""
        self.upstream = endpoint
        return self._url


@contextmanager
def counting() -> Iterator[Calls]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            target = self.headers.get("X-Amz-Target") or body.decode().partition("Action=")[2]
            calls.made[target.rpartition(".")[2].partition("&")[0]] += 1
            headers = dict(self.headers)
            asked = Request(calls.upstream + self.path, data=body, headers=headers)  # noqa: S310  ours
            try:
                with urlopen(asked, timeout=30) as answer:  # noqa: S310  ours
                    self._answer(answer.status, answer.read(), dict(answer.headers))
            except HTTPError as error:
                self._answer(error.code, error.read(), dict(error.headers))

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name in _ANSWERED:
                if name in headers:
                    self.send_header(name, headers[name])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    calls = Calls(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
