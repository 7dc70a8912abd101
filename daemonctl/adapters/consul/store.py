"""Consul's key-value store behind ports.consul.Store."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import TypeVar

import msgspec
from msgspec import Struct

from daemonctl.adapters.consul import rights
from daemonctl.adapters.consul.client import Answer, ConsulClient
from daemonctl.adapters.consul.errors import Asking, told_as
from daemonctl.ports.consul import Stored, StoreError

T = TypeVar("T")

_STALE = "index is stale"
"""What a transaction says of a check-and-set that came too late (agent/consul/state/txn.go)."""

_DENIED = "Permission denied"


class _Pair(Struct, rename="pascal"):
    key: str
    modify_index: int
    value: str | None = None


class _Result(Struct):
    kv: _Pair = msgspec.field(name="KV")


class _Failure(Struct, rename="pascal"):
    what: str = ""


class _Outcome(Struct, rename="pascal"):
    results: list[_Result] | None = None
    errors: list[_Failure] | None = None


class ConsulStore:
    """Reads are consistent: the leader asks the other servers whether it still leads.

    Args:
        client: Whom to ask; closed by whoever made it.
        datacenter: Whose store, "" for that of the agent.
    """

    def __init__(self, client: ConsulClient, datacenter: str = "") -> None:
        self._client = client
        self._where = {"dc": datacenter} if datacenter else {}

    async def get(self, key: str) -> Stored | None:
        """See ports.consul.Store."""
        asking = self._asking("read", key)
        with told_as(StoreError):
            answer = await self._call("get", f"kv/{key}", asking, {"consistent": ""})
            if answer.status == HTTPStatus.NOT_FOUND:
                return None
            return pairs_of(answer, asking)[0]

    async def put(self, key: str, value: bytes, index: int) -> int | None:
        """See ports.consul.Store. A transaction: unlike a plain write it tells the new index."""
        asking = self._asking("write", key)
        change = {
            "Verb": "cas",
            "Key": key,
            "Value": base64.b64encode(value).decode("ascii"),
            "Index": index,
        }
        body = msgspec.json.encode([{"KV": change}])
        with told_as(StoreError):
            answer = await self._call("put", "txn", asking, {}, body)
            if answer.status not in (HTTPStatus.OK, HTTPStatus.CONFLICT):
                raise asking.answered(answer.status, answer.body)
            outcome = _decoded(answer, asking, _Outcome)
            if answer.status == HTTPStatus.OK and outcome.results:
                return outcome.results[0].kv.modify_index
            words = "; ".join(each.what for each in outcome.errors or ())
            if _STALE in words:
                return None
            if _DENIED in words:
                raise asking.unauthorised(f"Consul refuses it ({words})")
            raise asking.answered(answer.status, words)

    async def delete(self, key: str, index: int) -> bool:
        """See ports.consul.Store."""
        asking = self._asking("write", key)
        with told_as(StoreError):
            answer = await self._call("delete", f"kv/{key}", asking, {"cas": str(index)})
            if answer.status != HTTPStatus.OK:
                raise asking.answered(answer.status, answer.body)
            return _decoded(answer, asking, bool)

    async def list(self, prefix: str) -> tuple[Stored, ...]:
        """See ports.consul.Store. What a token may not read is 404 or left out: that is asked."""
        asking = self._asking("read", prefix)
        query = {"recurse": "", "consistent": ""}
        with told_as(StoreError):
            answer = await self._call("get", f"kv/{prefix}", asking, query)
            await rights.require(self._client, asking, "key", prefix)
            if answer.status == HTTPStatus.NOT_FOUND:
                return ()
            return tuple(sorted(pairs_of(answer, asking), key=lambda pair: pair.key))

    def _asking(self, verb: str, key: str) -> Asking:
        needs = f'key_prefix "{key}" {{ policy = "write" }}'
        return Asking(self._client.address, f"could not {verb} {key} in Consul's KV", needs)

    async def _call(
        self, method: str, path: str, asking: Asking, params: dict[str, str], body: bytes = b""
    ) -> Answer:
        query = {**self._where, **params}
        return await self._client.call(method, path, asking, params=query, body=body)


def _decoded(answer: Answer, asking: Asking, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.MsgspecError:
        raise asking.garbled("the answer cannot be read") from None


def pairs_of(answer: Answer, asking: Asking) -> list[Stored]:
    """The keys of an answer. Raises ConsulError."""
    if answer.status != HTTPStatus.OK:
        raise asking.answered(answer.status, answer.body)
    pairs = _decoded(answer, asking, list[_Pair])
    try:
        return [
            Stored(pair.key, base64.b64decode(pair.value or "", validate=True), pair.modify_index)
            for pair in pairs
        ]
    except ValueError:
        raise asking.garbled("a value cannot be read") from None
