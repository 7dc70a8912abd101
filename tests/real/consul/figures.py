"""How soon it is known what Consul has: ``python -m tests.real.consul.figures``. Medians.

One server, one agent, one instance with two tasks; the controller's own view and watches read it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from msgspec.structs import replace

from daemonctl.model.discovery import AgentState
from daemonctl.model.observed import Host
from daemonctl.model.spec import ConsulSpec
from daemonctl.planning.coverage import coverage
from daemonctl.runtime.facts import Fact, InstanceSeen
from tests.real.consul.scale import Reading, ec2, seen
from tests.real.consul.server import Agent, Server

_NODE = ec2(0)
PORTS = (32768, 32769)
_STEP = 0.002  # seconds between looks at the view


async def until(holds: Callable[[], bool]) -> float:
    """When it holds, on the monotonic clock."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  what is waited for here tells nobody
            await asyncio.sleep(_STEP)
    return time.monotonic()


class Bench:
    """The one instance, as the view has it."""

    def __init__(self, server: Server, agent: Agent, token: Path) -> None:
        self.server = server
        self.agent = agent
        self.reading = Reading(server, token)
        facts: list[Fact] = seen(1, len(PORTS))
        self.reading.take(tuple(self._here(fact) for fact in facts))
        spec = ConsulSpec(server.url, str(token), agent_port=agent.http)
        self.registrations = self.reading.consuls.registrations(spec)
        self._loop: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Watches from now on."""
        self.reading.datacenter.listen(self._hear)
        self._loop = asyncio.create_task(self.reading.lookout.run())

    async def close_loops(self) -> None:
        """Watches no more."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await self.reading.datacenter.leave(self._hear)

    def close(self) -> None:
        self.reading.consuls.close()

    def _hear(self, fact: Fact) -> None:
        self.reading.take((fact,))

    async def kept(self) -> set[int]:
        """The ports that the agent keeps registered."""
        return {each.port for each in await self.registrations.of_agent("127.0.0.1")}

    def stale(self) -> int:
        """How many registrations are known to be of no container."""
        found = self.host.registered
        return 0 if found is None else len(coverage(found).stale)

    def _here(self, fact: Fact) -> Fact:
        if isinstance(fact, InstanceSeen):
            return replace(fact, instance=replace(fact.instance, private_ip="127.0.0.1"))
        return fact

    @property
    def host(self) -> Host:
        return next(iter(self.reading.view.hosts.values()))

    def missing(self) -> int:
        """How many ports are known to be missing, -1 where nothing is known."""
        found = self.host.registered
        return -1 if found is None else len(coverage(found).missing)

    def state(self) -> AgentState | None:
        return None if self.host.agent is None else self.host.agent.state

    async def serve(self, port: int) -> None:
        body = {
            "ID": f"{_NODE}:ecs-web-3-app-a{port}:80",
            "Name": "web",
            "Address": "127.0.0.1",
            "Port": port,
        }
        await asyncio.to_thread(self._ask, "service/register", body)

    async def drop(self, port: int) -> None:
        name = f"{_NODE}:ecs-web-3-app-a{port}:80"
        await asyncio.to_thread(self._ask, f"service/deregister/{name}", {})

    def critical(self) -> bool:
        rows = self.server.ask("GET", f"health/node/{_NODE}")
        return any(r["CheckID"] == "serfHealth" and r["Status"] == "critical" for r in rows)

    def _ask(self, path: str, body: dict[str, Any]) -> None:

        request = Request(  # noqa: S310  our own agent
            f"{self.agent.url}/v1/agent/{path}",
            json.dumps(body).encode(),
            {"X-Consul-Token": self.server.management},
            method="PUT",
        )
        with urlopen(request, timeout=5):  # noqa: S310  our own agent
            pass

    async def up(self) -> None:
        """The agent serves, and everything is known to be registered."""
        for port in PORTS:
            while True:
                try:
                    await self.serve(port)
                except (URLError, OSError):
                    await asyncio.sleep(0.1)
                else:
                    break
        await until(lambda: self.missing() == 0)


async def play(bench: Bench, rounds: int) -> None:
    bench.begin()
    await bench.up()
    gone: list[float] = []
    for _ in range(rounds):
        began = time.monotonic()
        await bench.drop(PORTS[0])
        gone.append(await until(lambda: bench.missing() == 1) - began)
        await bench.up()
        await asyncio.sleep(0.7)
    told("registration missing → named", gone)
    whole: list[float] = []
    ours: list[float] = []
    for _ in range(rounds):
        await asyncio.to_thread(bench.agent.kill)
        began = time.monotonic()
        known = asyncio.create_task(until(lambda: bench.state() is AgentState.FAILED))
        while not await asyncio.to_thread(bench.critical):  # noqa: ASYNC110  the same
            await asyncio.sleep(_STEP)
        critical = time.monotonic()
        whole.append(await known - began)
        ours.append(max(0.0, known.result() - critical))
        bench.agent.restart()
        await until(lambda: bench.state() is AgentState.ALIVE)
        await bench.up()
    told("agent killed → known", whole)
    told("  of that after Consul itself knew", ours)
    await bench.close_loops()
    bench.close()


def instance_agent(server: Server, folder: Path) -> Agent:
    """The agent of the one instance."""
    rules = 'node_prefix "" { policy = "write" }\nservice_prefix "" { policy = "write" }'
    meta = {"ec2-instance-id": _NODE}
    return Agent(folder, _NODE, join=server, token=server.token(rules), node_meta=meta)


def told(name: str, seconds: list[float]) -> None:
    low, high = min(seconds), max(seconds)
    print(f"{name:<40} median {statistics.median(seconds):6.2f} s   {low:.2f} to {high:.2f}")  # noqa: T201  it is what this is for


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as place, Server(Path(place) / "server") as server:
        agent = instance_agent(server, Path(place) / "agent")
        try:
            asyncio.run(play(Bench(server, agent, Path(place) / "token"), rounds))
        finally:
            agent.close()


if __name__ == "__main__":
    main()
