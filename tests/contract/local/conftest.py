"""A local ECS as a process of its own, and boto3 clients that speak to it as to AWS."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

REPO = Path(__file__).parents[3]
RUN = "import sys; from daemonctl.cli.main import main; main(['local', *sys.argv[1:]])"


@dataclass
class Server:
    """A running local ECS."""

    endpoint: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    def client(self, service: str, read_timeout: int = 30) -> Any:
        """A boto3 client that never retries."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106  anything is accepted
            config=Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout),
        )

    def http(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def control(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        payload = b"" if body is None else json.dumps(body).encode()
        status, _, text = self.http(method, "/_local/" + path, payload)
        return status, json.loads(text)

    def cli(self, *words: str) -> subprocess.CompletedProcess[str]:
        return local(*words, AWS_ENDPOINT_URL=self.endpoint)

    def environment(self, **more: str) -> dict[str, str]:
        return environment(**more)

    def hits(self, kind: str) -> int:
        return int(self.control("GET", "faults")[1]["hits"][kind])


def environment(**more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return kept | {"PYTHONPATH": str(REPO)} | more


def local(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN, *words],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def start(*words: str) -> Server:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "up", "--port", "0", "--seed", "7", *words],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("local ECS ready at http://127.0.0.1:"), line
    return Server(line.split("; ")[0].removeprefix("local ECS ready at "), process)


def end(server: Server) -> int:
    server.process.send_signal(signal.SIGTERM)
    try:
        return server.process.wait(30)
    finally:
        server.process.kill()
        assert server.process.stdout is not None
        server.process.stdout.close()


@pytest.fixture(scope="module")
def ecs_server() -> Iterator[Server]:
    """Six instances; time runs tenfold, so that tasks are there soon."""
    server = start("--instances", "6", "--speed", "10")
    yield server
    assert end(server) == 0


@pytest.fixture(scope="session")
def run_local() -> Callable[..., subprocess.CompletedProcess[str]]:
    return local


@pytest.fixture(scope="session")
def new_server() -> Callable[..., Server]:
    return start


@pytest.fixture(scope="session")
def end_server() -> Callable[[Server], int]:
    return end
