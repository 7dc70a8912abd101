"""The services of a Consul datacenter behind ports.registrations.Registrations.

Consul has no public query for the services of all nodes, but one that is answered whenever any of
them changes: the list of their names. That one is held open, and nodes are read one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.json import Decoder

from daemonctl.adapters.consul import rights
from daemonctl.adapters.consul.client import ConsulClient
from daemonctl.adapters.consul.errors import Asking, told_as
from daemonctl.adapters.consul.query import Query
from daemonctl.model.discovery import Service
from daemonctl.model.rights import READ_SERVICES
from daemonctl.ports import Clock
from daemonctl.ports.consul import CatalogError, ConsulError

T = TypeVar("T")

_NO_SUCH: Final = "Unknown service"
"""What an agent says, as a 500 or a 404, of a service that it does not keep (agent/local)."""


class _Row(Struct, rename="pascal"):
    service: str
    address: str = ""
    port: int = 0
    id: str = msgspec.field(name="ID", default="")


class _Node(Struct, rename="pascal"):
    services: list[_Row] | None = None


_NODE: Final[Decoder[_Node | None]] = Decoder(_Node | None)
_AGENT: Final = Decoder(dict[str, _Row])


class ConsulRegistrations:
    """Two clients, and one more for each agent that is asked.

    Args:
        watching: Whom to ask for changes; it must bear to wait for ``query.HELD_SECONDS``.
        calling: Whom to ask for nodes. Both are closed by whoever made them.
        reach: Makes a client of the agent at an address; closed here.
        clock: For the pace of the watch.
        where: Datacenter, namespace and partition, as query parameters.
    """

    def __init__(
        self,
        watching: ConsulClient,
        calling: ConsulClient,
        reach: Callable[[str], ConsulClient],
        clock: Clock,
        where: dict[str, str],
    ) -> None:
        self._calling = calling
        self._reach = reach
        self._where = where
        self._at_agent = {key: value for key, value in where.items() if key != "dc"}  # its own
        self._asking = Asking(
            calling.address, "could not read what is registered in Consul", READ_SERVICES.rule
        )
        self._names: Query[dict[str, list[str]]] = Query(
            watching,
            "catalog/services",
            where,
            clock=clock,
            asking=self._asking,
            decoder=Decoder(dict[str, list[str]]),
        )
        self._heard = 0
        self._before = 0  # names of services at the last ring

    async def rung(self) -> bool:
        """See ports.registrations.Registrations. A token that may not see all is not told so."""
        with told_as(CatalogError):
            try:
                await self._names.begin()
                self._names.end()
                count = len(self._names.rows or {})
                if not self._heard or count < self._before:
                    await rights.require(self._calling, self._asking, "service", "")
            except BaseException:
                await self._names.abort()
                self._heard = 0
                raise
        heard, self._heard, self._before = self._heard, self._names.index, count
        return self._heard != heard

    async def of_node(self, node: str) -> tuple[Service, ...]:
        """See ports.registrations.Registrations."""
        path = f"catalog/node-services/{node}"
        with told_as(CatalogError):
            whole = await self._read(self._calling, self._asking, path, self._where, _NODE)
        rows = () if whole is None else whole.services or ()
        return _sorted({row.id: row for row in rows})

    async def of_agent(self, address: str) -> tuple[Service, ...]:
        """See ports.registrations.Registrations."""
        client = self._reach(address)
        asking = Asking(
            client.address, "could not read what an instance's agent keeps", READ_SERVICES.rule
        )
        with told_as(CatalogError):
            try:
                return _sorted(
                    await self._read(client, asking, "agent/services", self._at_agent, _AGENT)
                )
            finally:
                client.close()

    async def deregister(self, address: str, service: str) -> None:
        """See ports.registrations.Registrations."""
        client = self._reach(address)
        asking = Asking(
            client.address,
            f"could not deregister {service}",
            'service_prefix "" { policy = "write" }',
        )
        path = f"agent/service/deregister/{service}"
        with told_as(CatalogError):
            try:
                answer = await client.call("put", path, asking, params=self._at_agent)
                if answer.status not in (HTTPStatus.OK, HTTPStatus.NOT_FOUND):
                    raise asking.answered(answer.status, answer.body)
            except ConsulError as error:
                if _NO_SUCH not in error.message:
                    raise
            finally:
                client.close()

    async def _read(
        self,
        client: ConsulClient,
        asking: Asking,
        path: str,
        where: dict[str, str],
        decoder: Decoder[T],
    ) -> T:
        answer = await client.call("get", path, asking, params=where)
        if answer.status != HTTPStatus.OK:
            raise asking.answered(answer.status, answer.body)
        if answer.filtered:
            raise asking.unauthorised("Consul leaves out what the token may not read")
        try:
            return decoder.decode(answer.body)
        except msgspec.MsgspecError:
            raise asking.garbled("the answer cannot be read") from None


def _sorted(rows: dict[str, _Row]) -> tuple[Service, ...]:
    return tuple(
        Service(key, rows[key].service, rows[key].address, rows[key].port) for key in sorted(rows)
    )
