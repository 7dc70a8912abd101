"""The main job with a shell, the AWS CLI, curl and exit codes; outside.sh is the scenario."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("outside.sh")
SLACK = "6"
"""Beside other tests, on a machine of any speed; by hand it is 1."""


@pytest.mark.slow
def test_the_main_job_seen_from_outside(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    told = subprocess.run(
        ["sh", str(SCRIPT)],
        cwd=tmp_path,
        env=os.environ | {"PATH": path, "SLACK": SLACK},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout
    assert told.stdout.endswith("all of it held\n"), told.stdout
