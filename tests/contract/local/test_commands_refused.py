"""The `local` commands where something is not there, or not as it was asked for: one line each."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_nobody_there_is_one_line_with_the_next_step(run_local: Run) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
        for words in (["env"], ["instance", "add"], ["fault", "clear"], ["task", "kill", "t"]):
            done = run_local(*words, AWS_ENDPOINT_URL=endpoint)
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr.startswith(f"daemonctl: no local ECS answers at {endpoint} ")
            assert "`daemonctl local up`" in done.stderr
            assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("endpoint", ["https://ecs.us-east-1.amazonaws.com", "nonsense", "http://"])
def test_an_endpoint_that_cannot_be_one(run_local: Run, endpoint: str) -> None:
    done = run_local("env", "--endpoint", endpoint)
    assert done.returncode == 1
    assert "is no endpoint of a local ECS" in done.stderr


def test_a_taken_port_is_one_line(ecs_server: Any, run_local: Run) -> None:
    done = run_local("up", "--port", str(ecs_server.port))
    assert (done.returncode, done.stdout) == (1, "")
    said = f"daemonctl: cannot listen: port {ecs_server.port} of 127.0.0.1 is taken; "
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1


DOCKER = ["--runtime", "docker"]
NOWHERE = ["--docker-host", "unix:///nowhere/docker.sock"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            [*DOCKER, *NOWHERE],
            1,
            "no Docker engine answers at unix:///nowhere/docker.sock (No such",
        ),
        ([*DOCKER, "--docker-host", "tcp://127.0.0.1:1"], 1, "no Docker engine answers at tcp://"),
        ([*DOCKER, "--docker-host", "ssh://x"], 1, "ssh://x names no Docker engine"),
        ([*DOCKER, "--docker-host", "tcp://x:port"], 1, "tcp://x:port names no port"),
        ([*DOCKER, *NOWHERE, *NOWHERE], 2, "a --docker-host is given twice"),
        (
            [*DOCKER, *NOWHERE, "--private-ip", "a", "--private-ip", "b"],
            2,
            "for every --docker-host",
        ),
        ([*DOCKER, "--instances", "3"], 2, "--instances and --speed are for --runtime simulated"),
        ([*DOCKER, "--speed", "9"], 2, "--instances and --speed are for --runtime simulated"),
        (NOWHERE, 2, "--docker-host and --private-ip need --runtime docker"),
    ],
)
def test_engines_that_cannot_be_had_are_one_line(
    run_local: Run, words: list[str], code: int, said: str
) -> None:
    done = run_local("up", "--port", "0", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.splitlines()[-1].startswith(f"daemonctl: {said}") or said in done.stderr
    if code == 1:
        assert done.stderr.count("\n") == 1


def test_without_an_engine_named_it_is_that_of_docker_host(run_local: Run, ecs_server: Any) -> None:
    where = f"tcp://127.0.0.1:{ecs_server.port}"
    done = run_local("up", "--port", "0", *DOCKER, DOCKER_HOST=where)
    assert done.returncode == 1
    assert done.stderr == f"daemonctl: what answers at {where} is no Docker engine (HTTP 404)\n"
