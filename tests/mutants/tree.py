"""Copies of the project that may be broken, and what a run of tests in one of them says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from tests.mutants.breaks import Break

ROOT = Path(__file__).resolve().parents[2]
_COPIED = ("daemonctl", "tests", "pyproject.toml")
_LONGEST_SECONDS = 120.0


class Outcome(Enum):
    """What became of a break."""

    CAUGHT = "caught"
    MISSED = "MISSED"
    HUNG = "HUNG"
    NOT_RUN = "NOT RUN"  # the tests could not be collected: that proves nothing


_OUTCOMES = {0: Outcome.MISSED, 1: Outcome.CAUGHT}  # pytest's exit codes: passed, failed


def fault(broken: Break) -> str:
    """Why a break cannot be made, "" where it can."""
    path = ROOT / broken.file
    if not path.is_file():
        return f"{broken.file} is not there"
    text = path.read_text("utf-8")
    if text.count(broken.old) != 1:
        return f"its text stands {text.count(broken.old)} times in {broken.file}, not once"
    try:
        compile(text.replace(broken.old, broken.new), broken.file, "exec")
    except SyntaxError as error:
        return f"its replacement is no Python: {error}"
    absent = [test for test in broken.tests if not _exists(test)]
    return f"no such tests: {', '.join(absent)}" if absent or not broken.tests else ""


def _exists(test: str) -> bool:
    name, _, function = test.partition("::")
    path = ROOT / name
    return path.exists() and (not function or f"def {function}(" in path.read_text("utf-8"))


def copy_to(folder: Path) -> Path:
    """A copy of what tests need, without anything compiled."""
    skipped = shutil.ignore_patterns("__pycache__", ".*")
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=skipped)
        else:
            shutil.copy2(source, folder / name)
    return folder


def run(folder: Path, tests: Sequence[str]) -> tuple[Outcome, str]:
    """Runs tests in a copy, as they are, and gives the last lines of what they said."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),  # before an installed daemonctl
        "PYTHONDONTWRITEBYTECODE": "1",  # two breaks within a second would look alike to a cache
    }
    plugins = ("-p", "no:cacheprovider", "-p", "tests.mutants.quick")
    profile = "--hypothesis-profile=mutants"
    command = (sys.executable, "-m", "pytest", "-x", "-q", *plugins, profile, *tests)
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return Outcome.HUNG, f"no end within {_LONGEST_SECONDS:g} s"
    said = "\n".join((done.stdout + done.stderr).splitlines()[-12:])
    return _OUTCOMES.get(done.returncode, Outcome.NOT_RUN), said


@contextmanager
def broken_in(folder: Path, broken: Break) -> Iterator[None]:
    """One break in a copy, mended again at the end."""
    path = folder / broken.file
    text = path.read_text("utf-8")
    path.write_text(text.replace(broken.old, broken.new), "utf-8")
    try:
        yield
    finally:
        path.write_text(text, "utf-8")
