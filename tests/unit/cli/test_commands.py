"""Exit codes and what is printed: run, validate, plan."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from click.testing import Result

import daemonctl
from daemonctl.cli.main import main
from daemonctl.http.serve import ListenError
from daemonctl.model.spec import Installation
from daemonctl.ports import ApiError, SourceError
from daemonctl.runtime.report_plan import no_plan, plan_document
from daemonctl.runtime.ungate import Ungated

Serving = Callable[..., AbstractContextManager[str]]
Cli = Callable[..., Result]


class ConfigError(Exception):
    """Stands in for the config edge's."""


class NoClusterError(Exception):
    """Stands in for the app's."""


class App(ModuleType):
    """Stands in for ``daemonctl.app``."""

    ConfigError = ConfigError
    ListenError = ListenError
    NoClusterError = NoClusterError

    def __init__(self) -> None:
        super().__init__("daemonctl.app")
        self.asked: list[object] = []
        self.answer: Any = None

    def _answer(self, *asked: object, **named: object) -> Any:
        self.asked.append((*asked, *named.items()))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    run = validate = plan_once = ungate_all = _answer


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> App:
    made = App()
    monkeypatch.setitem(sys.modules, "daemonctl.app", made)
    monkeypatch.setattr(daemonctl, "app", made, raising=False)
    return made


def changes(ex: SimpleNamespace) -> object:
    start = ex.starts(ex.AGENT, "a", "b", words="no task of it is on the instance")
    return plan_document(ex.facts(), ex.plan({}, (start,)))


def nothing(ex: SimpleNamespace) -> object:
    return plan_document(ex.facts(), ex.plan({}))


def test_plan_exits_0_where_there_is_nothing_to_do(ex: SimpleNamespace, app: App, cli: Cli) -> None:
    app.answer = [nothing(ex)]
    result = cli("plan", "-c", "x.yaml", "--cluster", "web")
    assert (result.exit_code, result.stdout) == (0, "web: nothing to do\n")
    assert app.asked == [("x.yaml", "web")]


def test_plan_exits_3_where_there_is(ex: SimpleNamespace, app: App, cli: Cli) -> None:
    app.answer = [nothing(ex), changes(ex)]
    result = cli("plan")
    assert result.exit_code == 3
    starts = [line.split()[:3] for line in result.stdout.splitlines() if line.startswith("START")]
    assert starts == [["START", "consul-agent", "i-" + letter * 17] for letter in "ab"]
    assert app.asked == [("daemonctl.yaml", None)]


def test_plan_as_json(ex: SimpleNamespace, app: App, cli: Cli) -> None:
    app.answer = [changes(ex)]
    result = cli("plan", "-o", "json", DAEMONCTL_CONFIG="from-env.yaml")
    assert result.exit_code == 3
    (plan,) = json.loads(result.stdout)["clusters"]
    assert plan["nothingToDo"] is False
    assert plan["actions"][0]["taskDefinition"] == "consul-agent:4"
    assert app.asked == [("from-env.yaml", None)]


def test_plan_of_a_bad_config_exits_2_with_every_fault(app: App, cli: Cli) -> None:
    app.answer = ConfigError("x.yaml: owner: missing\nx.yaml: daemons[0].nmae: unknown key")
    result = cli("plan", "-c", "x.yaml")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "daemonctl: bad config x.yaml: 2 faults; nothing was done",
        "  x.yaml: owner: missing",
        "  x.yaml: daemons[0].nmae: unknown key",
    ]


def test_plan_without_aws_exits_1_in_one_line(app: App, cli: Cli) -> None:
    app.answer = [no_plan("web", "NoCredentials: no AWS credentials;\nset AWS_PROFILE")]
    result = cli("plan")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "daemonctl: no plan for web: NoCredentials: no AWS credentials; set AWS_PROFILE\n"
    )


def test_clusters_without_a_plan_are_counted_and_named(
    ex: SimpleNamespace, app: App, cli: Cli
) -> None:
    app.answer = [nothing(ex), no_plan("logs", "Timeout: no"), no_plan("batch", "NoRegion: set it")]
    result = cli("plan")
    assert (result.exit_code, result.stdout) == (1, "web: nothing to do\n")
    assert result.stderr.splitlines() == [
        "daemonctl: no plan for 2 of 3 clusters",
        "  logs: Timeout: no",
        "  batch: NoRegion: set it",
    ]


def test_no_view_is_no_plan_and_exits_1(ex: SimpleNamespace, app: App, cli: Cli) -> None:
    app.answer = [nothing(ex), no_plan("logs", "the first listing has not ended")]
    result = cli("plan")
    assert result.exit_code == 1
    assert "no plan for logs: the first listing has not ended" in result.stderr


def test_the_running_controller_s_plan(
    ex: SimpleNamespace, example: SimpleNamespace, serving: Serving, app: App, cli: Cli
) -> None:
    start = ex.starts(ex.AGENT, "a", words="no task of it here")
    example.show(ex.plan({}, (start,)))
    with serving(example) as url:
        by_url = cli("plan", "--server", url)
        by_environment = cli("plan", "--server", "-o", "table", DAEMONCTL_SERVER=url)
    for result in (by_url, by_environment):
        assert result.exit_code == 3
        assert "1 start and 0 stops now" in result.stdout
    assert app.asked == []  # neither config nor AWS


