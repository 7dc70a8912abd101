"""The command line goes where a standby sends it, with the token, and nowhere else."""

from __future__ import annotations

from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError

import pytest
from msgspec.structs import replace

from daemonctl.cli.leader import leader_of
from daemonctl.model.ids import ClusterAlias
from daemonctl.runtime.commands import Answer, Answered
from daemonctl.runtime.kept import NotLeadingError
from daemonctl.runtime.report_source import Role, Standing
from tests.unit.cli.conftest import Cli, Serving

ASKED = "http://a:8080/v1/freeze?cluster=web"


def redirect(location: str, code: int = 307) -> HTTPError:
    headers = Message()
    headers["Location"] = location
    return HTTPError(ASKED, code, "Temporary Redirect", headers, None)


@pytest.mark.parametrize(
    ("location", "followed"),
    [
        ("http://b:8080/v1/freeze?cluster=web", True),
        ("https://b:8080/v1/freeze?cluster=web", True),
        ("http://b:8080/v1/unfreeze?cluster=web", False),
        ("http://b:8080/v1/freeze", False),
        ("http://b/v1/freeze?cluster=web", False),
        ("http://b:x/v1/freeze?cluster=web", False),
        ("http://u:p@b:8080/v1/freeze?cluster=web", False),
        ("http://b:8080/v1/freeze?cluster=web#x", False),
        ("ftp://b:8080/v1/freeze?cluster=web", False),
        ("//b:8080/v1/freeze?cluster=web", False),
        ("/v1/freeze?cluster=web", False),
        ("", False),
    ],
)
def test_only_the_same_request_at_another_host(location: str, *, followed: bool) -> None:
    assert leader_of(ASKED, redirect(location)) == (location if followed else None)
    assert leader_of(ASKED, redirect(location, 302)) is None
    assert leader_of(ASKED, redirect(location, 308)) is None


def test_never_from_https_to_http() -> None:
    asked = ASKED.replace("http:", "https:")
    assert leader_of(asked, redirect("http://b:8080/v1/freeze?cluster=web")) is None
    assert leader_of(asked, redirect("https://b:8080/v1/freeze?cluster=web")) is not None


def stand_by(example: SimpleNamespace, ex: SimpleNamespace, leader: str) -> None:
    spec = ex.facts().spec
    standing = Standing(Role.STANDBY, 1.0, "there", leader, f"there leads it: ask {leader}")
    example.clusters = [ex.Live(type(ex.facts())(spec, standing=standing), None)]
    example.orders.elsewhere = NotLeadingError(spec.alias, standing.words, leader)


def test_a_change_and_a_look_end_at_the_leader(
    cli: Cli, serving: Serving, example: SimpleNamespace, ex: SimpleNamespace, token: str
) -> None:
    standby = ex.Example()
    with serving(example, token) as leader, serving(standby, token) as server:
        stand_by(standby, ex, leader)
        asked = ("--server", server, "--token-file", token)
        froze = cli("freeze", *asked)
        assert froze.exit_code == 0, froze.output
        assert "web: it was done" in froze.output
        assert len(example.orders.heard) == 1
        for words in (("instances",), ("status",), ("status", "consul-agent"), ("plan",)):
            more = ("--cluster", "web") if words == ("plan",) else ()
            option = asked if words != ("plan",) else ("--server", server, "--token-file", token)
            here, there = cli(*words, *option, *more), cli(*words, "--server", leader, *asked[2:])
            assert here.stdout == there.stdout or words == ("plan",), here.output
            assert here.exit_code in (0, 3), here.output


def test_what_only_another_leads_is_asked_there(
    cli: Cli, serving: Serving, example: SimpleNamespace, token: str
) -> None:
    done = Answered(ClusterAlias("web"), Answer(done=True, words="it was done"))
    away = Answered(ClusterAlias("more"), Answer(done=False, words="x"), leader="http://x:1")
    example.orders.answers = (done, away)
    with serving(example, token) as server:
        cli("freeze", "--server", server, "--token-file", token)
    assert [alias for _, alias in example.orders.heard] == ["", "more"]


def test_a_standby_that_is_sent_to_is_followed_no_further(
    cli: Cli, serving: Serving, ex: SimpleNamespace, token: str
) -> None:
    one, other = ex.Example(), ex.Example()
    with serving(one, token) as first, serving(other, token) as second:
        stand_by(one, ex, second)
        stand_by(other, ex, first)
        result = cli("freeze", "--server", first, "--token-file", token)
    assert result.exit_code == 1
    assert f"{first} stands by for {second}, which says: this replica stands by" in result.output


def test_a_leader_that_cannot_be_reached_is_named(
    cli: Cli, serving: Serving, ex: SimpleNamespace, token: str
) -> None:
    standby = ex.Example()
    with serving(standby, token) as server:
        stand_by(standby, ex, "http://127.0.0.1:1")
        result = cli("freeze", "--server", server, "--token-file", token)
    assert result.exit_code == 1
    assert "stands by for http://127.0.0.1:1: cannot reach http://127.0.0.1:1" in result.output


def test_the_token_goes_to_no_place_that_the_server_did_not_ask_for(
    tmp_path: Path, cli: Cli, serving: Serving, ex: SimpleNamespace, token: str
) -> None:
    standby = ex.Example()
    with serving(standby, token) as server:
        stand_by(standby, ex, "http://u:p@127.0.0.1:1")
        result = cli("freeze", "--server", server, "--token-file", token)
    assert result.exit_code == 1
    assert "this replica stands by" in result.output
    assert "cannot reach" not in result.output


@pytest.mark.parametrize(
    ("role", "line"),
    [
        (Role.LEADER, "  leader: the replica on here for "),
        (Role.REPAIR_ONLY, "! repair-only: the lock store is down"),
        (Role.UNSURE, "! unsure: the lock store is down"),
        (Role.STANDBY, "web: ap-northeast-1 standby"),
    ],
)
def test_status_says_who_leads(
    cli: Cli, serving: Serving, ex: SimpleNamespace, role: Role, line: str
) -> None:
    example = ex.Example()
    words = "" if role is Role.LEADER else "the lock store is down"
    example.clusters = [
        ex.Live(replace(ex.facts(), standing=Standing(role, 1.0, "here", "", words)), None)
    ]
    with serving(example) as server:
        shown = cli("status", "--server", server)
    assert line in shown.output
    assert ("DESIRED" in shown.output) is (role is not Role.STANDBY)
