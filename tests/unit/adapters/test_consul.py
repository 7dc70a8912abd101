"""The adapters for Consul against a server that answers as a test wants and remembers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from daemonctl.adapters.clock import SystemClock
from daemonctl.adapters.consul.consuls import Consuls
from daemonctl.model.discovery import Serf
from daemonctl.model.spec import ConsulSpec
from daemonctl.ports.consul import CatalogError, StoreError
from tests.stand_ins.sink import Silent

SECRET = "b7d6a3c0-secret"  # noqa: S105  a test's own
NODES = [{"Node": "server", "Address": "10.0.0.1", "Meta": None}]
CHECKS = [
    {"Node": "server", "CheckID": "serfHealth", "Status": "passing"},
    {"Node": "server", "CheckID": "disk", "Status": "critical"},
]
RIGHTS = [{"Allow": True}]


class Server(ThreadingHTTPServer):
    """``answers`` by path under /v1/: status, body, headers. ``heard``: method, path, token."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, tuple[int, Any, dict[str, str]]] = {
            "catalog/nodes": (200, NODES, {"X-Consul-Index": "7"}),
            "health/state/any": (200, CHECKS, {"X-Consul-Index": "9"}),
            "internal/acl/authorize": (200, RIGHTS, {}),
        }
        self.heard: list[tuple[str, str, str]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        token = self.headers.get("X-Consul-Token", "")
        self.server.heard.append((self.command, self.path, token))
        path = self.path.split("?")[0].removeprefix("/v1/")
        status, body, headers = self.server.answers.get(path, (404, "", {}))
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(raw))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815  the library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  as the library names it
        """Nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(SECRET + "\n")
    return path


@pytest.fixture
def consuls() -> Iterator[Consuls]:
    consuls = Consuls(SystemClock(), Silent())
    yield consuls
    consuls.close()


@pytest.fixture
def spec(server: Server, token_file: Path) -> ConsulSpec:
    return ConsulSpec(f"http://127.0.0.1:{server.server_port}", str(token_file))


async def test_the_token_is_a_header_and_never_in_a_url(
    server: Server, consuls: Consuls, spec: ConsulSpec
) -> None:
    news = await consuls.catalog(spec).watch()
    assert [(node.name, node.serf) for node in news.changed] == [("server", Serf.ALIVE)]
    await consuls.store(spec).get("a b")
    assert {token for _, _, token in server.heard} == {SECRET}
    assert not [path for _, path, _ in server.heard if "token" in path or SECRET in path]
    assert ("GET", "/v1/kv/a%20b?consistent=", SECRET) in server.heard


async def test_without_a_token_file_no_token_is_sent(
    server: Server, consuls: Consuls, spec: ConsulSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", SECRET)
    assert await consuls.store(ConsulSpec(spec.address)).get("x") is None
    assert [token for _, _, token in server.heard] == [""]


async def test_a_datacenter_goes_with_every_question(
    server: Server, consuls: Consuls, token_file: Path, spec: ConsulSpec
) -> None:
    there = ConsulSpec(spec.address, str(token_file), datacenter="tokyo")
    await consuls.catalog(there).watch()
    asked = [path for _, path, _ in server.heard if "authorize" not in path]
    assert len(asked) == 2
    assert not [path for path in asked if "dc=tokyo" not in path]


@pytest.mark.parametrize(
    ("path", "answer", "code", "words"),
    [
        ("catalog/nodes", (200, [], {}), "Unavailable", "not even a server is in it"),
        ("catalog/nodes", (200, "<html>", {}), "Garbled", "is Consul's HTTP API"),
        ("catalog/nodes", (200, {"a": 1}, {}), "Garbled", "is Consul's HTTP API"),
        ("catalog/nodes", (403, "ACL not found", {}), "Unauthorised", "403: ACL not found"),
        ("catalog/nodes", (404, "no", {}), "Refused", "404: no"),
        ("health/state/any", (500, "No cluster leader", {}), "Unavailable", "a leader"),
        ("internal/acl/authorize", (200, [{"Allow": False}], {}), "Unauthorised", "every node"),
        ("internal/acl/authorize", (200, [], {}), "Garbled", "not of what was asked"),
        ("internal/acl/authorize", (200, "x", {}), "Garbled", "rights cannot be read"),
        ("internal/acl/authorize", (405, "", {}), "Refused", "405: it cannot say what"),
        (
            "catalog/nodes",
            (200, NODES, {"X-Consul-Results-Filtered-By-ACLs": "true"}),
            "Unauthorised",
            "leaves out what the token may not read",
        ),
    ],
)
async def test_what_is_no_catalog_is_an_error_and_never_empty(
    server: Server,
    consuls: Consuls,
    spec: ConsulSpec,
    *,
    path: str,
    answer: Any,
    code: str,
    words: str,
) -> None:
    server.answers[path] = answer
    with pytest.raises(CatalogError) as raised:
        await consuls.catalog(spec).watch()
    assert raised.value.code == code
    assert words in str(raised.value)
    assert SECRET not in str(raised.value)
    assert "\n" not in str(raised.value)


async def test_consul_without_acls_lets_everybody_see(
    server: Server, consuls: Consuls, spec: ConsulSpec
) -> None:
    server.answers["internal/acl/authorize"] = (401, "ACL support disabled", {})
    assert len((await consuls.catalog(spec).watch()).changed) == 1


async def test_a_redirect_is_not_followed_with_the_token(
    server: Server, consuls: Consuls, spec: ConsulSpec
) -> None:
    server.answers["kv/x"] = (302, "", {"Location": "http://127.0.0.1:1/elsewhere"})
    with pytest.raises(StoreError, match="answered with a redirect"):
        await consuls.store(spec).get("x")
    assert len(server.heard) == 1


async def test_indexes_are_followed_reset_and_never_zero(
    server: Server, consuls: Consuls, spec: ConsulSpec
) -> None:
    catalog = consuls.catalog(spec)
    for index in ("7", "0", "5", ""):  # asked afterwards with 7, with none, with 5, with none
        headers = {"X-Consul-Index": index} if index else {}
        server.answers["catalog/nodes"] = (200, NODES, headers)
        before = _asked(server)
        while _asked(server) == before:
            await catalog.watch()
    asked = [path for _, path, _ in server.heard if "catalog/nodes" in path]
    indexes = [path.partition("index=")[2].split("&")[0] for path in asked]
    assert indexes[:4] == ["", "7", "", "5"]
    assert all("wait=20s" in path for path in asked if "index=" in path)


def _asked(server: Server) -> int:
    return len([path for _, path, _ in server.heard if "catalog/nodes" in path])


async def test_a_write_that_consul_refuses_is_told_apart_from_one_that_came_too_late(
    server: Server, consuls: Consuls, spec: ConsulSpec
) -> None:
    store = consuls.store(spec)
    late = {"Results": None, "Errors": [{"What": 'failed to set key "x", index is stale'}]}
    server.answers["txn"] = (409, late, {})
    assert await store.put("x", b"", 3) is None
    for status, body, code in (
        (409, {"Errors": [{"What": "Permission denied"}]}, "Unauthorised"),
        (409, {"Errors": [{"What": "odd"}]}, "Refused"),
        (413, "too large", "Refused"),
        (500, "No cluster leader", "Unavailable"),
    ):
        server.answers["txn"] = (status, body, {})
        with pytest.raises(StoreError) as raised:
            await store.put("x", b"", 3)
        assert (raised.value.code, raised.value.ambiguous) == (code, status == 500)