def test_the_environment_s_server_alone_makes_no_remote_plan(
    ex: SimpleNamespace, app: App, cli: Cli
) -> None:
    app.answer = [nothing(ex)]
    assert cli("plan", DAEMONCTL_SERVER="http://127.0.0.1:1").exit_code == 0
    assert len(app.asked) == 1


def test_validate_good(ex: SimpleNamespace, app: App, cli: Cli) -> None:
    app.answer = Installation(ex.OWNER, (ex.SPEC,)), ("line 9: http.tls.keyFile: /k: not there",)
    result = cli("validate", "-c", "x.yaml")
    assert result.exit_code == 0
    assert result.stdout == (
        "x.yaml: ok: owner prod, 1 cluster, 2 daemons (consul-agent, registrator)\n"
    )
    assert result.stderr == "not checked here: line 9: http.tls.keyFile: /k: not there\n"


def test_validate_bad(app: App, cli: Cli) -> None:
    app.answer = ConfigError("x.yaml: owner: missing")
    result = cli("validate", "-c", "x.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "owner: missing" in result.stderr


@pytest.mark.parametrize("command", [("validate",), ("plan",), ("gate", "open")])
def test_a_config_that_cannot_be_read_exits_1_in_one_line(
    app: App, cli: Cli, command: tuple[str, ...]
) -> None:
    app.answer = SourceError("the config ssm:/x cannot be read: NoRegion: set the region")
    result = cli(*command, "-c", "ssm:/x")
    assert result.exit_code == 1
    assert result.stderr == (
        "daemonctl: the config ssm:/x cannot be read: NoRegion: set the region; nothing was done\n"
    )


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (None, 0, ""),
        (ListenError("http.listen 127.0.0.1:80: the port is taken", 1), 1, "the port is taken\n"),
        (ListenError("http.listen 0.0.0.0:80 can be reached", 2), 2, "can be reached\n"),
        (ConfigError("x.yaml: owner: missing"), 2, "owner: missing\n"),
        (SourceError("the config s3://x cannot be read: no"), 1, "no; nothing was done\n"),
    ],
)
def test_run_exits_with_the_code_of_what_keeps_it_from_running(
    app: App, cli: Cli, answer: Exception | None, code: int, said: str
) -> None:
    app.answer = answer
    result = cli("run", "-c", "x.yaml")
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.endswith(said)
    assert result.stderr.startswith("daemonctl: ") is bool(said)
    assert app.asked == [("x.yaml", ("dry_run", False))]


def test_a_dry_run(app: App, cli: Cli) -> None:
    app.answer = 0
    assert cli("run", "--dry-run").exit_code == 0
    assert app.asked == [("daemonctl.yaml", ("dry_run", True))]


@pytest.mark.parametrize("words", [("nope",), ("status", "--nope"), ("status", "-o", "yaml")])
def test_wrong_use_exits_2(cli: Cli, words: tuple[str, ...]) -> None:
    assert cli(*words).exit_code == 2


@pytest.mark.parametrize("name", ["run", "validate", "plan", "status", "instances", "explain"])
def test_every_command_has_help_in_80_columns(cli: Cli, name: str) -> None:
    result = cli(name, "--help")
    assert result.exit_code == 0
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


def test_help_and_version(cli: Cli) -> None:
    shown = cli("--help").stdout
    assert all(f"\n  {name} " in shown for name in main.list_commands(None))  # type: ignore[arg-type]  # unused there
    assert cli("--version").stdout.startswith("daemonctl ")


def test_gates_are_opened_or_removed_and_refusals_are_named(app: App, cli: Cli) -> None:
    app.answer = [Ungated("web", 2), Ungated("batch", 1)]
    result = cli("gate", "open", "-c", "x.yaml")
    assert (result.exit_code, result.stdout) == (
        0,
        "web: open on 2 instances\nbatch: open on 1 instance\n",
    )
    app.answer = [Ungated("web", 1, ("i-1: it has ten",))]
    result = cli("gate", "remove", "-c", "x.yaml", "--cluster", "web", "--attribute", "a.b")
    assert result.exit_code == 1
    assert result.stdout == "web: removed from 1 instance\n  refused: i-1: it has ten\n"
    assert app.asked == [
        ("x.yaml", None, None, ("remove", False)),
        ("x.yaml", "web", "a.b", ("remove", True)),
    ]


def test_a_gate_that_cannot_be_set_ends_with_what_to_do(app: App, cli: Cli) -> None:
    app.answer = ApiError("AccessDeniedException", "no")
    result = cli("gate", "open")
    assert result.exit_code == 1
    assert "AccessDeniedException: no; then run it again" in result.stderr
    app.answer = ConfigError("line 1: owner: missing")
    assert cli("gate", "open").exit_code == 2
