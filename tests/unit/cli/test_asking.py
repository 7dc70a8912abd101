"""Commands that ask a running controller, through its real listener."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result
from msgspec.structs import replace

Serving = Callable[..., AbstractContextManager[str]]
Cli = Callable[..., Result]


@pytest.fixture
def server(example: SimpleNamespace, serving: Serving) -> Iterator[str]:
    with serving(example) as url:
        yield url


def other_cluster(ex: SimpleNamespace) -> object:
    spec = replace(ex.SPEC, alias="logs", name="logs")
    observed = replace(ex.facts().observed, hosts={})
    return ex.Live(ex.facts(spec=spec, observed=observed, verdicts={}), ex.plan({}))


def test_status(cli: Cli, server: str) -> None:
    result = cli("status", "--server", server)
    assert result.exit_code == 0
    assert "DESIRED  CURRENT  READY  UP-TO-DATE  AVAILABLE  MISSCHEDULED  AGE" in result.stdout
    assert result.stderr == ""
    assert "\x1b[" not in result.stdout  # no colour off a terminal


def test_server_from_the_environment(cli: Cli, server: str) -> None:
    assert cli("status", DAEMONCTL_SERVER=server).exit_code == 0


def test_status_of_one_daemon(cli: Cli, server: str) -> None:
    result = cli("status", "registrator", "--server", server)
    assert result.exit_code == 0
    assert "Depends on:       consul-agent READY" in result.stdout


@pytest.mark.parametrize(
    ("words", "member"),
    [
        (("status",), "leader"),
        (("status", "registrator"), "clusters"),
        (("instances",), "clusters"),
        (("explain", "i-aaa"), "attributes"),
    ],
)
def test_json_is_the_api_s_document(cli: Cli, server: str, words: str, member: str) -> None:
    result = cli(*words, "--server", server, "-o", "json")
    assert result.exit_code == 0
    assert member in json.loads(result.stdout)


def test_all_pages_of_instances(
    ex: SimpleNamespace, example: SimpleNamespace, cli: Cli, server: str
) -> None:
    hosts = {}
    for number in range(2500):  # the client asks for a thousand at a time
        arn = ex.instance_arn("a").replace("a" * 32, f"{number:032x}")
        hosts[arn] = ex.Host(ex.instance("a", arn=arn, ec2_id=f"i-{number:017x}"))
    example.show(observed=replace(ex.facts().observed, hosts=hosts), verdicts={})
    lines = cli("instances", "--server", server).stdout.splitlines()
    assert lines[0] == "web: 2500 instances"
    assert [line.split()[0] for line in lines[2:]] == [f"i-{n:017x}" for n in range(2500)]


def test_instances_by_verdict(cli: Cli, server: str) -> None:
    result = cli("instances", "--verdict", "backoff", "--server", server)
    assert [line.split()[0] for line in result.stdout.splitlines()[2:3]] == ["i-" + "b" * 17]
    assert result.stdout.splitlines()[3:] == [
        "",
        "Not ready on 1 instance: BACKOFF registrator on 1",
        f"  next: daemonctl explain i-{'b' * 17}",
    ]


def test_instances_of_a_zone(
    ex: SimpleNamespace, example: SimpleNamespace, cli: Cli, server: str
) -> None:
    zone = ex.instance("b").zone
    rows = cli("instances", "--zone", zone, "--server", server).stdout.splitlines()
    assert {line.split()[1] for line in rows[2 : rows.index("")]} == {zone}
    example.clusters.append(other_cluster(ex))  # it has no instance there, and none is asked for
    assert cli("instances", "--zone", zone, "--server", server).stdout.splitlines() == rows
    result = cli("instances", "--zone", "nowhere", "--server", server)
    assert result.exit_code == 1
    assert 'is in zone "nowhere"; there are: ' in result.stderr


def test_instances_for_scripts_and_in_full(cli: Cli, server: str) -> None:
    table = cli("instances", "--server", server).stdout.splitlines()
    assert cli("instances", "--no-headers", "--server", server).stdout.splitlines() == table[2:7]
    wide = cli("instances", "-o", "wide", "--server", server).stdout.splitlines()
    assert wide[1].split()[:3] == ["INSTANCE", "CONTAINER", "INSTANCE"]
    assert wide[2].split()[:2] == ["i-" + "a" * 17, "a" * 32]
    assert "AGENT_DISCONNECTED consul-agent registrator" in wide[6]
    daemons = cli("status", "-o", "wide", "--server", server).stdout
    assert re.search(r"AGE +TYPE +ROLLOUT +WANTED\n", daemons)
    assert re.search(r"^registrator .* DAEMON +- +registrator:\d+$", daemons, re.MULTILINE)


def test_one_of_several_clusters(
    ex: SimpleNamespace, example: SimpleNamespace, cli: Cli, server: str
) -> None:
    example.clusters.append(other_cluster(ex))
    both = cli("status", "--server", server).stdout
    one = cli("status", "--cluster", "logs", "--server", server).stdout
    assert ("web: ap" in both, "logs: ap" in both) == (True, True)
    assert ("web: ap" in one, "logs: ap" in one) == (False, True)
    found = cli("explain", "i-aaa", "--server", server)  # looked for on both
    assert (found.exit_code, "Cluster:     web" in found.stdout) == (0, True)


def test_an_instance_on_two_clusters_must_be_chosen(
    ex: SimpleNamespace, example: SimpleNamespace, cli: Cli, server: str
) -> None:
    spec = replace(ex.SPEC, alias="logs", name="logs")
    example.clusters.append(ex.Live(ex.facts(spec=spec), ex.plan({})))
    result = cli("explain", "i-aaa", "--server", server)
    assert result.exit_code == 1
    assert "on each of web, logs; choose with --cluster" in result.stderr
    assert cli("explain", "i-aaa", "--cluster", "logs", "--server", server).exit_code == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("status", "nope"), 'no daemon "nope"; there are: consul-agent, registrator'),
        (("status", "--cluster", "nope"), 'no cluster "nope"; there are: web'),
        (("explain", "i-fff"), 'no container instance "i-fff" on web'),
        (("plan", "--cluster", "nope"), 'no cluster "nope"; the config has: web'),
    ],
)
def test_unknown_names_exit_1_with_what_there_is(
    cli: Cli, server: str, words: tuple[str, ...], expected: str
) -> None:
    result = cli(*words, "--server", server)
    assert result.exit_code == 1
    assert expected in result.stderr
    assert result.stderr.startswith("daemonctl: ")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_an_ambiguous_instance_names_its_candidates(
    ex: SimpleNamespace, example: SimpleNamespace, cli: Cli, server: str
) -> None:
    twin = ex.instance("b", arn=ex.instance_arn("b").replace("b" * 32, "b1" + "0" * 30))
    hosts = {**ex.hosts(), twin.arn: ex.Host(twin)}
    example.show(observed=replace(ex.facts().observed, hosts=hosts))
    result = cli("explain", "b", "--server", server)
    assert result.exit_code == 1
    assert "names 2 container instances" in result.stderr
    assert "b1" + "0" * 30 in result.stderr


def test_nobody_listens(cli: Cli) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))  # bound and not listening: refused
        url = f"http://127.0.0.1:{holder.getsockname()[1]}"
        result = cli("status", "--server", url)
    assert result.exit_code == 1
    assert result.stderr == (
        f"daemonctl: cannot reach {url}: connection refused;"
        " start `daemonctl run`, or give --server or DAEMONCTL_SERVER\n"
    )


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x",
        "file:///etc/passwd",
        "127.0.0.1:8080",
        "http://",
        "http://u:p@x",
        "http://[",
        "http://x:99999",
    ],
)
def test_servers_that_are_none(cli: Cli, url: str) -> None:
    result = cli("status", "--server", url)
    assert result.exit_code == 2
    assert "is no http or https URL" in result.stderr
    assert "u:p@" not in result.stderr


class Impostor:
    """Something else that listens: answers once with fixed bytes."""

    def __init__(self, answer: bytes) -> None:
        self.request = b""
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        peer, _ = self._socket.accept()
        with peer:
            self.request = peer.recv(65536)
            peer.sendall(self._answer)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._thread.join(30)
        self._socket.close()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
            "does not answer as this daemonctl",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "does not answer as this daemonctl"),
        (b"HTTP/1.1 502 Bad\x1b[2J\r\nContent-Length: 2\r\n\r\nno", "answers 502"),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            "302",
        ),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "cannot reach"),
        (b"", "cannot reach"),
    ],
)
def test_something_else_listens_there(cli: Cli, answer: bytes, words: str) -> None:
    with Impostor(answer) as url:
        result = cli("status", "--server", url)
    assert result.exit_code == 1
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert "\x1b" not in result.stderr


def test_loopback_is_never_asked_through_a_proxy(cli: Cli, server: str) -> None:
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy"), "http://127.0.0.1:1")
    assert cli("status", "--server", server, **proxies).exit_code == 0


def test_token(example: SimpleNamespace, serving: Serving, cli: Cli, tmp_path: Path) -> None:
    token, other = tmp_path / "token", tmp_path / "other"
    token.write_text("t0ken\n")
    other.write_text("another-one\n")
    with serving(example, str(token)) as url:
        assert cli("status", "--server", url, DAEMONCTL_TOKEN_FILE=str(token)).exit_code == 0
        without = cli("status", "--server", url)
        wrong = cli("status", "--server", url, DAEMONCTL_TOKEN_FILE=str(other))
    assert (without.exit_code, wrong.exit_code) == (1, 1)
    assert "it wants a token: set DAEMONCTL_TOKEN_FILE" in without.stderr
    assert "it wants another token than the one sent" in wrong.stderr
    assert "another-one" not in wrong.stderr


@pytest.mark.parametrize(("content", "words"), [("a b", "must hold one token"), (None, "No such")])
def test_a_token_file_that_cannot_be_used(
    cli: Cli, server: str, tmp_path: Path, content: str | None, words: str
) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    result = cli("status", "--server", server, DAEMONCTL_TOKEN_FILE=str(path))
    assert result.exit_code == 1
    assert f"token file {path}: {words}" in result.stderr
