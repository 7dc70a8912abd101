"""Running the programs that make and end the parts."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path


class PartsError(Exception):
    """A part could not be made; the words name the command and what it said."""


def run(*command: str, stdin: bytes = b"") -> str:
    """What it wrote to stdout.

    Raises:
        PartsError: It ended with anything but 0.
    """
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or done.stdout.decode(errors="replace")
        raise PartsError(f"{' '.join(command)}: exit {done.returncode}: {said}")
    return done.stdout.decode(errors="replace").strip()


def attempt(*command: str) -> bool:
    """Whether it worked, for what may be there or not."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def wait_for(
    there: Callable[[], bool], what: str, seconds: float = 30.0, *, every: float = 0.02
) -> None:
    """Look again and again; ``every`` spares those whom looking costs something.

    Raises:
        PartsError: It never came.
    """
    deadline = time.monotonic() + seconds
    while not there():
        if time.monotonic() > deadline:
            raise PartsError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(every)


def runs(pid: int) -> bool:
    """Whether the process is there; one that nobody has buried yet is not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
