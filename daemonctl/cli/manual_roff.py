"""The manual page daemonctl(1) as roff, for man(1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.cli.manual_tree import Entry

_NAME = r"daemonctl \- keep daemons on every container instance of an Amazon ECS cluster"

_ESCAPES = str.maketrans(
    {
        "\\": r"\e",
        "-": r"\-",
        "'": r"\(aq",
        "`": r"\(ga",
        "^": r"\(ha",
        "~": r"\(ti",
        "…": "...",
    }
)
"""Characters that roff takes for something else, or prints as another one."""


def roff(entries: Sequence[Entry]) -> str:
    """The page. No date and no version is in it: the same program prints the same page."""
    return "".join(f"{line}\n" for line in _lines(entries))


def _lines(entries: Sequence[Entry]) -> Iterator[str]:
    root, *commands = entries
    yield '.TH DAEMONCTL 1 "" "daemonctl" "daemonctl"'
    yield ".SH NAME"
    yield _NAME
    yield ".SH SYNOPSIS"
    yield from (rf"\fB{_quoted(root.usage)}\fR",)
    yield ".SH DESCRIPTION"
    yield from _paragraphs(root.words)
    yield from _terms("OPTIONS", root.options, macro=".SH")
    yield ".SH COMMANDS"
    for entry in commands:
        yield rf".SS {_quoted(' '.join(entry.path))}"
        yield rf"\fB{_quoted(entry.usage)}\fR"
        yield from _paragraphs(entry.words)
        yield from _terms("Options:", entry.options)
        if entry.page is not None:
            yield from _examples(entry.page.examples)
            exits = [(str(code), words) for code, words in entry.page.exits.items()]
            yield from _terms("Exit codes:", exits)
        yield from _terms("Environment:", entry.environment)
    yield ".SH FILES"
    yield from _terms("", [("daemonctl.yaml", "the config, where --config does not name it")])


def _paragraphs(words: Sequence[str]) -> Iterator[str]:
    for each in words:
        yield ".PP"
        yield _quoted(each)


def _terms(heading: str, rows: Sequence[tuple[str, str]], macro: str = ".PP") -> Iterator[str]:
    if not rows:
        return
    if heading:
        yield from (f".SH {heading}",) if macro == ".SH" else (".PP", heading)
    for term, words in rows:
        yield ".TP"
        yield rf"\fB{_quoted(term)}\fR"
        yield _quoted(words)


def _examples(examples: Sequence[str]) -> Iterator[str]:
    yield ".PP"
    yield "Examples:"
    yield ".PP"
    yield ".nf"
    for each in examples:
        yield f"    {_quoted(each)}"
    yield ".fi"


def _quoted(text: str) -> str:
    """Text that roff prints as it is: dashes for the shell, no line that is a request."""
    whole = text.translate(_ESCAPES)
    return rf"\&{whole}" if whole.startswith(".") else whole
