"""docs/local-ecs.md names everything that there is, and nothing else."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from daemonctl.cli.local import local
from daemonctl.cli.local import up as up_command
from daemonctl.local.switching import switched
from daemonctl.local.world import Behaviour, Switches
from daemonctl.local.world.faults import KINDS
from daemonctl.local.world.operations import OPERATIONS
from daemonctl.local.world.ready_made import DEFINITIONS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "local-ecs.md").read_text("utf-8")


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def first_cells(title: str) -> list[str]:
    return re.findall(r"^\| (`.*?) \|", section(title), re.MULTILINE)


def commands(group: click.Group, path: str) -> list[str]:
    found = []
    for name, command in group.commands.items():
        full = f"{path} {name}"
        found += commands(command, full) if isinstance(command, click.Group) else [full]
    return found


def test_every_command_is_there() -> None:
    words = section("Commands")
    for command in commands(local, "daemonctl local"):
        short = command.removeprefix("daemonctl local instance ")
        assert command in words or f"`{short} ID`" in words, command


def test_every_option_of_up_is_there() -> None:
    for option in up_command.params:
        assert option.opts[0] in section("Commands"), option.opts


def test_every_operation_is_there_and_no_other() -> None:
    rows = [row for row in section("Operations").splitlines() if row.startswith("| ECS, ")]
    named = re.findall(r"\b[A-Z][a-z]+[A-Z]\w+", " ".join(row.split("|")[2] for row in rows))
    assert sorted(named) == sorted(OPERATIONS)


def test_every_fault_is_there_and_no_other() -> None:
    assert first_cells("Faults") == [f"`{kind.replace('_', '-')}`" for kind in KINDS]


def test_every_switch_is_there_with_its_default_and_no_other() -> None:
    names = [each.name for each in fields(Switches) if each.name != "version_info"]
    assert first_cells("Switches") == [f"`{name.replace('_', '-')}`" for name in names]
    for name, default in re.findall(
        r"^\| `([a-z0-9-]+)` \| (\S+(?: to \S+)?) \|", PAGE, re.MULTILINE
    ):
        if default != "none" and name.replace("-", "_") in names:
            assert switched([f"{name}={default.replace(' to ', ',')}"]) == Switches(), name


def test_every_behaviour_is_there() -> None:
    words = section("How containers behave")
    for each in fields(Behaviour):
        assert f"`{each.name}`" in words, each.name


def test_every_ready_made_definition_is_there_with_its_memory() -> None:
    words = section("What is there from the start")
    for row in DEFINITIONS:
        containers = row["containerDefinitions"]
        assert isinstance(containers, list)
        for container in containers:
            line = next(each for each in words.splitlines() if f"`{row['family']}`" in each)
            assert f"{container['cpu']} CPU units, {container['memory']} MiB" in line


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("listing-lag-seconds", "write it as NAME=VALUE"),
        ("no-such=1", 'no switch "no-such": one of quota-scale'),
        ("listing-lag-seconds=5,2", "a span begins with its shorter end"),
        ("listing-lag-seconds=-1,2", "is 0 or more"),
        ("listing-lag-seconds=2", "Expected `array`"),
        ("started-by-combines=OR", "Invalid enum value 'OR'"),
        ("quota-scale=nan", "is 0 or more"),
    ],
)
def test_a_switch_that_is_none_is_refused_in_one_line(setting: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as refused:
        switched([setting])
    assert "\n" not in str(refused.value)
