"""One tool: an option that several commands have is the same one, at the same place."""

from __future__ import annotations

import click
import pytest

from tests.unit.cli.every_command import commands

COMMANDS = commands()

# What a command has of its own comes first, then these, so.
SHARED = ("--config", "--server", "--token-file", "--ca-file", "--cert", "--key", "--endpoint")
LAST = ("--cluster", "--output")
OTHER_MEANING = {
    ("plan", "--server"),  # with or without a URL: it can do without a controller
    ("import", "--cluster"),  # of the config, or of ECS
    ("local agent", "--cluster"),  # of ECS
    ("local instance add", "--cluster"),
    ("local agent", "--endpoint"),
}


def options(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option) and not each.hidden]


@pytest.mark.parametrize("name", COMMANDS)
def test_shared_options_come_last_and_in_one_order(name: str) -> None:
    wanted = (*SHARED, *LAST)
    found = [each.opts[-1] for each in options(COMMANDS[name])]
    shared = [each for each in found if each in wanted and (name, each) not in OTHER_MEANING]
    assert shared == [each for each in wanted if each in shared]
    if not any(name == other for other, _ in OTHER_MEANING):
        assert [each for each in found[-len(shared) :] if shared] == shared


@pytest.mark.parametrize("option", [*SHARED, *LAST])
def test_a_shared_option_says_the_same_everywhere(option: str) -> None:
    said = {
        (each.metavar, (each.help or "").replace(", with more columns and nothing cut,", ","))
        for name, command in COMMANDS.items()
        for each in options(command)
        if each.opts[-1] == option and (name, option) not in OTHER_MEANING
    }
    assert len(said) == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_an_option_says_what_it_takes_and_what_it_does(name: str) -> None:
    for each in options(COMMANDS[name]):
        assert each.help, each.opts
        assert each.help[-1] in ".;", each.opts
        plain = isinstance(each.type, (click.types.StringParamType, click.types.BoolParamType))
        if plain and not each.is_flag:  # a number or a choice says it itself
            assert each.metavar, each.opts
