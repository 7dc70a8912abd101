"""A config that is somewhere else: read, and read again when it may have changed."""

from __future__ import annotations

import hashlib
from typing import Protocol

from msgspec import Struct

from daemonctl.adapters.config.parse import parse
from daemonctl.model.spec import Installation


class Text(Struct, frozen=True):
    """A config as it was written. ``mark`` differs wherever the text does."""

    raw: bytes
    mark: str


class Place(Protocol):
    """Where the text is. Both methods raise SourceError."""

    async def read(self) -> Text:
        """The text as it is now."""
        ...

    async def look(self, mark: str) -> Text | None:
        """Waits a while, and reads again; None where it still is at ``mark``."""
        ...

    def close(self) -> None:
        """Ends every wait at once."""
        ...


class RemoteSource:
    """ports.SpecSource over a place. A change is another content, not another mark alone.

    Args:
        ref: The source as the operator named it; JSON where it ends so.
        place: Where to read.
    """

    def __init__(self, ref: str, place: Place) -> None:
        self._ref = ref
        self._place = place
        self._seen: Text | None = None  # what came last
        self._loaded = ""

    async def load(self) -> Installation:
        """See ports.SpecSource.

        Raises:
            ConfigError: it has faults.
            SourceError: it cannot be read.
        """
        if self._seen is None:
            self._seen = await self._place.read()
        # Before anything can fail: a bad edit is told once, not at each look.
        self._loaded = _digest(self._seen)
        return parse(self._seen.raw, self._ref, as_json=self._ref.lower().endswith(".json"))

    async def look(self) -> bool:
        """See ports.SpecSource."""
        news = await self._place.look("" if self._seen is None else self._seen.mark)
        if news is not None:
            self._seen = news
        return self._seen is not None and _digest(self._seen) != self._loaded

    def close(self) -> None:
        """See ports.SpecSource."""
        self._place.close()


def _digest(text: Text) -> str:
    return hashlib.sha256(text.raw).hexdigest()
