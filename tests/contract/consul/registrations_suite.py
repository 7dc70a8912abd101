"""The contract of ports.registrations, the same for every Consul."""

from __future__ import annotations

import asyncio
import uuid
from typing import Protocol

from daemonctl.model.discovery import Node, Serf, Service
from daemonctl.ports.registrations import Registrations

SOON = 10.0


class ServiceBench(Protocol):
    """One Consul with one agent."""

    def registrations(self) -> Registrations:
        """A reader that has not begun."""
        ...

    def agent(self) -> tuple[str, str]:
        """The node of an agent that lives, and its address."""
        ...

    async def register(self, node: Node) -> None:
        """Puts a node into the catalog."""
        ...

    async def serve(self, node: str, service: Service) -> None:
        """Registers a service of a node in the catalog."""
        ...

    async def keep(self, service: Service) -> None:
        """Registers a service with the agent."""
        ...


def service(port: int = 32768, address: str = "10.1.2.3") -> Service:
    unique = uuid.uuid4().hex[:12]
    return Service(f"h:ecs-web-3-app-{unique}:80", f"web-{unique}", address, port)


async def some_node(bench: ServiceBench) -> str:
    node = Node(f"n-{uuid.uuid4().hex[:12]}", "10.1.2.3", Serf.ALIVE)
    await bench.register(node)
    return node.name


async def rings(reader: Registrations) -> None:
    async with asyncio.timeout(SOON):
        while not await reader.rung():
            pass


async def test_a_node_has_what_was_registered_for_it(bench: ServiceBench) -> None:
    reader, one, other = bench.registrations(), await some_node(bench), await some_node(bench)
    first, second = sorted((service(), service(53, "")), key=lambda each: each.id)
    assert await reader.of_node(one) == ()
    for each in (second, first):
        await bench.serve(one, each)
    await bench.serve(other, service())
    assert await reader.of_node(one) == (first, second)


async def test_a_node_that_is_not_there_has_none(bench: ServiceBench) -> None:
    assert await bench.registrations().of_node("nobody/at all") == ()


async def test_it_rings_at_once_and_for_every_change_of_any_node(bench: ServiceBench) -> None:
    """Also where a service of that name was there already: only the port is another one."""
    reader, node = bench.registrations(), await some_node(bench)
    one = service()
    await bench.serve(node, one)
    await rings(reader)
    changes = (Service(one.id, one.name, one.address, 4711), Service("x", one.name, "", 1))
    for change in changes:
        waiting = asyncio.create_task(rings(reader))
        await asyncio.sleep(0)
        await bench.serve(node, change)
        await waiting
    assert len(await reader.of_node(node)) == 2


async def test_an_agent_has_what_it_keeps_until_it_is_told(bench: ServiceBench) -> None:
    reader, (node, address) = bench.registrations(), bench.agent()
    one, other = service(), service(32769)
    for each in (one, other):
        await bench.keep(each)
    kept = await reader.of_agent(address)
    assert [each for each in (one, other) if each not in kept] == []
    await reader.deregister(address, one.id)
    kept = await reader.of_agent(address)
    assert one not in kept
    assert other in kept
    async with asyncio.timeout(SOON):
        while one in (found := await reader.of_node(node)) or other not in found:
            await reader.rung()  # its agent tells the servers by itself
    await reader.deregister(address, one.id)  # gone already, which was wanted
