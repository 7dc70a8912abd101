"""SIGTERM ends the controller with 0, whatever AWS does; the demo leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.scenarios.processes import (
    Controller,
    Ecs,
    Process,
    clean_env,
    closing,
    eventually,
    program,
    write_config,
)

PATIENCE = 30.0
"""Seconds: half of what a call in flight takes here. It gets five, then a busy machine to end."""


@pytest.mark.parametrize("slow", [False, True], ids=["idle", "calls in flight"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0(tmp_path: Path, number: signal.Signals, *, slow: bool) -> None:
    ecs = Ecs(tmp_path, "--instances", "1")
    path = write_config(tmp_path, "name: local, region: us-east-1, resync: {pollSeconds: 1}")
    with closing(ecs):
        controller = Controller(path, ecs.env)
        with closing(controller):
            eventually(lambda: controller.counted("actions_total") >= 1)
            if slow:
                ecs.local("fault", "latency", "--size", "60")
                ecs.local("instance", "add")
                asked = controller.counted("aws_requests_total")
                eventually(lambda: "struck 0" not in faults(ecs))
                assert controller.counted("aws_requests_total") >= asked
            controller.child.send_signal(number)
            assert controller.child.wait(PATIENCE) == 0
            assert "Traceback" not in controller.said()


def faults(ecs: Ecs) -> str:
    listed = ecs.local("fault", "list").splitlines()
    return next(line for line in listed if line.startswith("latency"))


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in listed.stdout.split()]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_the_demo_holds_and_ends_by_itself(tmp_path: Path) -> None:
    env = clean_env(TMPDIR=str(tmp_path))
    told = subprocess.run(
        program("local", "demo"), env=env, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "9 of 9 steps held" in told.stdout
    assert max(len(line) for line in told.stdout.splitlines()) <= 80
    assert told.stderr == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_demo_and_its_children(tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    demo = Process(program("local", "demo"), tmp_path / "demo.log", clean_env(TMPDIR=str(folder)))
    with closing(demo):
        eventually(lambda: "controller: process" in demo.said(), demo.said)
        children = children_of(demo.child.pid)
        assert len(children) == 2
        demo.child.send_signal(number)
        assert demo.child.wait(60) == 128 + number
        assert [pid for pid in children if alive(pid)] == []
        assert list(folder.iterdir()) == []


def test_a_demo_whose_controller_dies_says_so_and_fails(tmp_path: Path) -> None:
    demo = Process(program("local", "demo"), tmp_path / "demo.log", clean_env(TMPDIR=str(tmp_path)))
    with closing(demo):
        eventually(lambda: "controller: process" in demo.said(), demo.said)
        line = next(line for line in demo.said().splitlines() if "controller: process" in line)
        os.kill(int(line.split("process ")[1].split(",")[0]), signal.SIGKILL)
        assert demo.child.wait(60) == 1
        assert "did not hold: the controller ended with -9" in " ".join(demo.said().split())
        assert "0 of 9 steps held" in demo.said()
