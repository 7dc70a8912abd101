"""Colour: on a terminal, and nowhere else."""

from __future__ import annotations

import io

import pytest

from daemonctl.cli.show import coloured, print_lines


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def no_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_codes_are_red_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    print_lines(["registrator BACKOFF on 3", "all is well"])
    assert terminal.getvalue() == "registrator \x1b[31mBACKOFF\x1b[0m on 3\nall is well\n"


def test_who_wants_no_colour_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured("BACKOFF") == "BACKOFF"


def test_a_file_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert coloured("BACKOFF") == "BACKOFF"
