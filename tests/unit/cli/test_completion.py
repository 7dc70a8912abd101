"""TAB: the scripts, read by the shells that are here, and what is offered."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result

from daemonctl.cli import names
from daemonctl.cli.completion import SHELLS
from daemonctl.cli.main import main

Serving = Callable[..., AbstractContextManager[str]]
Cli = Callable[..., Result]

# What a shell's script sets, for a line whose cursor is at its end.
ASKS: dict[str, Callable[[list[str]], dict[str, str]]] = {
    "bash": lambda words: {"COMP_WORDS": " ".join(words), "COMP_CWORD": "1"},
    "zsh": lambda words: {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)},
    "fish": lambda words: {"COMP_WORDS": " ".join(words), "COMP_CWORD": words[-1]},
}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "PATIENCE", 20.0)  # this machine may be busy


def offered(cli: Cli, shell: str, line: str, **env: str) -> list[str]:
    words = ["daemonctl", *line.split(" ")]
    asked = {"_DAEMONCTL_COMPLETE": f"{shell}_complete", **ASKS[shell](words)}
    result = cli(**asked, **env)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    if shell == "zsh":  # a kind, a value and its words, a line each
        return lines[1::3]
    return [each.partition(",")[2].partition("\t")[0] for each in lines if "," in each]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("st", ["status"]),
        ("rollout re", ["resume", "restart"]),
        ("instances --verdict back", ["BACKOFF"]),
        ("status --server http://127.0.0.1:1 --clu", ["--cluster"]),
        ("status -o j", ["json"]),
        ("status -o ", ["table", "wide", "json"]),
        ("help roll", ["rollout"]),
        ("help rollout un", ["undo"]),
    ],
)
def test_words_are_offered(cli: Cli, shell: str, line: str, expected: list[str]) -> None:
    assert sorted(offered(cli, shell, line)) == sorted(expected)


@pytest.mark.parametrize("shell", SHELLS)
def test_names_come_from_the_controller(
    cli: Cli, example: SimpleNamespace, serving: Serving, shell: str
) -> None:
    with serving(example) as url:
        assert offered(cli, shell, f"status --server {url} reg") == ["registrator"]
        assert offered(cli, shell, "rollout undo con", DAEMONCTL_SERVER=url) == ["consul-agent"]
        assert offered(cli, shell, f"status --server {url} --cluster w") == ["web"]
        assert offered(cli, shell, f"explain --server {url} i-b") == ["i-" + "b" * 17]
        assert offered(cli, shell, f"explain --server {url} --cluster other i-b") == []
        zones = offered(cli, shell, f"instances --server {url} --zone ap-")
        assert zones == ["ap-northeast-1a"]


def test_the_token_is_sent_when_names_are_asked_for(
    cli: Cli, example: SimpleNamespace, serving: Serving, token: str
) -> None:
    with serving(example, token) as url:
        line = f"status --server {url} "
        assert offered(cli, "bash", f"{line}--token-file {token} reg") == ["registrator"]
        assert offered(cli, "bash", f"{line}reg", DAEMONCTL_TOKEN_FILE=token) == ["registrator"]
        assert offered(cli, "bash", f"{line}reg") == []  # 401 is silence, too


def test_a_controller_that_does_not_answer_costs_a_moment_and_no_words(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "PATIENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert offered(cli, "bash", "status reg", DAEMONCTL_SERVER=url) == []
    assert offered(cli, "bash", "status reg", DAEMONCTL_SERVER="no url") == []


def script_of(cli: Cli, shell: str) -> str:
    result = cli("completion", shell)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_bash_itself(cli: Cli, tmp_path: Path) -> None:
    """The real shell reads the script, and a line with a colon in it stays whole."""
    program = tmp_path / "daemonctl"
    program.write_text(
        f"#!{sys.executable}\nfrom daemonctl.cli.main import main\nmain(prog_name='daemonctl')\n"
    )
    program.chmod(0o755)
    line = "daemonctl status --server http://127.0.0.1:1 --tok"
    asks = f"""
        complete -p daemonctl
        COMP_LINE='{line}' COMP_POINT={len(line)} COMP_CWORD=9
        _daemonctl_completion '{program}'
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script_of(cli, "bash") + asks],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(names.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    registered, *replies = done.stdout.splitlines()
    assert registered.startswith("complete ")
    assert registered.endswith("-F _daemonctl_completion daemonctl")
    assert replies == ["--token-file"]
    assert done.stderr == ""


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_one_and_asks_the_program(cli: Cli, shell: str, tmp_path: Path) -> None:
    script = script_of(cli, shell)
    assert f"_DAEMONCTL_COMPLETE={shell}_complete" in script
    assert script.endswith("\n")
    assert not script.startswith("\n")
    if shutil.which(shell):
        path = tmp_path / "script"
        path.write_text(script)
        subprocess.run([shell, "-n", str(path)], check=True)


def test_another_shell_is_named(cli: Cli) -> None:
    result = cli("completion", "tcsh")
    assert result.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in result.stderr


def test_no_command_is_imported_to_offer_their_names() -> None:
    code = (
        "import os, sys\n"
        "from daemonctl.cli.main import main\n"
        "os.environ.update(_DAEMONCTL_COMPLETE='bash_complete', COMP_WORDS='daemonctl st', "
        "COMP_CWORD='1')\n"
        "try:\n    main(prog_name='daemonctl')\n"
        "except SystemExit:\n    print(*sys.modules, file=sys.stderr)\n"
    )
    root = Path(names.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout == "plain,status\n"
    loaded = {each for each in done.stderr.split() if each.startswith("daemonctl.")}
    assert loaded == {"daemonctl.cli", "daemonctl.cli.main", "daemonctl.cli.completing"}
    assert main.name == "main"
