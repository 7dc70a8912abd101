"""The example cluster of the http suite, and a controller's listeners over it in a thread."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from daemonctl.cli.main import main
from daemonctl.model.spec import TlsSpec
from tests.stand_ins import api

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


@contextmanager
def _serving(
    example: SimpleNamespace, token_file: str = "", tls: TlsSpec | None = None
) -> Iterator[str]:
    there = (example.report, example.orders, example.heard)
    with api.serving(*there, token_file=token_file, tls=tls) as url:
        yield url


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
