"""A stand-in for Kibana: asks Elasticsearch, found by SRV look-ups, and counts what came of it.

A request is one question, asked until it is answered: at most ``ATTEMPTS`` times, ``PAUSE`` seconds
apart, each with a fresh look-up and another of its targets first. It failed if none was answered.
``GET /`` on port 5601 shows the counts.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import signal
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.real.stand_ins.srv import LookupFailedError, resolve

ATTEMPTS = 4
PAUSE = 0.15
EVERY = 0.05
"""Seconds between two requests."""
PATIENCE = 1.0
"""Seconds for one attempt."""

counts: Counter[str] = Counter()
failures: list[dict[str, object]] = []


def ask(name: str, server: str, tried: set[tuple[str, int]]) -> str:
    """One attempt; the name of the node that answered."""
    targets = resolve(name, server)
    random.shuffle(targets)
    target = min(targets, key=lambda each: each in tried)
    tried.add(target)
    line = http.client.HTTPConnection(*target, timeout=PATIENCE)
    try:
        line.request("GET", "/")
        return str(json.loads(line.getresponse().read())["name"])
    finally:
        line.close()


def request(name: str, server: str) -> None:
    tried: set[tuple[str, int]] = set()
    said: list[str] = []
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE)
            counts["retries"] += 1
        try:
            counts[f"node {ask(name, server, tried)}"] += 1
        except (OSError, http.client.HTTPException, ValueError, LookupFailedError) as fault:
            said.append(str(fault))
        else:
            counts["answered"] += 1
            return
    counts["failed"] += 1
    failures.append({"at": time.time(), "said": said})


class Status(BaseHTTPRequestHandler):
    """The counts as JSON."""

    def do_GET(self) -> None:
        body = json.dumps({**counts, "failures": failures[-20:]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  as above
        """Quiet."""


def nameserver() -> str:
    found = re.search(
        r"^nameserver (\S+)", Path("/etc/resolv.conf").read_text("utf-8"), re.MULTILINE
    )
    return found[1] if found else "127.0.0.1"


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = ThreadingHTTPServer(("", 5601), Status)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    name = os.environ.get("ELASTICSEARCH_SERVICE", "elasticsearch.service.consul")
    while True:
        request(name, nameserver())
        time.sleep(EVERY)


if __name__ == "__main__":
    main()
