"""One node after the other behind ports.nodes.Nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct
from msgspec.json import Decoder

from daemonctl.adapters.consul import rights
from daemonctl.adapters.consul.client import Answer, ConsulClient
from daemonctl.adapters.consul.errors import UNAVAILABLE, Asking, told_as
from daemonctl.adapters.consul.serf import SERF, serf_of
from daemonctl.model.discovery import Node
from daemonctl.model.ghosts import Entry
from daemonctl.model.rights import OPERATE, READ_NODES, READ_SERVICES, WRITE_NODES, Right
from daemonctl.ports.consul import CatalogError, ConsulError

_SERVERS: Final = "consul"
"""The service that Consul registers for each of its servers, and for nothing else."""

_DEFAULT: Final = "default"
"""The partition that Consul's servers are in (Consul docs, "Admin Partitions")."""

_NO_SUCH: Final = "No node found"
"""What Consul says, as a 500, of a node that its gossip does not know (agent/agent.go)."""

_STALE: Final = "index is stale"
"""What a transaction says of a node that is another or gone (agent/consul/state/txn.go)."""

_DENIED: Final = "Permission denied"

T = TypeVar("T")


class _NodeRow(Struct, rename="pascal"):
    node: str
    modify_index: int
    address: str = ""
    meta: dict[str, str] | None = None
    id: str = msgspec.field(name="ID", default="")


class _ServiceRow(Struct, rename="pascal"):
    service: str


class _Whole(Struct, rename="pascal"):
    node: _NodeRow
    services: dict[str, _ServiceRow] | None = None


class _CheckRow(Struct, rename="pascal"):
    status: str
    check_id: str = msgspec.field(name="CheckID")


class _ServerRow(Struct, rename="pascal"):
    node: str


class _Failure(Struct, rename="pascal"):
    what: str = ""


class _Outcome(Struct, rename="pascal"):
    errors: list[_Failure] | None = None


class _AgentConfig(Struct, rename="pascal"):
    datacenter: str


class _Agent(Struct, rename="pascal"):
    config: _AgentConfig


_WHOLE: Final[Decoder[_Whole | None]] = Decoder(_Whole | None)
_CHECKS: Final = Decoder(list[_CheckRow])
_SERVER_ROWS: Final = Decoder(list[_ServerRow])
_OUTCOME: Final = Decoder(_Outcome)
_AGENT: Final = Decoder(_Agent)


