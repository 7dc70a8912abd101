"""Exit codes as interface.md promises them: every command, by how it ends."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result

Serving = Callable[..., AbstractContextManager[str]]
Cli = Callable[..., Result]

NOBODY = "http://127.0.0.1:9"
COMMANDS = sorted(runpy.run_path(str(Path(__file__).with_name("every_command.py")))["commands"]())
DAEMON = "registrator"
HOSTS = ("disconnect", "reconnect", "stop", "start", "reboot", "terminate")
TELLS = ("help", "man", "version", "schema", "completion")
ASKS: dict[str, tuple[str, ...]] = {
    "status": (),
    "instances": (),
    "explain": ("i-aaa",),
    "events": (),
    "freeze": (),
    "unfreeze": (),
    "resync": (),
    "prune": (),
    **{f"rollout {verb}": (DAEMON,) for verb in ("history", "pause", "resume", "restart", "undo")},
    "rollout status": (DAEMON, "--watch=false"),
    "plan": ("--server",),
}
"""What asks a running controller, with what it has to be told."""

READS_CONFIG = {"run": (), "validate": (), "plan": (), "gate open": (), "gate remove": ()}
LOCAL: dict[str, tuple[str, ...]] = {
    "local env": (),
    "local fault": ("list",),
    "local task kill": ("arn",),
    "local task health": ("arn", "HEALTHY"),
    "local instance add": (),
    **{f"local instance {verb}": ("i-1",) for verb in HOSTS},
}
"""What asks a local ECS."""

OTHERS = {"import", "local up", "local agent", "local demo", *TELLS}
"""Those that have tests of their own, and those that only tell what they are."""


def said(result: Result) -> str:
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_wrong_use_is_2_and_help_is_0(cli: Cli, command: str) -> None:
    wrong = cli(*command.split(), "--no-such-option")
    assert wrong.exit_code == 2
    assert "No such option '--no-such-option'" in said(wrong)
    assert cli(*command.split(), "--help").exit_code == 0


@pytest.mark.parametrize("command", ASKS)
def test_nobody_there_is_1(cli: Cli, command: str) -> None:
    result = cli(*command.split(), *ASKS[command], DAEMONCTL_SERVER=NOBODY)
    assert result.exit_code == 1
    assert said(result).startswith(f"daemonctl: cannot reach {NOBODY}: ")


@pytest.mark.parametrize("command", ASKS)
def test_a_token_that_is_not_sent_is_1(
    cli: Cli, example: SimpleNamespace, serving: Serving, token: str, command: str
) -> None:
    with serving(example, token) as url:
        result = cli(*command.split(), *ASKS[command], DAEMONCTL_SERVER=url)
    assert result.exit_code == 1
    assert "wants a token: set DAEMONCTL_TOKEN_FILE" in said(result)


@pytest.mark.parametrize("command", ASKS)
def test_an_answer_is_0_and_a_plan_with_changes_3(
    cli: Cli,
    ex: SimpleNamespace,
    serving: Serving,
    token: str,
    command: str,
) -> None:
    example = ex.Example()
    start = ex.starts(ex.AGENT, "a", words="no task of it here")
    example.show(ex.plan({}, (start,)))
    with serving(example, token) as url:
        env = {"DAEMONCTL_SERVER": url, "DAEMONCTL_TOKEN_FILE": token}
        result = cli(*command.split(), *ASKS[command], **env)
    assert (result.exit_code, said(result)) == (3 if command == "plan" else 0, "")


@pytest.mark.parametrize("command", READS_CONFIG)
def test_a_bad_config_is_2(cli: Cli, tmp_path: Path, command: str) -> None:
    path = tmp_path / "daemonctl.yaml"
    path.write_text("owner: prod\n")
    result = cli(*command.split(), "-c", str(path))
    assert result.exit_code == 2
    assert said(result).startswith(f"daemonctl: bad config {path}: 2 faults; nothing was done\n")


@pytest.mark.parametrize("command", LOCAL)
def test_no_local_ecs_is_1(cli: Cli, command: str) -> None:
    result = cli(*command.split(), *LOCAL[command], "--endpoint", NOBODY)
    assert result.exit_code == 1
    assert said(result).startswith(f"daemonctl: no local ECS answers at {NOBODY}")


def test_no_command_is_left_out() -> None:
    told = {*ASKS, *READS_CONFIG, *LOCAL, *OTHERS}
    assert [each for each in COMMANDS if each not in told] == []
