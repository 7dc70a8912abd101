"""Where the nodes of a datacenter or of a partition are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from daemonctl.adapters.consul.client import Answer
from daemonctl.adapters.consul.nodes import ConsulNodes
from daemonctl.ports.consul import CatalogError

RIGHTS = '[{"Allow": true}, {"Allow": true}]'


class Scripted:
    """A client that answers as it is told, and remembers what it was asked."""

    address = "http://consul:8500"

    def __init__(self, **answers: str) -> None:
        self.asked: list[tuple[str, Mapping[str, str], bytes]] = []
        self._answers = {"internal": RIGHTS, **answers}

    async def call(
        self,
        method: str,
        path: str,
        asking: object,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        self.asked.append((path, params or {}, body))
        return Answer(200, self._answers[path.split("/", 1)[0]])


def nodes(client: Scripted, *where: str) -> ConsulNodes:
    return ConsulNodes(client, *where)  # type: ignore[arg-type]  # it does what is asked of one


async def test_servers_are_in_the_default_partition_and_nodes_in_their_own() -> None:
    client = Scripted(catalog='[{"Node": "s"}]')
    assert await nodes(client, "dc1", "team").servers() == frozenset({"s"})
    path, params, _ = client.asked[-1]
    assert path == "catalog/service/consul"
    assert params == {"dc": "dc1", "partition": "default", "consistent": ""}
    client = Scripted(catalog="null")
    assert await nodes(client, "dc1", "team").entry("a/b") is None
    path, params, _ = client.asked[-1]
    assert (path, params["partition"]) == ("catalog/node/a%2Fb", "team")


async def test_a_node_is_removed_from_its_partition() -> None:
    client = Scripted(txn='{"Results": [], "Errors": null}', agent="")
    assert await nodes(client, "", "team").deregister("n", 7)
    ((_, _, body),) = client.asked
    (change,) = msgspec.json.decode(body)
    assert change["Node"]["Node"] == {"Node": "n", "ModifyIndex": 7, "Partition": "team"}
    assert await nodes(client, "", "team").force_leave("n")
    assert client.asked[-1][1] == {"prune": "", "partition": "team"}


@pytest.mark.parametrize(("home", "left"), [("dc1", True), ("dc2", False)])
async def test_the_gossip_of_another_datacenter_is_left_alone(*, home: str, left: bool) -> None:
    """There a node of the same name is another one."""

    class Agent(Scripted):
        async def call(self, method: str, path: str, asking: object, **how: Any) -> Answer:
            if path == "agent/self":
                body = msgspec.json.encode({"Config": {"Datacenter": home}})
                return Answer(200, body.decode())
            return await super().call(method, path, asking, **how)

    client = Agent(agent="")
    assert await nodes(client, "dc1").force_leave("n") is left
    assert [path for path, _, _ in client.asked] == (["agent/force-leave/n"] if left else [])


async def test_a_catalog_without_a_server_is_no_answer() -> None:
    with pytest.raises(CatalogError, match="lists no server"):
        await nodes(Scripted(catalog="[]")).servers()
