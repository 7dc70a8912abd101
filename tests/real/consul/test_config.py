"""The contract of ports.SpecSource by a config in a real Consul, whose ACLs deny by default."""

from __future__ import annotations

import asyncio
import base64
import uuid
from pathlib import Path

import pytest

from daemonctl.ports import SourceError, SpecSource
from daemonctl.sources import open_source
from tests.contract.config.suite import *  # noqa: F403  the whole suite
from tests.contract.config.suite import SHORTEST
from tests.real.consul.server import Server
from tests.unit.adapters.conftest import StandingClock


class RealBench:
    """A key of its own, and a token that may read it and nothing else."""

    def __init__(self, server: Server, token_file: Path) -> None:
        self.server = server
        self.key = f"prod {uuid.uuid4().hex}/daemonctl"
        self.ref = f"consul:{self.key}"
        self.token_file = token_file
        token_file.write_text(server.token(f'key "{self.key}" {{ policy = "read" }}') + "\n")

    def source(self, *, reachable: bool = True) -> SpecSource:
        where = self.server.url if reachable else "http://127.0.0.1:1"
        environ = {"CONSUL_HTTP_ADDR": where, "CONSUL_HTTP_TOKEN_FILE": str(self.token_file)}
        return open_source(self.ref, StandingClock(), environ)

    async def put(self, text: str) -> None:
        value = base64.b64encode(text.encode()).decode()
        change = {"Verb": "set", "Key": self.key, "Value": value}
        await asyncio.to_thread(self.server.ask, "PUT", "txn", [{"KV": change}])

    async def remove(self) -> None:
        change = {"Verb": "delete", "Key": self.key}
        await asyncio.to_thread(self.server.ask, "PUT", "txn", [{"KV": change}])


@pytest.fixture
def bench(server: Server, tmp_path: Path) -> RealBench:
    return RealBench(server, tmp_path / "token")


async def test_a_token_that_may_not_is_told_with_what_it_needs(bench: RealBench) -> None:
    await bench.put(SHORTEST)
    token = bench.server.token('key "other" { policy = "read" }')
    bench.token_file.write_text(token)
    source = bench.source()
    with pytest.raises(SourceError, match=r"Unauthorised.*CONSUL_HTTP_TOKEN_FILE") as raised:
        await source.load()
    assert f'key "{bench.key}" {{ policy = "read" }}' in str(raised.value)
    assert token not in str(raised.value)
    bench.token_file.unlink()
    bench.token_file.write_text(bench.server.token(f'key "{bench.key}" {{ policy = "read" }}'))
    assert (await source.load()).owner == "prod"
    source.close()
