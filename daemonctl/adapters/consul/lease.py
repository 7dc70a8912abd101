"""Consul's sessions and locks behind ports.lease.Lease.

A session of Consul's belongs to a node and ends when that node leaves the catalog. It is put on a
server's, not on that of the agent that is asked: rolling the agent on daemonctl's own host, which
daemonctl does itself, must not cost it its leases.
"""

from __future__ import annotations

import asyncio
import base64
from http import HTTPStatus
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from daemonctl.adapters.consul.client import Answer, ConsulClient
from daemonctl.adapters.consul.errors import TIMEOUT, Asking, told_as
from daemonctl.adapters.consul.query import PAUSE_SECONDS, WAIT_SECONDS
from daemonctl.ports import Clock
from daemonctl.ports.consul import ConsulError
from daemonctl.ports.lease import LeaseError, Lock

T = TypeVar("T")

ATTEMPT_SECONDS: Final = 3.0
"""How long one call may take: what hangs longer is tried again, before a lease of 10 s ends."""

_ENDED: Final = "invalid session"
"""What Consul says, as a 500, of a lock for an ended session (agent/consul/kvs_endpoint.go)."""

_NEEDS: Final = 'session_prefix "" { policy = "write" }'


class _Made(Struct):
    id: str = msgspec.field(name="ID")


class _Session(Struct):
    id: str = msgspec.field(name="ID")
    name: str = msgspec.field(name="Name", default="")


class _Server(Struct, rename="pascal"):
    node: str


class _Pair(Struct, rename="pascal"):
    value: str | None = None
    session: str = ""


class ConsulLease:
    """Locks of one datacenter.

    Args:
        calling: Whom to ask; closed by whoever made it.
        watching: The same, for ``changed``; it must bear to wait for ``query.HELD_SECONDS``.
        clock: For pacing.
        datacenter: Whose locks, "" for that of the agent.
    """

    def __init__(
        self, calling: ConsulClient, watching: ConsulClient, clock: Clock, datacenter: str = ""
    ) -> None:
        self._calling = calling
        self._watching = watching
        self._clock = clock
        self._where = {"dc": datacenter} if datacenter else {}
        self._index = 0
        self._asked_at = 0.0

    async def join(self, name: str, ttl: float, lock_delay: float) -> str:
        """See ports.lease.Lease."""
        asking = self._asking("make a session", _NEEDS)
        node = await self._server()
        body = {
            "Name": name,
            "TTL": f"{ttl:g}s",
            "LockDelay": f"{lock_delay:g}s",
            "Behavior": "release",
            "NodeChecks": [],  # no health of any node: the TTL alone says whether we live
            "Checks": [],  # its name before Consul 1.7
            **({"Node": node} if node else {}),
        }
        answer = await self._call("put", "session/create", asking, {}, msgspec.json.encode(body))
        return _decoded(_ok(answer, asking), asking, _Made).id

    async def renew(self, session: str) -> bool:
        """See ports.lease.Lease."""
        asking = self._asking("renew its session", _NEEDS)
        answer = await self._call("put", f"session/renew/{session}", asking)
        if answer.status == HTTPStatus.NOT_FOUND:
            return False
        return bool(_decoded(_ok(answer, asking), asking, list[_Made]))

    async def leave(self, session: str) -> None:
        """See ports.lease.Lease."""
        asking = self._asking("end its session", _NEEDS)
        _ok(await self._call("put", f"session/destroy/{session}", asking), asking)

    async def sessions(self, name: str) -> tuple[str, ...]:
        """See ports.lease.Lease."""
        asking = self._asking("list sessions", _NEEDS)
        answer = await self._call("get", "session/list", asking, {"consistent": ""})
        listed = _decoded(_ok(answer, asking), asking, list[_Session])
        return tuple(sorted(each.id for each in listed if each.name == name))

    async def changed(self) -> None:
        """See ports.lease.Lease. A blocking query; no more than two a second."""
        asking = self._asking("watch sessions", _NEEDS)
        await self._clock.sleep(max(0.0, self._asked_at + PAUSE_SECONDS - self._clock.now()))
        self._asked_at = self._clock.now()
        blocking = {"index": str(self._index), "wait": f"{WAIT_SECONDS:.0f}s"}
        query = {**self._where, **(blocking if self._index else {})}
        with told_as(LeaseError):
            answer = await self._watching.call("get", "session/list", asking, params=query)
        index = _ok(answer, asking).index
        self._index = index if index >= self._index else 0

    async def lock(self, key: str) -> Lock | None:
        """See ports.lease.Lease."""
        asking = self._asking(f"read {key}", _writes(key))
        answer = await self._call("get", f"kv/{key}", asking, {"consistent": ""})
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        pair = _decoded(_ok(answer, asking), asking, list[_Pair])[0]
        return Lock(pair.session, base64.b64decode(pair.value or ""))

    async def acquire(self, key: str, session: str, value: bytes) -> bool:
        """See ports.lease.Lease."""
        asking = self._asking(f"take {key}", _writes(key))
        try:
            answer = await self._call("put", f"kv/{key}", asking, {"acquire": session}, value)
        except LeaseError as error:
            if _ENDED in error.message.lower():
                return False
            raise
        return _decoded(_ok(answer, asking), asking, bool)

    async def release(self, key: str, session: str) -> bool:
        """See ports.lease.Lease. Consul writes the value that comes with it: it is read first."""
        asking = self._asking(f"let go of {key}", _writes(key))
        held = await self.lock(key)
        if held is None or held.session != session:
            return False
        query = {"release": session}
        answer = await self._call("put", f"kv/{key}", asking, query, held.value)
        return _decoded(_ok(answer, asking), asking, bool)

    async def _server(self) -> str:
        """The node of one of Consul's servers, "" where none is to be seen: then the agent's."""
        asking = self._asking("see Consul's servers", 'service "consul" { policy = "read" }')
        answer = await self._call("get", "catalog/service/consul", asking)
        rows = _decoded(_ok(answer, asking), asking, list[_Server])
        return min((row.node for row in rows), default="")

    def _asking(self, what: str, needs: str) -> Asking:
        return Asking(self._calling.address, f"could not {what} in Consul", needs)

    async def _call(
        self,
        method: str,
        path: str,
        asking: Asking,
        params: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        query = {**self._where, **(params or {})}
        with told_as(LeaseError):
            try:
                async with asyncio.timeout(ATTEMPT_SECONDS):
                    return await self._calling.call(method, path, asking, params=query, body=body)
            except TimeoutError:
                raise ConsulError(
                    TIMEOUT, asking.silent(ATTEMPT_SECONDS, ambiguous=True).message, ambiguous=True
                ) from None


def _writes(key: str) -> str:
    return f'key_prefix "{key}" {{ policy = "write" }}'


def _ok(answer: Answer, asking: Asking) -> Answer:
    """Raises LeaseError for anything but 200."""
    with told_as(LeaseError):
        if answer.status != HTTPStatus.OK:
            raise asking.answered(answer.status, answer.body)
    return answer


def _decoded(answer: Answer, asking: Asking, kind: type[T]) -> T:
    with told_as(LeaseError):
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except msgspec.MsgspecError:
            raise asking.garbled("the answer cannot be read") from None
