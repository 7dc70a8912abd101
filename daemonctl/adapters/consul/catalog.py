"""The nodes of a Consul datacenter behind ports.consul.Catalog."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from daemonctl.adapters.consul import rights
from daemonctl.adapters.consul.client import ConsulClient
from daemonctl.adapters.consul.errors import UNAVAILABLE, Asking, told_as
from daemonctl.adapters.consul.query import Query
from daemonctl.adapters.consul.serf import SERF, serf_of
from daemonctl.model.discovery import Node, Serf
from daemonctl.ports import Clock
from daemonctl.ports.consul import CatalogError, CatalogNews

_READ: Final = 'node_prefix "" { policy = "read" }'


class _NodeRow(Struct, rename="pascal"):
    node: str
    address: str = ""
    meta: dict[str, str] | None = None


class _CheckRow(Struct, rename="pascal"):
    node: str
    status: str
    check_id: str = msgspec.field(name="CheckID")


class ConsulCatalog:
    """Two blocking queries, whatever the number of nodes: the nodes, and their serfHealth.

    Args:
        watching: Whom to ask for changes; it must bear to wait for ``query.HELD_SECONDS``.
        calling: Whom to ask for everything else. Both are closed by whoever made them.
        clock: For ``as_of``.
        datacenter: Which one, "" for that of the agent.
        partition: Whose nodes, "" for those that the token sees by itself.
    """

    def __init__(
        self,
        watching: ConsulClient,
        calling: ConsulClient,
        clock: Clock,
        datacenter: str = "",
        partition: str = "",
    ) -> None:
        self._calling = calling
        self._asking = Asking(calling.address, "could not read Consul's catalog", _READ)
        told = {"dc": datacenter, "partition": partition}
        where = {key: value for key, value in told.items() if value}
        self._nodes = Query(
            watching,
            "catalog/nodes",
            where,
            clock=clock,
            asking=self._asking,
            decoder=msgspec.json.Decoder(list[_NodeRow]),
        )
        self._checks = Query(
            watching,
            "health/state/any",
            {**where, "filter": f'CheckID == "{SERF}"'},
            clock=clock,
            asking=self._asking,
            decoder=msgspec.json.Decoder(list[_CheckRow]),
        )
        self._told: dict[str, Node] = {}

    async def watch(self) -> CatalogNews:
        """See ports.consul.Catalog."""
        with told_as(CatalogError):
            try:
                return await self._watch()
            except BaseException:
                await self._nodes.abort()
                await self._checks.abort()
                raise

    async def _watch(self) -> CatalogNews:
        afresh = self._nodes.rows is None or self._checks.rows is None
        await asyncio.wait(
            [self._nodes.begin(), self._checks.begin()],
            return_when=asyncio.FIRST_EXCEPTION if afresh else asyncio.FIRST_COMPLETED,
        )
        changed = [self._nodes.end(), self._checks.end()]
        news = await self._news() if any(changed) else CatalogNews((), (), 0.0)
        as_of = min(self._nodes.answered_at, self._checks.answered_at)
        return msgspec.structs.replace(news, as_of=as_of)

    async def _news(self) -> CatalogNews:
        now = self._merged()
        gone = tuple(sorted(name for name in self._told if name not in now))
        if gone or not self._told or self._less(now):  # a token that may not see is not told so
            await rights.require(self._calling, self._asking, "node", "")
        if not now:
            words = "Consul's catalog is empty, not even a server is in it"
            raise self._asking.fault(UNAVAILABLE, words, "check Consul's servers")
        changed = tuple(now[name] for name in sorted(now) if now[name] != self._told.get(name))
        self._told = now
        return CatalogNews(changed, gone, 0.0)

    def _less(self, now: Mapping[str, Node]) -> bool:
        """Whether a node has lost its serfHealth."""
        return any(
            node.serf is Serf.NONE and name in self._told and self._told[name].serf is not Serf.NONE
            for name, node in now.items()
        )

    def _merged(self) -> dict[str, Node]:
        rows = self._checks.rows or ()
        checks = {row.node: row.status for row in rows if row.check_id == SERF}
        return {
            row.node: Node(row.node, row.address, serf_of(checks.get(row.node)), row.meta or {})
            for row in self._nodes.rows or ()
        }
