"""ports.Store in memory, which fails as it is told."""

from __future__ import annotations

from daemonctl.ports.consul import Stored, StoreError

DOWN = StoreError("Unreachable", "Consul cannot be reached")


class MemoryStore:
    """Check-and-set as Consul's. Give one to several controllers, and they share it.

    ``down`` fails every call, undone. ``lost`` is how many of the next writes work and lose their
    answer (an ambiguous error).
    """

    def __init__(self) -> None:
        self.values: dict[str, Stored] = {}
        self.writes = 0
        self.down = False
        self.lost = 0
        self._index = 0

    async def get(self, key: str) -> Stored | None:
        self._reachable()
        return self.values.get(key)

    async def put(self, key: str, value: bytes, index: int) -> int | None:
        self._reachable()
        if index != self._index_of(key):
            return None
        self._index += 1
        self.writes += 1
        self.values[key] = Stored(key, value, self._index)
        self._answer()
        return self._index

    async def delete(self, key: str, index: int) -> bool:
        self._reachable()
        if key in self.values and index != self._index_of(key):
            return False
        self._index += 1
        self.writes += 1
        self.values.pop(key, None)
        self._answer()
        return True

    async def list(self, prefix: str) -> tuple[Stored, ...]:
        self._reachable()
        return tuple(self.values[key] for key in sorted(self.values) if key.startswith(prefix))

    def _index_of(self, key: str) -> int:
        held = self.values.get(key)
        return held.index if held else 0

    def _reachable(self) -> None:
        if self.down:
            raise DOWN

    def _answer(self) -> None:
        if self.lost:
            self.lost -= 1
            raise StoreError("Timeout", "the answer was lost", ambiguous=True)
