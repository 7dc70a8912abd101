"""One key of Consul's key-value store, followed by blocking queries: ports.consul.Key."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from daemonctl.adapters.consul.client import ConsulClient
from daemonctl.adapters.consul.errors import Asking, Keys, told_as
from daemonctl.adapters.consul.query import HELD_SECONDS, WAIT_SECONDS
from daemonctl.adapters.consul.store import pairs_of
from daemonctl.ports.consul import Stored, StoreError

BY_ENVIRONMENT: Final = Keys("CONSUL_HTTP_ADDR", "CONSUL_HTTP_TOKEN_FILE", "CONSUL_CACERT")


class ConsulKey:
    """Reached as the environment says: this is for what says how everything else is reached.

    Args:
        address: ``http://host:port`` or ``https://…``.
        token_file: Path of the file with the ACL token, "" for none.
        ca_file: Path of the certificates to trust, "" for the machine's own.
        key: Without a leading slash.
    """

    def __init__(self, address: str, token_file: str, ca_file: str, key: str) -> None:
        self._client = ConsulClient(
            address, token_file, ca_file, name="consul-key", threads=1, held_seconds=HELD_SECONDS
        )
        self._path = f"kv/{key}"
        needs = f'key "{key}" {{ policy = "read" }}'
        self._asking = Asking(
            address, f"could not read {key} in Consul's KV", needs, BY_ENVIRONMENT
        )

    async def get(self) -> Stored | None:
        """See ports.consul.Key."""
        return await self._ask({"consistent": ""})

    async def wait(self, index: int) -> Stored | None:
        """See ports.consul.Key."""
        return await self._ask({"index": str(index), "wait": f"{WAIT_SECONDS:.0f}s"})

    def close(self) -> None:
        """See ports.consul.Key."""
        self._client.close()

    async def _ask(self, params: dict[str, str]) -> Stored | None:
        with told_as(StoreError):
            answer = await self._client.call("get", self._path, self._asking, params=params)
            if answer.status == HTTPStatus.NOT_FOUND:
                return None
            return pairs_of(answer, self._asking)[0]
