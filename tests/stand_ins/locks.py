"""ports.lease.Lease in memory, by Consul's rules, which fails as it is told."""

from __future__ import annotations

import asyncio

from daemonctl.ports import Clock
from daemonctl.ports.lease import LeaseError, Lock

DOWN = LeaseError("Unreachable", "Consul cannot be reached")
TTLS = 2
"""Consul ends a session at twice its TTL (structs.SessionTTLMultiplier)."""


class Locks:
    """One lock store. ``down`` fails every call of everybody; ``cut`` those of one replica."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.down = False
        self.sessions: dict[str, tuple[str, float, float, float]] = {}  # name, ttl, delay, ends
        self.locks: dict[str, Lock] = {}
        self.back: dict[str, float] = {}  # keys that are held back, and until when
        self.waiting: dict[asyncio.Future[None], None] = {}
        self.made = 0

    def expire(self) -> None:
        now = self.clock.now()
        for session in [one for one, row in self.sessions.items() if row[3] <= now]:
            self.end(session)

    def end(self, session: str) -> None:
        """Invalidates a session, as Consul does at its end."""
        _, _, delay, _ = self.sessions.pop(session)
        for key, lock in self.locks.items():
            if lock.session == session:
                self.locks[key] = Lock("", lock.value)
                self.back[key] = self.clock.now() + delay
        self.tell()

    def tell(self) -> None:
        waiting, self.waiting = self.waiting, {}
        for future in waiting:
            if not future.done():
                future.set_result(None)


class MemoryLease:
    """One replica's way to the locks."""

    def __init__(self, locks: Locks) -> None:
        self.locks = locks
        self.cut = False
        self.calls: list[str] = []

    def _reach(self, call: str) -> None:
        self.calls.append(call)
        if self.locks.down or self.cut:
            raise DOWN
        self.locks.expire()

    async def join(self, name: str, ttl: float, lock_delay: float) -> str:
        self._reach("join")
        locks = self.locks
        locks.made += 1
        session = f"s{locks.made:03}"
        locks.sessions[session] = (name, ttl, lock_delay, locks.clock.now() + TTLS * ttl)
        locks.tell()
        return session

    async def renew(self, session: str) -> bool:
        self._reach("renew")
        row = self.locks.sessions.get(session)
        if row is None:
            return False
        self.locks.sessions[session] = (*row[:3], self.locks.clock.now() + TTLS * row[1])
        return True

    async def leave(self, session: str) -> None:
        self._reach("leave")
        if session in self.locks.sessions:
            self.locks.end(session)

    async def sessions(self, name: str) -> tuple[str, ...]:
        self._reach("sessions")
        return tuple(sorted(one for one, row in self.locks.sessions.items() if row[0] == name))

    async def changed(self) -> None:
        self._reach("changed")
        future = asyncio.get_running_loop().create_future()
        self.locks.waiting[future] = None
        end = asyncio.create_task(self.locks.clock.sleep(0.5))
        try:
            await asyncio.wait({future, end}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.locks.waiting.pop(future, None)
            end.cancel()
            await asyncio.gather(end, return_exceptions=True)
        self._reach("changed")

    async def lock(self, key: str) -> Lock | None:
        self._reach("lock")
        return self.locks.locks.get(key)

    async def acquire(self, key: str, session: str, value: bytes) -> bool:
        self._reach("acquire")
        locks = self.locks
        held = locks.locks.get(key)
        taken = held is not None and held.session not in ("", session)
        back = locks.back.get(key, 0.0) > locks.clock.now()
        if session not in locks.sessions or taken or back:
            return False
        locks.locks[key] = Lock(session, value)
        return True

    async def release(self, key: str, session: str) -> bool:
        self._reach("release")
        held = self.locks.locks.get(key)
        if held is None or held.session != session:
            return False
        self.locks.locks[key] = Lock("", held.value)
        return True
