"""`daemonctl events`: pages, filters, columns, and following through breaks."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result

from daemonctl.cli.client import Client, RefusedError
from daemonctl.cli.events_follow import Gone, Message, follow, messages
from daemonctl.cli.events_text import EventLines
from daemonctl.cli.failure import FailError
from daemonctl.cli.server import Server
from daemonctl.runtime.journal import Entry, Happened
from daemonctl.runtime.report_rows import EventRow, moment

Serving = Callable[..., AbstractContextManager[str]]
Cli = Callable[..., Result]

NOW = 1_800_000_000.0
LONG = "a-daemon-with-a-name-of-32-chars"


def loops_of(example: SimpleNamespace) -> list[asyncio.AbstractEventLoop]:
    """The loops in which somebody waits for rows: only there may they be written."""
    found: list[asyncio.AbstractEventLoop] = []
    grown = example.journal.grown

    def seen() -> asyncio.Future[None]:
        found.append(asyncio.get_running_loop())
        waited: asyncio.Future[None] = grown()
        return waited

    example.journal.grown = seen
    return found


def write(example: SimpleNamespace, *words: str, **more: Any) -> None:
    for each in words:
        made = {"kind": Happened.VERDICT, "cluster": "web", "code": "READY"} | more
        example.journal.add(Entry(**made, words=each))


@pytest.fixture
def server(example: SimpleNamespace, serving: Serving) -> Iterator[str]:
    with serving(example) as url:
        yield url


def test_all_events_over_pages_oldest_first(
    cli: Cli, server: str, example: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemonctl.cli.events_show._PAGE", 2)
    write(example, "one", "two", "three", "four", "five", daemon="consul-agent", instance="a" * 32)
    result = cli("events", "--server", server)
    assert result.exit_code == 0
    header, day, first, who, words, *_ = result.stdout.splitlines()
    assert header.split() == ["TIME", "WHAT", "INSTANCE", "CLUSTER/DAEMON"]
    assert day == "-- 2027-01-15 UTC --"
    assert first.split() == ["08:00:00", "READY", "a" * 32]
    assert who.strip() == "web/consul-agent"
    assert words.strip() == "one"
    assert result.stdout.count("2027") == 1
    told = [line.strip() for line in result.stdout.splitlines()]
    assert [each for each in told if each in ("one", "two", "three", "four", "five")] == [
        "one",
        "two",
        "three",
        "four",
        "five",
    ]


def test_filters_go_to_the_server(cli: Cli, server: str, example: SimpleNamespace) -> None:
    write(example, "one", daemon="registrator", instance="a" * 32)
    write(example, "two", daemon="consul-agent", instance="a" * 32)
    write(example, "three", daemon="registrator", instance="b" * 32)
    asked = ("--daemon", "registrator", "--instance", "aaaa", "--kind", "verdict")
    result = cli("events", "--server", server, "--cluster", "web", "-o", "json", *asked)
    assert [row["words"] for row in json.loads(result.stdout)["events"]] == ["one"]
    assert (
        "No events of --daemon nobody."
        in cli("events", "--server", server, "--daemon", "nobody").stdout
    )


@pytest.mark.parametrize("more", [(), ("-f",)])
def test_failures_are_one_line_and_exit_1(cli: Cli, server: str, more: tuple[str, ...]) -> None:
    result = cli("events", *more, "--server", server, "--cluster", "nope")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == 'daemonctl: no cluster "nope"; the config has: web\n'
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
        result = cli("events", *more, "--server", nobody)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "cannot reach" in result.stderr


def event(**more: Any) -> EventRow:
    made: dict[str, Any] = {
        "seq": 1,
        "at": moment(NOW),
        "cluster": "production",
        "kind": "VERDICT",
        "daemon": LONG,
        "instance": "c" * 32,
        "task": "",
        "code": "AGENT_DISCONNECTED",
        "words": "word " * 40,
        "ec2_instance_id": "i-0123456789abcdef0",
    }
    return EventRow(**made | more)


@pytest.mark.parametrize(
    "row",
    [
        event(),
        event(ec2_instance_id=""),
        event(kind="ACTION", code="StartTask ambiguous", task="d" * 32),
        event(
            kind="CONDITION", code="CLUSTER_BACKOFF off", daemon="", ec2_instance_id="", words=""
        ),
        event(kind="VIOLATION", code="never a start where a live task is seen", words="x" * 500),
        event(words="\x1b[31m\nred"),
    ],
)
def test_lines_fit_and_ids_are_whole(row: EventRow) -> None:
    lines = list(EventLines().of(row))
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert (row.ec2_instance_id or row.instance) in text
    assert row.task in text
    assert "\x1b" not in text
    assert f"{row.cluster}/{row.daemon}" in text or not row.daemon
    if row.kind == "VIOLATION":
        assert f"VIOLATION            {row.ec2_instance_id}" in text


def test_a_new_day_is_told_once() -> None:
    lines = EventLines()
    told = [line for day in (0, 0, 1) for line in lines.of(event(at=moment(NOW + day * 86400)))]
    assert [line for line in told if line.startswith("--")] == [
        "-- 2027-01-15 UTC --",
        "-- 2027-01-16 UTC --",
    ]


def test_a_stream_is_read_as_browsers_do() -> None:
    raw = [b"retry: 2000\n", b"\n", b": heartbeat\n", b"id: 7\n", b"\n"]
    raw += [b"id:8\r\n", b"event: lost\r\n", b"data: a\r\n", b"data:b\r\n", b"\r\n", b"data: cut"]
    assert list(messages(raw)) == [
        Message("message", "", ""),
        Message("message", "", "7"),
        Message("lost", "a\nb", "8"),
    ]


def test_following_goes_on_behind_where_it_was(ex: SimpleNamespace, serving: Serving) -> None:
    """The server ends, nobody answers for a while, and another one begins."""
    example = ex.Example()
    loops = loops_of(example)
    write(example, "one", "two")
    told: list[str] = []
    waits: list[float] = []
    with ExitStack() as later:

        def slept(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 2:
                client._base = later.enter_context(serving(example))

        with serving(example) as url:
            client = Client(Server(url))
            rows = follow(client, {}, told.append, sleep=slept)
            assert words(next(rows)) + words(next(rows)) == "onetwo"
            loops[-1].call_soon_threadsafe(write, example, "three")
            assert words(next(rows)) == "three"
        write(example, "meanwhile")
        assert words(next(rows)) == "meanwhile"
        rows.close()
    assert waits == [1.0, 2.0]
    assert len(told) == 1
    assert "broke off" in told[0]


def test_what_was_lost_is_told(ex: SimpleNamespace, serving: Serving) -> None:
    example = ex.Example()
    loops = loops_of(example)
    write(example, "one")
    with serving(example) as url:
        rows = follow(Client(Server(url)), {}, lambda _: None)
        assert words(next(rows)) == "one"
        loops[-1].call_soon_threadsafe(example.happen, 60)  # the ring holds 50
        gone, then = next(rows), next(rows)
        rows.close()
    assert isinstance(gone, Gone)
    assert gone.after == 1
    assert isinstance(then, EventRow)
    assert then.seq == 12


@pytest.mark.parametrize("first", [True, False])
def test_a_refusal_ends_it_and_an_overload_only_the_first_time(
    ex: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, *, first: bool
) -> None:
    answers: list[Exception | list[Message]] = [RefusedError("too many streams", 503)]
    answers += [RefusedError("it wants another token", 401)]
    if not first:
        answers.insert(0, [Message("message", "", "")])

    def stream(*_: object) -> Iterator[Message]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        yield from answer

    monkeypatch.setattr("daemonctl.cli.events_follow._stream", stream)
    rows = follow(Client(Server("http://127.0.0.1:1")), {}, lambda _: None, sleep=lambda _: None)
    with pytest.raises(FailError, match="too many" if first else "another token"):
        next(rows)


def test_ctrl_c_ends_following_with_0(server: str, example: SimpleNamespace) -> None:
    write(example, "one")
    line = (sys.executable, "-m", "daemonctl.cli.main", "events", "-f", "-o", "json")
    with subprocess.Popen(  # this very interpreter
        [*line, "--server", server], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["words"] == "one"
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert (process.returncode, told) == (0, "")


def words(row: EventRow | Gone) -> str:
    return row.words


def test_since_leaves_out_what_is_older(
    cli: Cli, server: str, example: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(example, "old")
    example.clock.at += 601
    write(example, "new")
    monkeypatch.setattr("daemonctl.cli.events_show.now", lambda: moment(example.clock.at))
    result = cli("events", "--server", server, "--since", "10m", "-o", "json")
    assert [row["words"] for row in json.loads(result.stdout)["events"]] == ["new"]
    bad = cli("events", "--server", server, "--since", "10")
    assert bad.exit_code == 2
    assert "10m, 2h or 1d" in bad.stderr
