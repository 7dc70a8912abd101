"""Plays a story and gives what was read in it."""

from __future__ import annotations

from pathlib import Path

from tests.golden.stage import Stage, end_all
from tests.golden.stories import STORIES
from tests.simulation.loop import VirtualLoop

TRANSCRIPTS = Path(__file__).with_name("transcripts")


def played(name: str) -> str:
    """The transcript of a story, as it is now."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(_played(loop, name))
    finally:
        loop.run_until_complete(end_all())
        loop.close()


async def _played(loop: VirtualLoop, name: str) -> str:
    stage = Stage(loop)
    await STORIES[name](stage)
    await stage.end()
    return "".join(f"{line}\n" for line in stage.lines)


def path_of(name: str) -> Path:
    """Where the transcript is kept."""
    return TRANSCRIPTS / f"{name}.txt"


def commands(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a transcript with the lines that each printed."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line, []))
        elif found and not line.startswith("# "):
            found[-1][1].append(line)
    return found
