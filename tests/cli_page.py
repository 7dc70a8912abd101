"""docs/cli.md: what ``--help`` says of every command, on one page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from daemonctl.cli.documents import PRINTED
from daemonctl.cli.main import main
from daemonctl.cli.manual_tree import Entry, tree_of

_PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
_FROM = "\n## Commands\n"
"""What is above was written by hand."""


def page() -> str:
    """The page as Markdown."""
    written = _PAGE.read_text("utf-8").partition(_FROM)[0]
    return written + _FROM + "".join(f"{line}\n" for line in _commands(tree_of(main)[1:]))


def _commands(entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries:
        name = " ".join(entry.path)
        yield ""
        yield f"### {name}"
        if entry.page is None:
            yield from _paragraphs(entry.words)
            continue
        yield ""
        yield f"`{entry.usage}`"
        yield from _paragraphs(entry.words)
        yield from _block(entry.page.examples)
        yield from _list([(f"`{option}`", _sentence(words)) for option, words in entry.options])
        yield ""
        codes = (f"{code} {words}" for code, words in entry.page.exits.items())
        yield f"Exits {'; '.join(codes)}."
        if entry.environment:
            yield ""
            yield f"Environment: {'; '.join(f'`{key}` {what}' for key, what in entry.environment)}."
        schemas = [
            of for to, of in PRINTED.items() if to.split(" ")[: len(entry.path)] == [*entry.path]
        ]
        if schemas:
            files = ", ".join(
                f"[{each}.json](schemas/{each}.json)" for each in dict.fromkeys(schemas)
            )
            yield ""
            yield f"`-o json`: {files}."


def _paragraphs(words: Sequence[str]) -> Iterator[str]:
    for each in words:
        yield ""
        yield each


def _block(lines: Sequence[str]) -> Iterator[str]:
    yield ""
    yield "```sh"
    yield from lines
    yield "```"


def _list(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield from [""] if rows else []
    for term, words in rows:
        yield f"- {term}: {words}"


def _sentence(words: str) -> str:
    """In one line, as click puts defaults two blanks behind."""
    return " ".join(words.split())
