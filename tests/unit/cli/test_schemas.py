"""What `-o json` prints follows the schemas that are published; errors stay text on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from jsonschema import Draft202012Validator

import daemonctl
from daemonctl.adapters.config import ConfigError, Fault
from daemonctl.adapters.config.imported import Imported
from daemonctl.cli.documents import PRINTED, SCHEMAS, Gone
from daemonctl.cli.schemas import schema_of
from daemonctl.cli.show import print_json_line
from daemonctl.model.spec import Installation
from daemonctl.runtime.report_plan import plan_document
from daemonctl.runtime.ungate import Ungated
from tests.unit.cli.every_command import commands

Serving = Callable[..., AbstractContextManager[str]]
Cli = Callable[..., Result]

WITHOUT = {"run", "completion", "help", "man", "schema", "local up", "local demo", "local agent"}
"""They print no document: text, or go on until they are ended."""


def follows(name: str, text: str) -> Any:
    document = json.loads(text)
    schema = json.loads(schema_of(name))
    for part in schema["$defs"].values():
        part["additionalProperties"] = False  # no member that the schema does not know
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(document)
    return document


def test_every_command_that_prints_has_it_and_a_schema() -> None:
    found = commands()
    having = {name for name, each in found.items() if "-o" in str([p.opts for p in each.params])}
    assert having == {name.partition(" DAEMON")[0].partition(" --")[0] for name in PRINTED}
    silent = {name for name in found if name.startswith(("local instance ", "local task "))}
    assert set(found) - having == WITHOUT | silent - {"local instance add"}
    assert set(PRINTED.values()) == set(SCHEMAS)


@pytest.fixture
def url(
    ex: SimpleNamespace, example: SimpleNamespace, serving: Serving, token: str
) -> Iterator[str]:
    example.happen(3)
    start = ex.starts(ex.AGENT, "a", words="no task of it here")
    example.show(ex.plan({}, (start,)))
    with serving(example, token) as url:
        yield url


ASKED: dict[str, tuple[str, ...]] = {
    "status": (),
    "status DAEMON": ("registrator",),
    "instances": (),
    "explain": ("i-b",),
    "events": (),
    "plan": ("--server",),
    "rollout status": ("registrator", "--watch=false"),
    "rollout history": ("registrator",),
    "rollout pause": ("registrator", "--reason", "lunch"),
    "rollout resume": ("registrator",),
    "rollout undo": ("registrator",),
    "rollout restart": ("registrator",),
    "freeze": (),
    "unfreeze": (),
    "resync": (),
    "prune": (),
    "version": (),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_the_controller_answers(cli: Cli, url: str, token: str, name: str) -> None:
    words = [*name.removesuffix(" DAEMON").split(), *ASKED[name], "-o", "json"]
    result = cli(*words, DAEMONCTL_SERVER=url, DAEMONCTL_TOKEN_FILE=token)
    assert result.exit_code in (0, 3), result.stderr
    document = follows(PRINTED[name], result.stdout)
    assert document.get("clusters", True)


def test_rows_that_go_on(
    cli: Cli, url: str, token: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = cli("events", "-o", "json", DAEMONCTL_SERVER=url, DAEMONCTL_TOKEN_FILE=token)
    for row in json.loads(result.stdout)["events"]:
        follows("event", json.dumps(row))
    print_json_line(Gone(7, "they fell out"))
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    assert follows("event", line) == {"event": "lost", "after": 7, "words": "they fell out"}


class App(ModuleType):
    """Stands in for ``daemonctl.app``."""

    ConfigError = ConfigError

    class NotImportableError(ValueError):
        pass

    def __init__(self, ex: SimpleNamespace) -> None:
        super().__init__("daemonctl.app")
        self.ex = ex

    def validate(self, config: str) -> tuple[Installation, tuple[str, ...]]:
        if config == "bad.yaml":
            faults = [Fault("owner", 0, "missing"), Fault("daemons[0].nmae", 7, "unknown key")]
            raise ConfigError(faults, config)
        return Installation(self.ex.OWNER, (self.ex.SPEC,)), ()

    def plan_once(self, *_: object) -> object:
        return [plan_document(self.ex.facts(), self.ex.plan({}))]

    def ungate_all(self, *_: object, **__: object) -> object:
        return [Ungated("web", 2, ("i-1: it has ten",))]

    def import_service(self, *_: object) -> Imported:
        row = {"name": "agent", "taskDefinition": "agent:7", "adopt": True}
        return Imported("agent", row, ("adopt: nothing is started twice.",))


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, ex: SimpleNamespace) -> None:
    made = App(ex)
    monkeypatch.setitem(sys.modules, "daemonctl.app", made)
    monkeypatch.setattr(daemonctl, "app", made, raising=False)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("validate",), 0),
        (("plan",), 0),
        (("import", "agent"), 0),
        (("gate", "open"), 1),
        (("gate", "remove"), 1),
    ],
)
@pytest.mark.usefixtures("app")
def test_what_is_found_without_a_controller(cli: Cli, words: tuple[str, ...], code: int) -> None:
    result = cli(*words, "-o", "json")
    assert result.exit_code == code
    name = " ".join(words).removesuffix(" agent")
    follows(PRINTED[name], result.stdout)


@pytest.mark.usefixtures("app")
def test_a_bad_config_as_json_names_every_fault(cli: Cli) -> None:
    result = cli("validate", "-c", "bad.yaml", "-o", "json")
    assert result.exit_code == 2
    document = follows("validate", result.stdout)
    assert document["ok"] is False
    assert document["faults"][1] == {"path": "daemons[0].nmae", "line": 7, "words": "unknown key"}
    assert "bad config bad.yaml: 2 faults" in result.stderr


def test_an_error_is_text_on_stderr_and_nothing_on_stdout(cli: Cli) -> None:
    result = cli("status", "-o", "json", DAEMONCTL_SERVER="http://127.0.0.1:9")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("daemonctl: cannot reach ")


def test_the_version_where_no_controller_answers(cli: Cli) -> None:
    result = cli("version", "-o", "json", "--server", "http://127.0.0.1:9")
    assert result.exit_code == 0
    document = follows("version", result.stdout)
    assert (document["client"], document["server"]) == (main_version(cli), "")
    assert "cannot reach" in document["words"]
    assert "server: cannot reach" in cli("version", "--server", "http://127.0.0.1:9").stdout


def main_version(cli: Cli) -> str:
    return cli("--version").stdout.split()[-1]


@pytest.mark.parametrize("words", [("status",), ("rollout", "status"), ("answers",)])
def test_schema_prints_one_by_its_name_or_by_a_command(cli: Cli, words: tuple[str, ...]) -> None:
    name = PRINTED.get(" ".join(words), words[0])
    published = Path(daemonctl.__file__).parents[1] / "docs" / "schemas" / f"{name}.json"
    assert cli("schema", *words).stdout == published.read_text("utf-8")


def test_schema_lists_them(cli: Cli) -> None:
    listed = [line.split(maxsplit=1) for line in cli("schema").stdout.splitlines()[1:]]
    assert sorted(map(tuple, listed)) == sorted((of, to) for to, of in PRINTED.items())
    result = cli("schema", "nope")
    assert result.exit_code == 2
    assert '"nope"; `daemonctl schema` lists what there is' in result.stderr
