"""The commands that change something, against the HTTP API."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from daemonctl.runtime.commands import Answer, Answered, Verb
from tests.unit.cli.conftest import Cli, Serving


@contextmanager
def guarded(serving: Serving, example: SimpleNamespace, token: str) -> Iterator[tuple[str, ...]]:
    """The options that reach a server which wants the token."""
    with serving(example, token) as url:
        yield ("--server", url, "--token-file", token)


@pytest.mark.parametrize("verb", ["freeze", "unfreeze", "resync"])
def test_on_all_clusters_or_one(
    cli: Cli, serving: Serving, example: SimpleNamespace, token: str, verb: str
) -> None:
    with guarded(serving, example, token) as options:
        everywhere = cli(verb, *options)
        one = cli(verb, "--cluster", "web", *options)
    assert (everywhere.exit_code, everywhere.stdout) == (0, "web: it was done\n")
    assert one.exit_code == 0
    asked = example.orders.heard
    assert [(command.verb, alias) for command, alias in asked] == [
        (Verb(verb.upper()), ""),
        (Verb(verb.upper()), "web"),
    ]
    assert asked[0][0].by.endswith(f"@{socket.gethostname()} from 127.0.0.1 with the token")


def test_json_and_refusals(
    cli: Cli, serving: Serving, example: SimpleNamespace, token: str
) -> None:
    no = Answered("logs", Answer(done=False, words="not now: wait"))
    example.orders.answers += (no,)
    with guarded(serving, example, token) as options:
        both = cli("freeze", "-o", "json", *options)
        text = cli("freeze", *options)
        example.orders.answers = (no,)
        none = cli("freeze", *options)
        example.orders.missing = 'no cluster "x"; the config has: web'
        missing = cli("freeze", "--cluster", "x", *options)
    assert [row["done"] for row in json.loads(both.stdout)["clusters"]] == [True, False]
    assert (text.exit_code, text.stdout) == (1, "web: it was done\n")
    assert text.stderr == "daemonctl: logs refused: not now: wait\n"
    assert (none.exit_code, none.stderr) == (1, "daemonctl: logs: not now: wait\n")
    assert (missing.exit_code, missing.stderr) == (
        1,
        'daemonctl: no cluster "x"; the config has: web\n',
    )


def test_without_a_token_it_says_which_step_is_missing(
    cli: Cli, serving: Serving, example: SimpleNamespace, token: str
) -> None:
    with serving(example) as open_to_all:
        unset = cli("freeze", "--server", open_to_all)
    with serving(example, token) as url:
        none = cli("freeze", "--server", url)
        by_env = cli("freeze", "--server", url, DAEMONCTL_TOKEN_FILE=token)
    assert "needs a token, on this host too: set http.authTokenFile" in unset.stderr
    assert "it wants a token: set DAEMONCTL_TOKEN_FILE (--token-file)" in none.stderr
    assert [each.exit_code for each in (unset, none, by_env)] == [1, 1, 0]
    assert all(each.stderr.count("\n") == 1 for each in (unset, none))
