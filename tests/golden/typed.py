"""The real command line, typed at a stage: over HTTP, on a terminal of 80 columns and 24 lines."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from unittest import mock

from click.testing import CliRunner

from daemonctl.cli import failing, show
from daemonctl.cli.main import main
from daemonctl.ports import Sink
from daemonctl.runtime.commands import Answered, Command
from daemonctl.runtime.report import Report
from tests.stand_ins.api import serving

VT100 = failing.Screen(80, 24)


_NOWHERE = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1",
}
"""No account, no region and no proxy of whoever runs the tests."""


@contextmanager
def logging_kept() -> Iterator[None]:
    """``open_log`` takes over Python's own logging; not in tests."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


class _Nobody:
    """No operator's command is carried out here."""

    async def order(self, command: Command, alias: str = "") -> tuple[Answered, ...]:
        raise AssertionError(f"nobody asks for {command} on {alias} here")


@contextmanager
def terminal(now: Callable[[], float]) -> Iterator[None]:
    """Whoever writes to stderr sees a terminal, and ages are counted to ``now``."""

    clock = mock.Mock(spec=datetime)
    clock.now = lambda zone: datetime.fromtimestamp(now(), zone)
    with (
        mock.patch.object(show, "datetime", clock),
        mock.patch.object(failing, "screen_of_stderr", return_value=VT100),
    ):
        yield


def typed(*words: str, server: str = "", **env: str) -> list[str]:
    """What `daemonctl …` shows, and its exit code where that is not 0.

    In a thread: a story is told in an event loop, and some commands have one of their own.
    """
    ours = [name for name in os.environ if name.startswith(("AWS_", "CONSUL_", "DAEMONCTL_"))]
    clean: dict[str, str | None] = dict.fromkeys(ours) | _NOWHERE
    asked = clean | {"DAEMONCTL_SERVER": server or None} | env
    run = partial(CliRunner().invoke, main, list(words), env=asked, prog_name="daemonctl")
    with ThreadPoolExecutor(1) as pool, logging_kept():
        done = pool.submit(run).result()
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    ended = [f"[exit {done.exit_code}]"] if done.exit_code else []
    return [*done.output.splitlines(), *ended]


class Typist:
    """Types commands at one report."""

    def __init__(self, report: Report, now: Callable[[], float], sink: Sink) -> None:
        self._report = report
        self._now = now
        self._sink = sink

    def types(self, *words: str) -> list[str]:
        with self.listening() as url, terminal(self._now):
            return typed(*words, server=url)

    def listening(self, **how: str) -> AbstractContextManager[str]:
        """The API over HTTP."""
        return serving(self._report, _Nobody(), self._sink, token_file=how.get("token_file", ""))
