"""How a command ends that failed: on a terminal it fits, elsewhere it is a line, always a code."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import daemonctl
from daemonctl.cli.failing import Screen, told
from daemonctl.cli.failure import BadInputError, FailError
from daemonctl.cli.main import LazyGroup

ROOT = Path(daemonctl.__file__).parents[1]
VT100 = Screen(80, 24)
LONG = "http://a-host-with-a-long-name.example/" + "a" * 80
FAULTS = [f"daemonctl.yaml: line {each}: clusters[0].key{each}: unknown key" for each in range(40)]
ALL_OF = "`daemonctl validate 2>&1 | less`"


def test_without_a_screen_a_failure_is_one_line_and_every_item() -> None:
    lines = told("what happened " * 20, FAULTS, ALL_OF, None)
    assert lines == ["what happened " * 20, *(f"  {each}" for each in FAULTS)]


def test_on_a_screen_words_are_wrapped_and_none_is_lost() -> None:
    words = "daemonctl: what happened, to what, why; and then the next step that must not be cut"
    lines = told(f"{words} {LONG}", (), "", VT100)
    assert max(len(line) for line in lines if LONG not in line) <= 80
    assert " ".join(line.strip() for line in lines) == f"{words} {LONG}"


def test_what_does_not_fit_a_screen_is_counted_with_the_way_to_see_it() -> None:
    lines = told("daemonctl: bad config: 40 faults", FAULTS, ALL_OF, VT100)
    assert len(lines) == 23  # and the prompt
    assert lines[1] == f"  {FAULTS[0]}"
    assert lines[-1] == f"  … and {40 - 21} more: {ALL_OF}"


def test_what_just_fits_is_not_counted() -> None:
    lines = told("daemonctl: bad config: 22 faults", FAULTS[:22], ALL_OF, VT100)
    assert (len(lines), lines[-1]) == (23, f"  {FAULTS[21]}")


@pytest.mark.parametrize("height", [1, 2, 3, 5])
def test_a_low_screen_still_tells_the_cause_and_the_way(height: int) -> None:
    lines = told("daemonctl: bad config", FAULTS, ALL_OF, Screen(80, height))
    assert lines[0] == "daemonctl: bad config"
    assert lines[-1].startswith("  … and ")


def end_of(raised: Exception) -> tuple[int, str]:
    """The exit code and stderr of a command that raises."""

    @click.group(cls=LazyGroup)
    def group() -> None: ...

    @group.command()
    def fail() -> None:
        raise raised

    result = CliRunner().invoke(group, ["fail"])
    return result.exit_code, result.stderr


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (FailError("gone: look there"), 1, "daemonctl: gone: look there\n"),
        (BadInputError("bad", ("a", "b"), ""), 2, "daemonctl: bad\n  a\n  b\n"),
        (click.ClickException("no"), 1, "daemonctl: no\n"),
        (click.Abort(), 130, ""),
        (KeyboardInterrupt(), 130, "\n"),
    ],
)
def test_exit_codes(raised: Exception, code: int, said: str) -> None:
    assert end_of(raised) == (code, said)


def test_wrong_use_names_the_usage_and_the_help() -> None:
    result = CliRunner().invoke(LazyGroup("g"), ["status", "--nope"])
    assert result.exit_code == 2
    usage, hint, blank, error = result.stderr.splitlines()
    assert usage == "Usage: g status [OPTIONS] [DAEMON]"
    assert (hint, blank) == ("Try 'g status --help' for help.", "")
    assert error == "daemonctl: No such option '--nope'."


def test_a_bug_keeps_its_trace() -> None:
    @click.group(cls=LazyGroup)
    def group() -> None: ...

    @group.command()
    def fail() -> None:
        raise FileNotFoundError(2, "No such file", "ours")

    assert isinstance(CliRunner().invoke(group, ["fail"]).exception, FileNotFoundError)


def process(*words: str, **how: object) -> subprocess.Popen[bytes]:
    """`daemonctl …` by itself; Ctrl-C reaches it even where our own shell ignores it."""
    env: Mapping[str, str] = {"DAEMONCTL_SERVER": "http://127.0.0.1:9", "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "daemonctl.cli.main", *words]
    how["preexec_fn"] = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(command, cwd=ROOT, env=env, **how)  # type: ignore[call-overload,no-any-return]  # passed through


def test_an_answer_that_cannot_be_written_is_a_failure() -> None:
    with Path("/dev/full").open("wb") as full:
        child = process("--help", stdout=full, stderr=subprocess.PIPE)
        _, said = child.communicate(timeout=60)
    assert child.returncode == 1
    assert said == b"daemonctl: stdout cannot be written: No space left on device\n"


def test_a_reader_that_leaves_hears_nothing() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    child = process("--help", stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    _, said = child.communicate(timeout=60)
    assert (child.returncode, said) == (1, b"")


def test_on_a_real_terminal_it_is_wrapped() -> None:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    child = process("status", stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    said = b""
    while True:
        try:
            more = os.read(master, 4096)
        except OSError:  # so Linux says that nobody holds the other end
            break
        said += more
        if not more:
            break
    os.close(master)
    assert child.wait(60) == 1
    lines = said.decode().splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= 80


def test_ctrl_c_ends_with_130(tmp_path: Path) -> None:
    fifo = tmp_path / "token"
    os.mkfifo(fifo)  # who reads it waits for a writer: the command is under way then
    child = process("status", "--token-file", str(fifo), stderr=subprocess.PIPE)
    with fifo.open("wb"):  # opens once it reads
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert b"Traceback" not in said
