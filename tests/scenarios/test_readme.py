"""Every command of the README and of the quick start is run, from the text itself, in its order.

The texts use the default ports. Where Linux gives one, a run has a network of its own; elsewhere
runs take turns by a lock.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.scenarios.processes import clean_env

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FOREGROUND = "daemonctl local up"

# Brings the loopback device of a new network up (SIOCSIFFLAGS), then becomes the command.
LOOPBACK = """\
import fcntl, os, socket, struct, sys
with socket.socket() as one:
    fcntl.ioctl(one, 0x8914, struct.pack("16sh14x", b"lo", 1))
os.execvp(sys.argv[1], sys.argv[1:])
"""
OWN_NETWORK = ["unshare", "--map-root-user", "--net", sys.executable, "-c", LOOPBACK]

# What a reader does without being told: waits until a thing has started before the next command.
# How long the texts sleep is for a reader's machine; here it is waited for what they sleep for.
PRELUDE = r"""
set -E
trap 'printf "%s\t%s\n" "$?" "$BASH_COMMAND" >>failed' ERR
until_there() { for _ in $(seq 1200); do if "$@"; then return; fi; sleep 0.1; done; exit 99; }
all_ready() {
    curl -sf http://127.0.0.1:8080/v1/status | python3 -c "
import json, sys
rows = json.load(sys.stdin)['clusters'][0]['daemons']
sys.exit(not all(row['ready'] == row['desired'] >= $1 for row in rows))"
}
died_with() { daemonctl explain "$HOST" | grep -q "exited with code $1" && all_ready 5; }
fault_over() { daemonctl local fault list | grep -q "$1 *off" && all_ready 7; }
"""
ECS_IS_UP = "until_there grep -q 'local ECS ready' up.log"
CONTROLLER_IS_UP = "until_there curl -sf -o up.status http://127.0.0.1:8080/v1/status"


def blocks(text: str, *languages: str) -> list[str]:
    return [body for language, body in BLOCK.findall(text) if language in languages]


def script(text: str, waits: Sequence[str]) -> str:
    """The commands of a text; each `sleep` of it waits for one of these instead, in order."""
    lines, left = [PRELUDE], list(waits)
    for block in blocks(text, "sh"):
        if block.startswith(FOREGROUND):  # "in a shell of its own"
            lines += [f"({block.strip()}) >up.log 2>&1 &", "disown", ECS_IS_UP]
            continue
        for line in block.splitlines():
            if line.startswith("sleep "):
                lines.append(f"until_there {left.pop(0)}")
                continue
            lines.append(line.replace(" INSTANCE", ' "$INSTANCE"'))
            if line.startswith("daemonctl run"):
                lines.append(CONTROLLER_IS_UP)
            if line.startswith("eval"):
                lines.append(
                    "INSTANCE=$(aws ecs list-container-instances --cluster local"
                    " --query 'containerInstanceArns[0]' --output text)"
                )
    assert left == []
    return "\n".join([*lines, "touch to-the-end"])


@contextmanager
def network() -> Iterator[list[str]]:
    """What to put before a command so that the default ports are its own."""
    try:
        probe = subprocess.run([*OWN_NETWORK, "true"], capture_output=True, check=False)
        alone = probe.returncode == 0
    except FileNotFoundError:
        alone = False
    if alone:
        yield OWN_NETWORK
        return
    with (Path(tempfile.gettempdir()) / "daemonctl-default-ports.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield []


def play(text: str, folder: Path, *waits: str) -> tuple[str, list[str]]:
    """What all of it printed, and `exit code<TAB>command` of each command that failed."""
    output = folder / "output"  # no pipe: what runs on in the background would hold it open
    with network() as before, output.open("w") as out:
        shell = subprocess.Popen(
            [*before, "bash", "-c", script(text, waits)],
            cwd=folder,
            env=clean_env(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            shell.wait(600)
        finally:
            os.killpg(shell.pid, signal.SIGKILL)  # what the text leaves running
            shell.wait()
    said = output.read_text("utf-8")
    failed = folder / "failed"
    assert (folder / "to-the-end").exists(), said
    return said, failed.read_text().splitlines() if failed.exists() else []


@pytest.mark.slow
def test_the_readme_does_as_it_says(tmp_path: Path) -> None:
    said, failed = play((ROOT / "README.md").read_text("utf-8"), tmp_path, "all_ready 5")
    assert failed == ["3\tdaemonctl plan"], said
    assert "5 starts and 0 stops now, 5 starts after that" in said
    assert said.count("local: us-east-1 ") == 1
    assert "consul-agent: " in said.split("Ports taken:")[1]


@pytest.mark.slow
def test_the_quick_start_does_as_it_says(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "quick-start.md").read_text("utf-8")
    waits = ("all_ready 5", "died_with 42", "all_ready 6", "fault_over throttle")
    said, failed = play(text, tmp_path, *waits)
    assert failed == ["3\tdaemonctl plan"], said
    assert "local: nothing to do" in said
    assert "exited with code 42" in said
    assert re.search(r"throttle +off +struck [1-9]", said), said
    tables = re.findall(r"^(consul-agent|registrator) +(\d+) +(\d+) +(\d+) ", said, re.MULTILINE)
    assert len(tables) == 6
    assert [row[1:] for row in tables[:2]] == [("5", "5", "5")] * 2
    assert [int(row[3]) for row in tables[4:]] >= [7, 7], said
    assert 'daemonctl_daemon_status_number_ready{cluster="local",daemon="registrator"}' in said


@pytest.mark.parametrize(
    ("command", "does"), [("make demo", "daemonctl local demo"), ("make test", "pytest")]
)
def test_the_readmes_make_targets_are_there(command: str, does: str) -> None:
    assert command in "".join(blocks((ROOT / "README.md").read_text("utf-8"), "", "sh"))
    told = subprocess.run(
        [*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert does in told.stdout


def test_no_link_of_the_docs_leads_nowhere() -> None:
    for page in (*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_japanese_readme_gives_the_commands_that_are_tried() -> None:
    here, there = ((ROOT / name).read_text("utf-8") for name in ("README.ja.md", "README.md"))
    asked = [line for block in blocks(here, "", "sh") for line in block.splitlines()]
    commands = [line for line in asked if re.match(r"(daemonctl|make|eval|cat) ?", line)]
    assert len(commands) >= 9
    assert [line for line in commands if line not in there] == []
