"""What the suite over ports.SpecSource needs of each kind of source."""

from __future__ import annotations

from typing import Protocol

from daemonctl.ports import SpecSource


class Bench(Protocol):
    """``ref`` is how an operator names the config."""

    @property
    def ref(self) -> str: ...

    def source(self, *, reachable: bool = True) -> SpecSource:
        """A new one, as a process that starts has it; or one whose service is not there."""
        ...

    async def put(self, text: str) -> None: ...

    async def remove(self) -> None: ...
