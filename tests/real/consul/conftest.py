"""One Consul server for the suite; those that a test breaks are its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.consul.bench import ALL, RealBench
from tests.real.consul.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Shared by the tests of a file."""
    with Server(tmp_path_factory.mktemp("consul") / "server") as server:
        yield server


@pytest.fixture
def bench(server: Server, tmp_path: Path) -> Iterator[RealBench]:
    bench = RealBench(server, tmp_path / "token", ALL)
    yield bench
    bench.consuls.close()
