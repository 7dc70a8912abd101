"""docs/operating.md and docs/rollouts.md name commands and routes that there are."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from daemonctl.cli.main import main
from daemonctl.http.auth import this_host_only
from daemonctl.model.rollout import Phase

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGES = {name: (DOCS / name).read_text("utf-8") for name in ("operating.md", "rollouts.md")}


@pytest.mark.parametrize("page", PAGES)
def test_every_command_in_it_is_one(page: str) -> None:
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", PAGES[page], re.DOTALL))
    named = re.findall(r"daemonctl ([a-z]+)(?: ([a-z]+))?(.*)", code)
    assert named
    for first, second, rest in named:
        context = click.Context(main)
        command = main.get_command(context, first)
        assert command is not None, first
        if isinstance(command, click.Group) and second:
            command = command.get_command(context, second)
            assert command is not None, second
        options = [name for option in command.params for name in option.opts]
        for asked in re.findall(r"--[a-z-]+", rest.split("`")[0].split("#")[0]):
            assert asked in options, (first, second, asked)


def test_every_route_that_changes_something_is_in_operating(ex: SimpleNamespace) -> None:
    router = ex.Example().app(this_host_only("127.0.0.1")).router
    posts = [route.resource for route in router.routes() if route.method == "POST"]
    assert posts
    for resource in posts:
        assert resource is not None
        *_, last = resource.canonical.split("/")
        assert last in PAGES["operating.md"], last


def test_every_phase_is_in_rollouts() -> None:
    for phase in Phase:
        assert f"| {phase.value} |" in PAGES["rollouts.md"]
