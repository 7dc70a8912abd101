"""What daemonctl needs of Consul, as protocols: its key-value store, and who is in a datacenter."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from daemonctl.model.discovery import Node
from daemonctl.ports.errors import PortError


class ConsulError(PortError):
    """A call to Consul that did not succeed.

    ``ambiguous`` is True where a write may have worked all the same (time-out, connection lost,
    5xx): read before writing again. ``code`` is one of ``Unreachable``, ``Timeout``,
    ``Unauthorised`` (the token may not, or may not see everything), ``Refused`` (4xx: trying again
    does not help), ``Unavailable`` (5xx, such as a Consul without a leader), ``Garbled`` (an
    answer that is not Consul's) and ``Closed`` (daemonctl is shutting down). ``message`` is one
    line for the operator: what failed, why, the next step.
    """


class StoreError(ConsulError):
    """The store did not do it."""


class CatalogError(ConsulError):
    """The catalog could not be read or changed. It is never read as an empty one."""


class Stored(Struct, frozen=True):
    """A key as it stands. ``index`` changes with every write of the key and is never 0."""

    key: str
    value: bytes
    index: int


class Store(Protocol):
    """Keys and values that outlive the process. Keys are paths without a leading slash.

    What the values hold, and under which keys, is ``model.stored``'s. Values stay under 512 KiB,
    Consul's limit. Every method raises StoreError.
    """

    async def get(self, key: str) -> Stored | None:
        """The key as the leader has it now, None where there is no such key."""
        ...

    async def put(self, key: str, value: bytes, index: int) -> int | None:
        """Writes if the key still is at ``index`` (0: does not exist).

        Returns the new index, or None where somebody else has written the key: nothing is changed.
        """
        ...

    async def delete(self, key: str, index: int) -> bool:
        """Deletes if the key still is at ``index`` (at least 1). True where there is none after."""
        ...

    async def list(self, prefix: str) -> tuple[Stored, ...]:
        """Every key that begins with ``prefix``, in order of keys."""
        ...


class Key(Protocol):
    """One key, for one who follows it. Every method raises StoreError."""

    async def get(self) -> Stored | None:
        """The key as the leader has it now, None where there is no such key."""
        ...

    async def wait(self, index: int) -> Stored | None:
        """The key once it is not at ``index`` any more, or as it is after half a minute."""
        ...

    def close(self) -> None:
        """Ends every wait at once."""
        ...


class CatalogNews(Struct, frozen=True):
    """What differs from what was told before, confirmed by Consul at ``as_of`` (epoch seconds)."""

    changed: tuple[Node, ...]  # in order of names
    gone: tuple[str, ...]
    as_of: float


class Catalog(Protocol):
    """The nodes of one datacenter. Every method raises CatalogError."""

    async def watch(self) -> CatalogNews:
        """Waits for news, at most half a minute: then there may be none, and ``as_of`` is newer.

        The first call tells every node. After an error the next call asks afresh, and tells what
        differs from what was told before it.
        """
        ...
