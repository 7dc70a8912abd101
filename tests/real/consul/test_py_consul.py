"""The same suites once more where python-consul's maintained fork stands in its place."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PLACE = ROOT / ".daemonctl" / "cache" / "py-consul"
FORK = "py-consul==1.8.0"
ALSO = ("msgspec", "pytest", "pytest-asyncio")  # what these suites need beside it


def locked() -> list[str]:
    """The project's own versions of what is needed."""
    lock = (ROOT / "deploy" / "lock" / "dev.txt").read_text("utf-8")
    return [
        found.group(0)
        for name in ALSO
        if (found := re.search(rf"^{name}==\S+", lock, re.MULTILINE)) is not None
    ]


def environment() -> Path:
    """The interpreter of an environment with the fork, made once for these versions."""
    wanted = [FORK, *locked()]
    assert len(wanted) == 1 + len(ALSO)
    stamp, python = PLACE / "ready", PLACE / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != f"{sys.version}{wanted}":
        venv.create(PLACE, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *wanted], check=True, timeout=300)
        stamp.write_text(f"{sys.version}{wanted}")
    return python


def test_the_contract_and_the_faults_hold_with_py_consul() -> None:
    here = Path(__file__).parent.relative_to(ROOT)
    names = ("test_contract.py", "test_rights.py", "test_faults.py", "test_lease.py")
    suites = [str(here / name) for name in names]
    # The project's own options, and what the other suites share, ask for more than is here.
    options = ["-q", "-o", "addopts=--import-mode=importlib", "-p", "no:cacheprovider"]
    options.append(f"--confcutdir={here}")
    ran = subprocess.run(
        [environment(), "-m", "pytest", *options, *suites],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    version = "from importlib.metadata import version; print(version('py-consul'))"
    said = subprocess.run([environment(), "-c", version], capture_output=True, check=True)
    assert f"py-consul=={said.stdout.decode().strip()}" == FORK
