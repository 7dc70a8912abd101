"""The example cluster of the http suite, and a controller's listeners over it in a thread."""

from __future__ import annotations

import asyncio
import runpy
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from prometheus_client import CollectorRegistry

from daemonctl.cli.main import main
from daemonctl.http.serve import serve
from daemonctl.model.spec import HttpSpec, TlsSpec
from daemonctl.runtime.liveness import LoopTurn

Serving = Callable[..., AbstractContextManager[str]]
Cli = Callable[..., Result]
FILES = tuple(f"DAEMONCTL_{name}_FILE" for name in ("TOKEN", "CA", "CERT", "KEY"))


@pytest.fixture(scope="session")
def ex() -> SimpleNamespace:
    """The names of ``example.py``; run once, for folders of tests are not packages."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "http" / "example.py")))


@pytest.fixture
def example(ex: SimpleNamespace) -> SimpleNamespace:
    made: SimpleNamespace = ex.Example()
    return made


class _Still:
    def now(self) -> float:
        return 0.0

    def loops(self) -> Sequence[LoopTurn]:
        return ()


@contextmanager
def _serving(
    example: SimpleNamespace, token_file: str = "", tls: TlsSpec | None = None
) -> Iterator[str]:
    """A server's URL, for as long as the context lasts."""
    ready: list[int] = []
    up = threading.Event()
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    async def run() -> None:
        spec = HttpSpec("127.0.0.1:0", "127.0.0.1:0", token_file, tls=tls)
        there = (example.report, _Still(), example.orders, CollectorRegistry())
        async with serve(spec, *there, sink=example.heard) as served:
            ready.append(served.api[1])
            up.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        assert up.wait(30)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{ready[0]}"
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(30)
        loop.close()


@pytest.fixture
def serving() -> Serving:
    return _serving


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs `daemonctl …` in this process."""
    for name in (*FILES, "DAEMONCTL_SERVER", "DAEMONCTL_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str, **env: str) -> Result:
        return CliRunner().invoke(main, list(words), env=env, prog_name="daemonctl")

    return run


@pytest.fixture
def token(tmp_path: Path) -> str:
    path = tmp_path / "token"
    path.write_text("t0ken\n")
    return str(path)