class ConsulNodes:
    """Every read is consistent: the leader asks the other servers whether it still leads.

    Args:
        client: Whom to ask; closed by whoever made it.
        datacenter: Whose nodes, "" for that of the agent.
        partition: Whose nodes, where Consul has partitions; its servers are in the default one.
    """

    def __init__(self, client: ConsulClient, datacenter: str = "", partition: str = "") -> None:
        self._client = client
        self._datacenter = datacenter
        self._partition = {"partition": partition} if partition else {}
        self._where = {**({"dc": datacenter} if datacenter else {}), **self._partition}

    async def servers(self) -> frozenset[str]:
        """See ports.nodes.Nodes. A token that may not see them is not told so: that is asked."""
        asking = self._asking("could not read which nodes are Consul servers", READ_SERVICES.rule)
        with told_as(CatalogError):
            for right in await rights.missing(self._client, asking, (READ_NODES, READ_SERVICES)):
                why = f"the token may not read every {right.resource}"
                raise self._asking(asking.what, right.rule).unauthorised(why)
            home = dict.fromkeys(self._partition, _DEFAULT)
            rows = await self._read(f"catalog/service/{_SERVERS}", asking, _SERVER_ROWS, home)
            if not rows:
                words = "Consul's catalog lists no server of its own"
                raise asking.fault(UNAVAILABLE, words, "check Consul's servers")
            return frozenset(row.node for row in rows)

    async def entry(self, name: str) -> Entry | None:
        """See ports.nodes.Nodes."""
        asking = self._asking(f"could not read Consul node {name}", READ_NODES.rule)
        with told_as(CatalogError):
            whole = await self._read(f"catalog/node/{_quoted(name)}", asking, _WHOLE)
            if whole is None:
                return None
            checks = await self._read(f"health/node/{_quoted(name)}", asking, _CHECKS)
        status = next((row.status for row in checks if row.check_id == SERF), None)
        row, services = whole.node, whole.services or {}
        return Entry(
            Node(row.node, row.address, serf_of(status), row.meta or {}),
            row.id,
            row.modify_index,
            any(one.service == _SERVERS for one in services.values()),
        )

    async def force_leave(self, name: str) -> bool:
        """See ports.nodes.Nodes. It is the agents' gossip that forgets it, in their own pool."""
        what = f"could not remove the failed agent of Consul node {name}"
        asking = self._asking(what, OPERATE.rule)
        with told_as(CatalogError):
            if self._datacenter and await self._home(asking) != self._datacenter:
                return False
            path, prune = f"agent/force-leave/{_quoted(name)}", {"prune": "", **self._partition}
            try:
                answer = await self._client.call("put", path, asking, params=prune)
            except ConsulError as error:
                if _NO_SUCH in error.message:
                    return False
                raise
            if answer.status != HTTPStatus.OK:
                raise asking.answered(answer.status, answer.body)
            return True

    async def deregister(self, name: str, index: int) -> bool:
        """See ports.nodes.Nodes. A transaction: a plain deregistration goes by the name alone."""
        what = f"could not take Consul node {name} out of the catalog"
        asking = self._asking(what, WRITE_NODES.rule)
        at = {key.title(): value for key, value in self._partition.items()}
        change = {"Verb": "delete-cas", "Node": {"Node": name, "ModifyIndex": index, **at}}
        body = msgspec.json.encode([{"Node": change}])
        with told_as(CatalogError):
            answer = await self._client.call("put", "txn", asking, params=self._where, body=body)
            if answer.status not in (HTTPStatus.OK, HTTPStatus.CONFLICT):
                raise asking.answered(answer.status, answer.body)
            outcome = _decoded(answer, asking, _OUTCOME)
            words = "; ".join(each.what for each in outcome.errors or ())
            if answer.status == HTTPStatus.OK and not words:
                return True
            if _STALE in words:
                return False
            if _DENIED in words:
                raise asking.unauthorised(f"Consul refuses it ({words})")
            raise asking.answered(answer.status, words)

    async def missing(self, wanted: Sequence[Right]) -> tuple[Right, ...]:
        """See ports.nodes.Nodes."""
        asking = self._asking("could not read what the token may do")
        with told_as(CatalogError):
            return await rights.missing(self._client, asking, wanted)

    async def _home(self, asking: Asking) -> str:
        """The datacenter of the agent that is asked: its gossip knows no other one's agents."""
        answer = await self._client.call("get", "agent/self", asking)
        if answer.status != HTTPStatus.OK:
            raise asking.answered(answer.status, answer.body)
        return _decoded(answer, asking, _AGENT).config.datacenter

    async def _read(
        self,
        path: str,
        asking: Asking,
        decoder: Decoder[T],
        instead: Mapping[str, str] | None = None,
    ) -> T:
        params = {**self._where, "consistent": "", **(instead or {})}
        answer = await self._client.call("get", path, asking, params=params)
        if answer.status != HTTPStatus.OK:
            raise asking.answered(answer.status, answer.body)
        if answer.filtered:
            raise asking.unauthorised("Consul leaves out what the token may not read")
        return _decoded(answer, asking, decoder)

    def _asking(self, what: str, needs: str = "") -> Asking:
        return Asking(self._client.address, what, needs)


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _decoded(answer: Answer, asking: Asking, decoder: Decoder[T]) -> T:
    try:
        return decoder.decode(answer.body)
    except msgspec.MsgspecError:
        raise asking.garbled("the answer cannot be read") from None
