"""The real command line, typed at a stage: over HTTP, on a terminal of 80 columns and 24 lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest import mock

from click.testing import CliRunner

from daemonctl.cli import failing, show
from daemonctl.cli.main import main
from daemonctl.ports import Sink
from daemonctl.runtime.commands import Answered, Command
from daemonctl.runtime.report import Report
from tests.stand_ins.api import serving

VT100 = failing.Screen(80, 24)
_CLEAN = ("SERVER", "CONFIG", "TOKEN_FILE", "CA_FILE", "CERT_FILE", "KEY_FILE")


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


def typed(*words: str, server: str = "") -> list[str]:
    """What `daemonctl …` shows, and its exit code where that is not 0."""
    env: dict[str, str | None] = {f"DAEMONCTL_{name}": None for name in _CLEAN}
    done = CliRunner().invoke(
        main, list(words), env=env | {"DAEMONCTL_SERVER": server or None}, prog_name="daemonctl"
    )
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
        with serving(self._report, _Nobody(), self._sink) as url, terminal(self._now):
            return typed(*words, server=url)
