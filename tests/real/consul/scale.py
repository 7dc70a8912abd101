"""What a catalog of 5,000 nodes and 20,000 services costs: ``python -m tests.real.consul.scale``.

A real Consul holds it; the controller's own view and watches read it, as for one cluster. Told are
memory and processor time of this process: for all of it, for a change of one node, for none.
It has to be over in a minute: then the server takes out nodes whose agents it does not know.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from daemonctl.adapters.clock import SystemClock
from daemonctl.adapters.consul.consuls import Consuls
from daemonctl.model.cluster import (
    Attributes,
    Container,
    ContainerInstance,
    Port,
    Resources,
    Task,
    TaskDefinition,
)
from daemonctl.model.ids import (
    ContainerInstanceArn,
    Ec2InstanceId,
    Owner,
    TaskArn,
    TaskDefinitionArn,
)
from daemonctl.model.spec import ConsulSpec
from daemonctl.runtime.concern import Concern
from daemonctl.runtime.facts import DefinitionsSeen, Fact, InstanceSeen, TaskSeen, TasksListed
from daemonctl.runtime.lookout import Lookout
from daemonctl.runtime.view import View
from tests.real.consul.server import Server
from tests.stand_ins.sink import Silent

_ARN = "arn:aws:ecs:eu-west-1:1"
WEB = TaskDefinitionArn(f"{_ARN}:task-definition/web:3")
_OPS = 60  # in a transaction; Consul takes 64
_NAMES = 500  # of services


def ec2(number: int) -> str:
    return f"i-{number:017x}"


def address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def fill(server: Server, nodes: int, each: int) -> None:
    """Nodes with their agents' checks and services."""
    ops: list[dict[str, Any]] = []
    for number in range(nodes):
        name = ec2(number)
        node = {"Node": name, "Address": address(number), "Meta": {"ec2-instance-id": name}}
        check = {"Node": name, "CheckID": "serfHealth", "Name": "Serf", "Status": "passing"}
        ops.append({"Node": {"Verb": "set", "Node": node}})
        ops.append({"Check": {"Verb": "set", "Check": check}})
        ops += [service_op(number, at, each) for at in range(each)]
    for at in range(0, len(ops), _OPS):
        server.ask("PUT", "txn", ops[at : at + _OPS])


def service_op(number: int, at: int, each: int) -> dict[str, Any]:
    service = {
        "ID": f"{ec2(number)}:ecs-web-3-app-{at}:80",
        "Service": f"web-{(number * each + at) % _NAMES}",
        "Address": address(number),
        "Port": 32768 + at,
    }
    return {"Service": {"Verb": "set", "Node": ec2(number), "Service": service}}


def seen(nodes: int, each: int) -> list[Fact]:
    """The instances and their tasks, as ECS tells them."""
    attributes = Attributes({})
    facts: list[Fact] = []
    for number in range(nodes):
        arn = ContainerInstanceArn(f"{_ARN}:container-instance/web/{number:032x}")
        instance = ContainerInstance(
            arn,
            Ec2InstanceId(ec2(number)),
            "ACTIVE",
            connected=True,
            attributes=attributes,
            registered=Resources(),
            remaining=Resources(),
            private_ip=address(number),
        )
        facts.append(InstanceSeen(instance, 1.0))
        for at in range(each):
            task = Task(
                TaskArn(f"{_ARN}:task/web/{number * each + at:032x}"),
                arn,
                WEB,
                "service:web",
                "ecs-svc/1",
                "RUNNING",
                "RUNNING",
                first_seen=1.0,
                started_at=1.0,
                containers=(Container("app", "RUNNING", ports=(Port(80, 32768 + at),)),),
            )
            facts.append(TaskSeen(task, 1.0))
    facts.append(DefinitionsSeen((TaskDefinition(WEB, active=True, needs=Resources()),)))
    return [*facts, TasksListed()]


class Reading:
    """A view that is kept true to a Consul."""

    def __init__(self, server: Server, token: Path) -> None:
        clock = SystemClock()
        token.write_text(server.management)
        self.consuls = Consuls(clock, Silent())
        spec = ConsulSpec(server.url, str(token))
        self.datacenter = self.consuls.datacenter(spec)
        self.view = View(Owner("prod"), (), 0.0)
        self.view.mind(Concern("daemonctl/prod", everything=True))
        self.view.agents.ask("{{ec2InstanceId}}", "web")
        self.view.registered.ask(())
        doorbell = self.consuls.doorbell(spec)
        self.lookout = Lookout(self.view.registered, doorbell, self.take, clock)

    def take(self, facts: tuple[Fact, ...]) -> None:
        for fact in facts:
            self.view.apply(fact)

    def known(self) -> int:
        return sum(host.registered is not None for host in self.view.hosts.values())


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(600):
        while not holds():  # noqa: ASYNC110  what is waited for here tells nobody
            await asyncio.sleep(0.05)


async def measured(name: str, work: Callable[[], Awaitable[None]]) -> None:
    cpu, began = time.process_time(), time.monotonic()
    await work()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took, used = time.monotonic() - began, time.process_time() - cpu
    print(f"{name:<44} {took:7.2f} s  processor {used:6.2f} s  memory {memory:5.0f} MB")  # noqa: T201  it is what this is for


async def bench(server: Server, token: Path, nodes: int, each: int) -> None:
    reading = Reading(server, token)

    async def view() -> None:
        reading.take(tuple(seen(nodes, each)))

    async def whole() -> None:
        reading.datacenter.listen(lambda fact: reading.take((fact,)))
        loops.append(asyncio.create_task(reading.lookout.run()))
        await until(lambda: reading.known() == nodes and not reading.view.registered.due)

    async def swept() -> None:
        await asyncio.sleep(10)

    async def gap() -> None:
        arn = ContainerInstanceArn(f"{_ARN}:container-instance/web/{7:032x}")
        away = {"Node": ec2(7), "ServiceID": f"{ec2(7)}:ecs-web-3-app-0:80"}
        await asyncio.to_thread(server.ask, "PUT", "catalog/deregister", away)
        await until(lambda: arn in reading.view.registered.due)

    async def agent() -> None:
        check = {"Node": ec2(9), "CheckID": "serfHealth", "Name": "Serf", "Status": "critical"}
        body = {"Node": ec2(9), "SkipNodeUpdate": True, "Check": check}
        await asyncio.to_thread(server.ask, "PUT", "catalog/register", body)
        await until(lambda: reading.known() == nodes - 1)

    async def idle() -> None:
        await asyncio.sleep(5)

    loops: list[asyncio.Task[None]] = []
    await measured(f"{nodes} hosts, {nodes * each} tasks from ECS", view)
    await measured("all nodes and services read", whole)
    await measured("one agent fails: known", agent)
    await measured("a service nobody expected goes: known", gap)
    await measured("ten seconds of reading others in turn", swept)
    await measured("five seconds, nothing changes", idle)
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    reading.consuls.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=5000)
    parser.add_argument("--services", type=int, default=4, help="on each node")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, Server(Path(place) / "server") as server:
        fill(server, options.nodes, options.services)
        asyncio.run(bench(server, Path(place) / "token", options.nodes, options.services))


if __name__ == "__main__":
    main()
