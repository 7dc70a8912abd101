"""The process: what it refuses at once, what it rides out, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from daemonctl import app
from daemonctl.cli.main import main

CONFIG = """
owner: test
clusters: [{name: web, region: us-east-1}]
http: {listen: "127.0.0.1:%d", metricsListen: "127.0.0.1:%d"}
daemons:
  - {name: agent, taskDefinition: agent}
"""


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def config(folder: Path) -> tuple[Path, int]:
    api, metrics = free_ports()
    path = folder / "daemonctl.yaml"
    path.write_text(CONFIG % (api, metrics))
    return path, metrics


def get(url: str, within: float = 20.0) -> tuple[int, str]:
    end = time.monotonic() + within
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - http, our own
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)  # until it listens


def run(config: str) -> tuple[int, str]:
    """The exit code and stderr of `daemonctl run`."""
    done = CliRunner().invoke(main, ["run", "-c", config])
    return done.exit_code, done.stderr


def test_a_bad_config_is_named_and_nothing_is_begun(tmp_path: Path) -> None:
    path = tmp_path / "daemonctl.yaml"
    path.write_text("owner: Not Good\nclusters: []\n")
    code, told = run(str(path))
    assert code == 2
    assert told.startswith(f"daemonctl: bad config {path}: 3 faults; nothing was done\n")
    assert "line 1: owner" in told
    with pytest.raises(app.ConfigError):
        app.load(str(tmp_path / "missing.yaml"))


def test_a_source_that_cannot_be_read_ends_a_start_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CONSUL_HTTP_ADDR", "127.0.0.1:1")
    code, told = run("consul:prod/daemonctl")
    assert code == 1
    assert told.startswith(
        "daemonctl: the config consul:prod/daemonctl cannot be read: Unreachable: "
    )
    assert "check CONSUL_HTTP_ADDR" in told
    assert told.endswith("; nothing was done\n")
    assert told.count("\n") == 1
    assert run("consul:")[0] == 2


def test_a_plan_for_a_cluster_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    path, _ = config(tmp_path)
    done = CliRunner().invoke(main, ["plan", "-c", str(path), "--cluster", "other"])
    assert done.exit_code == 2
    assert done.stderr == f'daemonctl: no cluster "other"; {path} has: web\n'


def test_an_unreachable_endpoint_is_told_and_ridden_out_and_sigterm_ends_it(
    tmp_path: Path,
) -> None:
    path, metrics = config(tmp_path)
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "PYTHONPATH": str(Path(app.__file__).parents[1]),
    }
    command = [sys.executable, "-c", f"from daemonctl import app; app.run({str(path)!r})"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            status, words = get(f"http://127.0.0.1:{metrics}/livez")
            assert (status, '"status":"ok"' in words) == (200, True)
            status, words = get(f"http://127.0.0.1:{metrics}/readyz")
            assert status == 503
            assert "web" in words
        finally:
            process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=30)
        assert process.returncode == 0, told
    assert "Traceback" not in told
    assert "daemonctl ends" in told
