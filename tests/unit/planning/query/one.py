"""A subject of which every name has one value."""

from __future__ import annotations


class One:
    def __init__(self, value: str) -> None:
        self._value = value

    def values(self, subject: str) -> tuple[str, ...] | None:
        return (self._value,)
