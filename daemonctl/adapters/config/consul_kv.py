"""A config in Consul's key-value store: a blocking query waits for its changes."""

from __future__ import annotations

from daemonctl.adapters.config.remote import Text
from daemonctl.ports import SourceError
from daemonctl.ports.consul import Key, Stored, StoreError


class ConsulValue:
    """``consul:key``."""

    def __init__(self, key: Key, ref: str) -> None:
        self._key = key
        self._ref = ref

    async def read(self) -> Text:
        """See remote.Place."""
        try:
            return self._text(await self._key.get())
        except StoreError as error:
            raise self._told(error) from None

    async def look(self, mark: str) -> Text | None:
        """See remote.Place."""
        if not mark:
            return await self.read()
        try:
            text = self._text(await self._key.wait(int(mark)))
        except StoreError as error:
            raise self._told(error) from None
        return None if text.mark == mark else text

    def close(self) -> None:
        """See remote.Place."""
        self._key.close()

    def _text(self, found: Stored | None) -> Text:
        if found is None:
            words = "there is no such key; put it there with `consul kv put`, or check --config"
            raise SourceError(f"the config {self._ref} cannot be read: {words}")
        return Text(found.value, str(found.index))

    def _told(self, error: StoreError) -> SourceError:
        return SourceError(f"the config {self._ref} cannot be read: {error.code}: {error.message}")
