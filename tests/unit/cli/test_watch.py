"""`--watch`: what is told of a change, on a terminal, into a file, as JSON; breaks and Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError

import pytest
from click.testing import Result
from msgspec.structs import replace

from daemonctl.cli import watching
from daemonctl.cli.client import Client
from daemonctl.cli.documents import DaemonDocuments, InstancesPages
from daemonctl.cli.failure import FailError
from daemonctl.cli.instances_text import why_not
from daemonctl.cli.server import Server
from daemonctl.cli.showing import _worst_first
from daemonctl.cli.status_text import status_lines
from daemonctl.cli.watch_rows import daemon_rows, instance_rows, same_status, status_rows
from daemonctl.cli.watching import JsonLines, Log, Screen, Watched, fitted, watch
from daemonctl.runtime.report import Status

Serving = Callable[..., AbstractContextManager[str]]
Cli = Callable[..., Result]
DOWN = FailError("cannot reach it")


@pytest.fixture
def first(example: SimpleNamespace) -> Status:
    document: Status = example.report.status()
    return document


def resynced(status: Status) -> Status:
    """The same, looked at a minute later."""
    (cluster,) = status.clusters
    assert cluster.last_resync is not None
    later = replace(cluster, last_resync=cluster.last_resync + timedelta(minutes=1))
    return replace(status, clusters=(later,))


def fewer(status: Status) -> Status:
    """An instance less has the first daemon, and nothing is said of the second any more."""
    (cluster,) = status.clusters
    agent = cluster.daemons[0]
    found = replace(cluster, daemons=(replace(agent, ready=agent.ready - 1),))
    return replace(status, clusters=(found,))


class Looks:
    """What is seen at each look; after the last one somebody presses Ctrl-C."""

    def __init__(self, *found: Status | FailError) -> None:
        self._found = list(found)

    def look(self) -> Status:
        found = self._found.pop(0)
        if isinstance(found, FailError):
            raise found
        return found

    def sleep(self, seconds: float) -> None:
        assert seconds == watching.EVERY
        if not self._found:
            raise KeyboardInterrupt

    def watched(self) -> Watched[Status]:
        def lines(status: Status, at: datetime) -> Iterator[str]:
            return status_lines(status, status.clusters, at)

        return Watched("status", self.look, lines, status_rows, same_status)


def test_into_a_file_go_the_rows_that_changed(
    first: Status, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = Looks(first, resynced(first), fewer(first), DOWN, DOWN, fewer(first), first)
    watch(looks.watched(), "table", face=Log(looks.watched()), sleep=looks.sleep)
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert all(re.match(r"\d\d:\d\d:\d\d  \S", line) for line in lines)
    words = [line[10:] for line in lines]
    ready = first.clusters[0].daemons[0].ready
    agent = [line for line in words if line.startswith("web/consul-agent: desired")]
    assert [f" ready {count} " in line for count, line in zip(
        (ready, ready - 1, ready), agent, strict=True
    )] == [True] * 3  # fmt: skip
    assert len([line for line in words if line.startswith("the controller: version")]) == 1
    assert len([line for line in words if line.startswith("gone: web/registrator: desired")]) == 1
    assert told.err.splitlines() == [
        "daemonctl: cannot reach it; it is asked again every 2 s",
        "daemonctl: the controller answers again",
    ]


def test_a_controller_that_began_anew_is_told(
    first: Status, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = Looks(first, replace(first, started=first.started + timedelta(seconds=9)))
    watch(looks.watched(), "table", face=Log(looks.watched()), sleep=looks.sleep)
    *_, last = capsys.readouterr().out.splitlines()
    assert f"the controller: version 0.1.0, began {first.started + timedelta(seconds=9):%F %T}" in (
        last
    )


def test_as_json_a_document_a_line_where_something_changed(
    first: Status, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = Looks(first, first, resynced(first), fewer(first), DOWN, fewer(first))
    watch(looks.watched(), "json", face=JsonLines(looks.watched()), sleep=looks.sleep)
    told = capsys.readouterr()
    documents = [json.loads(line) for line in told.out.splitlines()]
    assert [len(each["clusters"][0]["daemons"]) for each in documents] == [2, 1]
    assert len(told.err.splitlines()) == 2


def test_on_a_terminal_the_picture_is_drawn_over_the_last_one(
    first: Status, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((80, 200)))
    looks = Looks(first, fewer(first), DOWN)
    watch(looks.watched(), "table", face=Screen(looks.watched()), sleep=looks.sleep)
    one, two, three = re.split(r"\x1b\[\d+A\r", capsys.readouterr().out.removeprefix("\r"))
    assert "registrator" in one
    assert "registrator" not in two.partition("NAME")[2]
    assert "! cannot reach it; below is what it said last" in three
    assert three.partition("NAME")[2] == two.partition("NAME")[2]
    for picture in (one, two, three):
        assert picture.startswith("status, every 2 s, ")
        assert picture.endswith("\x1b[J")  # nothing of a longer one stays below
        assert all(line.endswith("\x1b[K") for line in picture.split("\n")[:-1])


def test_what_a_terminal_has_no_room_for_is_counted(
    first: Status, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((30, 8)))
    looks = Looks(first, first)
    watch(looks.watched(), "table", face=Screen(looks.watched()), sleep=looks.sleep)
    one, two = capsys.readouterr().out.removeprefix("\r").split("\x1b[7A\r")
    for picture in (one, two):
        *lines, last, _ = re.sub(r"\x1b\[[KJ]", "", picture).split("\n")
        assert len(lines) == 6
        assert max(map(len, lines)) <= 30
        assert re.fullmatch(r"… \d+ more lines", last)


def test_a_summary_at_the_end_stays_on_the_screen() -> None:
    rows = [f"row {number}" for number in range(40)]
    summary = ["Not ready on 3 instances", "  next: explain"]
    shown = fitted(["title", "", *rows, "", *summary], 12)
    assert len(shown) == 12
    assert shown[:2] == ["title", ""]
    assert shown[-3:] == ["… 34 more lines", *summary]
    assert fitted(["", *rows], 12)[-1] == "… 30 more lines"
    assert fitted(rows, 40) == rows


def test_a_screen_of_instances_begins_with_those_in_trouble(example: SimpleNamespace) -> None:
    page = example.report.instances("web", "", 100)
    ready, *others = page.instances
    assert why_not(ready.verdicts) == ""
    sorted_page = _worst_first(page)
    assert sorted_page.instances == (*others, ready)


def test_the_first_look_has_to_succeed() -> None:
    looks = Looks(DOWN)
    with pytest.raises(FailError, match="cannot reach it"):
        watch(looks.watched(), "table", sleep=looks.sleep)


def test_what_has_not_changed_is_not_sent_again(
    example: SimpleNamespace, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    refused = Client._refused

    def noted(self: Client, error: HTTPError) -> str:
        sent.append(error.code)
        return refused(self, error)

    monkeypatch.setattr(Client, "_refused", noted)
    with serving(example) as url:
        client = Client(Server(url))
        first = client.get(Status, "status")
        assert client.get(Status, "status") == first
        assert sent == [304]
        example.clusters.append(example.clusters[0])
        assert len(client.get(Status, "status").clusters) == 2
        assert sent == [304]


def test_rows_of_a_daemon_and_of_instances(example: SimpleNamespace) -> None:
    found = daemon_rows(DaemonDocuments((example.report.daemon("web", "consul-agent"),)))
    assert found["web/consul-agent",].startswith("web/consul-agent: desired ")
    assert found["web/consul-agent", "rollout"].endswith("not been seen whole yet")
    assert any(": NO_FIT: CPU" in line for line in found.values())
    page = example.report.instances("web", "", 100)
    rows = instance_rows(InstancesPages((page,)))
    assert len(rows) == page.total
    assert any(line.startswith(f"web  i-{'b' * 17}  ACTIVE  BACKOFF ") for line in rows.values())


def test_instances_that_nobody_has_seen_yet_are_not_none(
    ex: SimpleNamespace, example: SimpleNamespace, serving: Serving, cli: Cli
) -> None:
    observed = replace(ex.facts().observed, first_full_at=None, hosts={})
    example.clusters[:] = [ex.Live(ex.facts(observed=observed, verdicts={}), None)]
    with serving(example) as url:
        result = cli("instances", "--server", url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the instances of web are not known: " in result.stderr


@pytest.mark.parametrize("words", [["status"], ["status", "registrator"], ["instances"]])
def test_ctrl_c_is_how_it_ends(
    example: SimpleNamespace, serving: Serving, words: list[str]
) -> None:
    with serving(example) as url:
        program = "from daemonctl.cli.main import main; main(prog_name='daemonctl')"
        process = subprocess.Popen(
            [sys.executable, "-c", program, *words, "--watch", "--server", url],
            cwd=Path(watching.__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert "web" in process.stdout.readline() + process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
