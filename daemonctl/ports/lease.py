"""Locks that end with whoever holds them: how replicas agree on who leads a cluster."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from daemonctl.ports.consul import ConsulError


class LeaseError(ConsulError):
    """The lock store did not answer, or refused. Who holds what is unknown then."""


class Lock(Struct, frozen=True):
    """A key that can be held. ``session`` is who holds it, "" for nobody."""

    session: str
    value: bytes  # of whoever holds it, or held it last


class Lease(Protocol):
    """Sessions, which live as long as they are renewed, and keys that they hold.

    A session ends at the earliest ``ttl`` seconds after the store heard of it last, and at the
    latest twice that (Consul: session TTL). With its end it lets go of all it holds; then nobody
    gets these for ``lock_delay`` seconds. What it released itself is free at once.
    Every method raises LeaseError.
    """

    async def join(self, name: str, ttl: float, lock_delay: float) -> str:
        """A new session. It does not depend on the health of any node."""
        ...

    async def renew(self, session: str) -> bool:
        """Keeps it alive; False where it has ended."""
        ...

    async def leave(self, session: str) -> None:
        """Ends it. What it still holds is held back for the lock delay: release first."""
        ...

    async def sessions(self, name: str) -> tuple[str, ...]:
        """The sessions of that name that are alive, in order of their ids."""
        ...

    async def changed(self) -> None:
        """Returns once sessions may have come or gone; after half a minute in any case."""
        ...

    async def lock(self, key: str) -> Lock | None:
        """Who holds a key; None where there never was such a lock."""
        ...

    async def acquire(self, key: str, session: str, value: bytes) -> bool:
        """Takes the key, or writes a new value into it where it is held already.

        False where another one holds it, it is held back, or the session has ended.
        """
        ...

    async def release(self, key: str, session: str) -> bool:
        """Lets go of a key; its value stays. False where the session does not hold it."""
        ...


class OwnTasks(Protocol):
    """daemonctl's own ECS service, where it runs as one."""

    async def mine(self) -> str:
        """The ARN of this process's own task, "" where it is none. Never raises."""
        ...

    async def running(self) -> tuple[str, ...]:
        """The RUNNING tasks of this process's service, the oldest first; () where it has none.

        Raises:
            ApiError: ECS could not be asked.
        """
        ...
