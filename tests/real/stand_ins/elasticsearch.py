"""A stand-in for Elasticsearch: says who it is over HTTP. Usage: ``elasticsearch [PORT]``."""

from __future__ import annotations

import json
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType


class Node(BaseHTTPRequestHandler):
    """Answers everything, as a node of one cluster."""

    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        body = json.dumps({"name": socket.gethostname(), "cluster_name": "elasticsearch"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  as above
        """Quiet: a client asks twenty times a second."""


def stop(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9200
    ThreadingHTTPServer(("", port), Node).serve_forever()


if __name__ == "__main__":
    main()
