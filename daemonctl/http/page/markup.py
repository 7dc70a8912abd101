"""HTML without a way to forget escaping: whatever is not ``Markup`` already is text."""

from __future__ import annotations

from html import escape


class Markup(str):
    """HTML that was made here. Never made of anything that came from outside."""

    __slots__ = ()


Piece = str | int | None
"""Text, or ``Markup``; None and "" are nothing."""

_VOID = ("link", "meta", "input", "br")


def text(piece: Piece) -> str:
    """A piece as HTML."""
    if piece is None:
        return ""
    return str(piece) if isinstance(piece, Markup) else escape(str(piece))


def join(*pieces: Piece) -> Markup:
    """Pieces one after the other."""
    return Markup("".join(text(piece) for piece in pieces))


def tag(name: str, /, *children: Piece, **attributes: str | int | bool | None) -> Markup:
    """An element. ``class_`` and ``for_`` lose their underscore, others get dashes for theirs.

    An attribute that is None or False is left out, one that is True stands without a value.
    """
    said = "".join(
        f" {_name(each)}" if value is True else f' {_name(each)}="{escape(str(value))}"'
        for each, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{join(*children)}</{name}>")


def _name(attribute: str) -> str:
    return attribute.rstrip("_").replace("_", "-")
