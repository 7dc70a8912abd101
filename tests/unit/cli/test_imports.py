"""What is not imported when a command starts: this, not a clock, keeps it quick.

``python -m tests.bench start`` measures what it comes to.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import daemonctl

ROOT = Path(daemonctl.__file__).parents[1]
HEAVY = {
    "aiohttp",
    "apscheduler",
    "asyncio",
    "boto3",
    "botocore",
    "consul",
    "daemonctl.app",
    "daemonctl.local",
    "daemonctl.planning",
    "prometheus_client",
    "pydantic",
    "requests",
    "rich",
    "structlog",
    "yaml",
}
CLIENT = {"http.client", "msgspec", "ssl", "urllib.request"}
"""What asking a controller takes, and nothing else does."""


def loaded_by(*words: str) -> set[str]:
    """The modules there are when the command ends. Nobody listens at port 9 (discard)."""
    code = (
        "import sys\n"
        "from daemonctl.cli.main import main\n"
        "try:\n"
        f"    main({list(words)!r})\n"
        "finally:\n"
        "    print(*sys.modules, sep='\\n', file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"DAEMONCTL_SERVER": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_no_command(option: str) -> None:
    loaded = loaded_by(option)
    assert not (HEAVY | CLIENT) & loaded
    mine = {name for name in loaded if name.startswith("daemonctl.")}
    assert mine == {"daemonctl.cli", "daemonctl.cli.main"}


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("status", "registrator"),
        ("instances",),
        ("explain", "i-1"),
        ("events",),
        ("plan", "--server"),
        ("rollout", "status", "registrator"),
        ("freeze",),
    ],
)
def test_what_asks_a_controller_imports_a_client_and_documents(words: tuple[str, ...]) -> None:
    loaded = loaded_by(*words)
    assert loaded >= CLIENT
    assert not HEAVY & loaded
    others = {"daemonctl.adapters", "daemonctl.http", "daemonctl.telemetry", "daemonctl.outside"}
    assert not others & loaded


def test_help_of_a_command_imports_no_client() -> None:
    assert not (HEAVY | CLIENT) & loaded_by("status", "--help")
