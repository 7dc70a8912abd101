"""Whether the process turns and is ready, as probes are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from daemonctl.runtime.report_rows import Document


class Turn(Document, frozen=True):
    """A loop, and how long ago it came round, in seconds."""

    name: str
    age: float


class Alive(Document, frozen=True):
    """Every loop came round within its bound."""

    loops: tuple[Turn, ...]
    status: Literal["ok"] = "ok"


class Ready(Document, frozen=True):
    """Every cluster that this replica leads was seen whole."""

    clusters: tuple[str, ...]  # those that it leads
    standby: tuple[str, ...]  # those that another replica leads, or none
    status: Literal["ok"] = "ok"


class LoopTurn(Struct, frozen=True):
    """When a loop last came round, and how long a round may take, in seconds."""

    name: str
    last: float
    bound: float


class Liveness(Protocol):
    """Whether the process turns, whatever AWS does."""

    def now(self) -> float:
        """The clock that ``LoopTurn.last`` was read from."""
        ...

    def loops(self) -> Sequence[LoopTurn]:
        """Every loop that has to turn."""
        ...
