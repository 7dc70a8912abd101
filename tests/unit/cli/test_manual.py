"""What help and the manual page say of each command, and that it is true."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable

import click
import pytest
from click.testing import Result

from daemonctl.cli.main import main
from daemonctl.cli.manual_roff import roff
from daemonctl.cli.manual_tree import Entry, tree_of

Cli = Callable[..., Result]

ENTRIES = {" ".join(entry.path): entry for entry in tree_of(main)}
COMMANDS = {name: entry for name, entry in ENTRIES.items() if entry.page is not None}


def test_there_are_all_commands() -> None:
    assert {"run", "status", "rollout undo", "gate open", "local instance add"} <= set(COMMANDS)
    assert {"rollout", "local", "local task"} <= set(ENTRIES) - set(COMMANDS)


@pytest.mark.parametrize("name", ENTRIES)
def test_help_fits_a_terminal_and_says_what_for(cli: Cli, name: str) -> None:
    result = cli(*name.split(), "--help")
    assert result.exit_code == 0
    assert max(len(line) for line in result.stdout.splitlines()) <= 80
    words = ENTRIES[name].words[0]
    assert words[0].isupper()
    assert words[-1] in ".;:"
    if name in COMMANDS:
        sections = re.findall(r"^(\w[\w ]+):$", result.stdout, re.MULTILINE)
        assert {"Options", "Examples", "Exit codes"} <= set(sections)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    assert [option for option, words in COMMANDS[name].options if not words.strip()] == []


def parsed(example: str) -> tuple[str, ...]:
    """The command of an example, its options checked by click itself."""
    line = re.split(r"#| \| | > | >> |\)\"", example.removeprefix('eval "$('))[0]
    program, *words = shlex.split(line)
    assert program == "daemonctl"
    ctx = click.Context(main, info_name="daemonctl")
    command: click.Command | None = main
    path: list[str] = []
    while isinstance(command, click.Group):
        path.append(words.pop(0))
        command = command.get_command(ctx, path[-1])
    assert command is not None, example
    command.make_context(path[-1], words, parent=ctx)  # raises UsageError
    return tuple(path)


@pytest.mark.parametrize(
    ("entry", "example"),
    [(entry, line) for entry in COMMANDS.values() if entry.page for line in entry.page.examples],
)
def test_every_example_is_of_its_command_and_can_be_typed(entry: Entry, example: str) -> None:
    assert parsed(example) == entry.path
    assert len(example) <= 78


def test_the_environment_is_that_of_the_options() -> None:
    assert ("DAEMONCTL_SERVER", "as --server") in ENTRIES["status"].environment
    assert ("DAEMONCTL_CONFIG", "as --config") in ENTRIES["validate"].environment


@pytest.mark.parametrize("words", [(), ("status",), ("rollout", "undo"), ("local", "instance")])
def test_help_is_help(cli: Cli, words: tuple[str, ...]) -> None:
    assert cli("help", *words).stdout == cli(*words, "--help").stdout


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("statsu",), "Did you mean 'status'?"),
        (("help", "rollot"), "Did you mean 'rollout'?"),
        (("frobnicate",), "No such command 'frobnicate'."),
    ],
)
def test_a_word_that_is_no_command(cli: Cli, words: tuple[str, ...], meant: str) -> None:
    result = cli(*words)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].endswith(meant)


def test_the_manual_page_has_everything(cli: Cli) -> None:
    page = cli("man").stdout
    assert page.startswith(".TH DAEMONCTL 1 ")
    for name in ENTRIES:
        assert not name or f"\n.SS {name.replace('-', chr(92) + '-')}\n" in page
    # A line that begins with a dot is a request, and only those that are meant are.
    requests = set(re.findall(r"^(\..*?)(?: |$)", page, re.MULTILINE))
    assert requests <= {".TH", ".SH", ".SS", ".PP", ".TP", ".nf", ".fi"}
    assert page.isascii()
    # A bare dash may be printed as another one, which nobody can copy into a shell.
    assert r"daemonctl status \-o json | jq \(aq.clusters[].daemons[]" in page


def test_words_that_look_like_a_request_are_none() -> None:
    entry = Entry((), "daemonctl", (".so /etc/passwd", "a\\b"), (), (), None)
    lines = roff([entry, entry]).splitlines()
    assert lines.count(r"\&.so /etc/passwd") == 2
    assert lines.count(r"a\eb") == 2


def test_groff_has_nothing_to_say_about_it(cli: Cli) -> None:
    if shutil.which("groff") is None:
        return  # requests and characters are looked at above
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww"],
        input=cli("man").stdout,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert 'eval "$(daemonctl completion bash)"' in re.sub(r"\x1b\[\d*m|.\x08", "", done.stdout)
