"""Transcripts of the real controller in trouble, as the person who is paged reads them.

After a change that was meant: ``python -m tests.golden --update``, then read the difference.
"""

from __future__ import annotations

import difflib

import pytest

from tests.golden.play import TRANSCRIPTS, commands, path_of, played
from tests.golden.stories import STORIES

WIDTH = 80
LINES = 24
"""Of a terminal; a command may take as much for each failure that it tells of."""


@pytest.mark.parametrize("name", STORIES)
def test_transcript(name: str) -> None:
    held, now = path_of(name).read_text(encoding="utf-8"), played(name)
    difference = "".join(
        difflib.unified_diff(held.splitlines(True), now.splitlines(True), "held", "now")
    )
    assert not difference, f"{difference}\npython -m tests.golden --update {name}"


@pytest.mark.parametrize("name", STORIES)
def test_it_fits_a_terminal(name: str) -> None:
    for command, lines in commands(path_of(name).read_text(encoding="utf-8")):
        assert max(map(len, lines), default=0) <= WIDTH, command
        assert not [line for line in lines if line != line.rstrip()], command
        failures = sum(line.lstrip().lower().startswith("next:") for line in lines)
        assert len(lines) <= LINES * max(1, failures), command


@pytest.mark.parametrize("name", STORIES)
def test_what_fails_has_a_cause_and_a_next_step(name: str) -> None:
    """A daemon that is short somewhere comes with a reason, and a reason with a step."""
    text = path_of(name).read_text(encoding="utf-8")
    for command, lines in commands(text):
        said = "\n".join(lines)
        told = [line for line in lines if line.startswith("! ")]
        whys = [line for line in lines if line.strip().startswith("why:")]
        steps = [line for line in lines if line.lstrip().lower().startswith("next:")]
        if told or whys:
            step = ("daemonctl status ", "Check", "Allow", "Create", "by itself")
            assert steps or any(each in said for each in step), command
        if command.startswith("$ daemonctl explain"):
            assert said.count("  next: ") >= said.count("  should:"), command


def test_no_transcript_is_left_of_a_story_that_is_gone() -> None:
    assert sorted(path.stem for path in TRANSCRIPTS.glob("*.txt")) == sorted(STORIES)
