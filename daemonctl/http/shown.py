"""Text from outside, as it may stand in the journal and in the log."""

from __future__ import annotations

from typing import Final

_LONGEST: Final = 120  # characters


def shown(text: str) -> str:
    """One line of it, without what cannot be seen."""
    return "".join(each if each.isprintable() else " " for each in text).strip()[:_LONGEST]
