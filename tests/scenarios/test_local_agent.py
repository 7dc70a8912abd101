"""`daemonctl local agent` as a process: what it says, and how it ends."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.scenarios.processes import Process, clean_env, eventually, program


def refused(*options: str) -> str:
    done = subprocess.run(
        program("local", "agent", *options),
        env=clean_env(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in {1, 2}
    assert done.stdout == ""
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--docker-host", "ssh://there"), "begins neither with unix:// nor with tcp://"),
        (("--instance-id", "i-nonsense"), "is no EC2 instance id"),
        (("--cleanup-seconds", "-1"), "--cleanup-seconds"),
        (("--image-pull-behavior", "never"), "--image-pull-behavior"),
    ],
)
def test_a_bad_option_is_told_in_one_line(options: tuple[str, ...], words: str) -> None:
    assert words in refused(*options)


def test_a_state_file_that_is_none_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text("else")
    assert "is no state file of an agent" in refused("--state", str(state))


def test_it_waits_for_its_engine_and_ends_on_sigterm(tmp_path: Path) -> None:
    socket = tmp_path / "docker.sock"
    command = program(
        "local", "agent", "--docker-host", f"unix://{socket}", "--state", str(tmp_path / "s")
    )
    agent = Process(command, tmp_path / "agent.log", clean_env())
    try:
        eventually(lambda: "waiting for the engine" in agent.said(), agent.said)
        assert str(socket) in agent.said()
        agent.child.send_signal(signal.SIGTERM)
        assert agent.child.wait(30) == 0
        assert "containers stay" in agent.said()
        assert "Traceback" not in agent.said()
    finally:
        agent.close()
