"""A real engine, a small control plane, and the agent between them."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemonctl.local.agent import run
from tests.real.parts.host import Host
from tests.real.parts.lab import Lab
from tests.unit.local.agent.control_plane import ControlPlane
from tests.unit.local.agent.given import container, payload

PYTHON = "/usr/bin/python3"
FOREVER = "print('up')\nwhile True: signal.pause()"
NUMBERS = itertools.count(1)
Wire = dict[str, Any]


class Site:
    """An engine with an agent: tasks are ordered of it, and looked at on the engine."""

    def __init__(self, host: Host, image: str, plane: ControlPlane, state: Path) -> None:
        self.host = host
        self.image = image
        self.plane = plane
        self.settings = run.Settings(
            docker_host=host.docker,
            endpoint=plane.endpoint,
            cluster="local",
            instance_id=None,
            instance_type="m5.large",
            zone="us-east-1a",
            private_ip=None,
            state=state,
            cleanup_seconds=3600,
            pull_behavior="default",
        )
        self.agent: asyncio.Task[None] | None = None

    def start(self, **changed: Any) -> None:
        self.settings = replace(self.settings, **changed)
        self.agent = asyncio.create_task(run.run(self.settings))

    async def stop(self) -> None:
        if self.agent is not None:
            self.agent.cancel()
            await asyncio.wait([self.agent])
            self.agent = None

    def python(self, script: str = FOREVER, name: str = "main", **fields: Any) -> Wire:
        """A container that runs a script; SIGTERM ends it, once it has written that it is up."""
        text = "import signal\nsignal.signal(signal.SIGTERM, lambda *_: exit(0))\n" + script
        return container(name, image=self.image, command=[PYTHON, "-uc", text], **fields)

    def task(self, *containers: Wire, **fields: Any) -> Wire:
        return payload(next(NUMBERS), *(containers or (self.python(),)), **fields)

    async def runs(self, task: Wire) -> Wire:
        """Order a task; the report that it runs."""
        await self.plane.order(task)
        return await self.plane.until_task(task["arn"], "RUNNING")

    async def ends(self, task: Wire) -> Wire:
        return await self.plane.until_task(task["arn"], "STOPPED")

    async def stops(self, task: Wire) -> Wire:
        """Order its stop; the report that it has."""
        await self.plane.order(task | {"desiredStatus": "STOPPED"})
        return await self.ends(task)

    async def cli(self, *words: str) -> str:
        """The docker command, away from the event loop."""
        return await asyncio.to_thread(self.host.cli, *words)

    async def inspect(self, report: Wire, name: str = "main") -> Any:
        return json.loads(await self.cli("inspect", runtime_id(report, name)))[0]

    async def logs(self, report: Wire, name: str = "main") -> str:
        return await self.cli("logs", runtime_id(report, name))

    async def written(self, report: Wire, lines: int, name: str = "main") -> list[str]:
        """What a container has written, once it is so many lines."""
        found: list[str] = []
        async with asyncio.timeout(30):
            while len(found) < lines:
                found = (await self.logs(report, name)).splitlines()
        return found

    async def cut_off(self) -> None:
        """Wait until the agent has closed its connection."""
        socket = self.plane.socket
        async with asyncio.timeout(30):
            while socket is not None and not socket.closed:  # noqa: ASYNC110  nothing tells
                await asyncio.sleep(0.01)


def of(report: Wire, name: str = "main") -> Wire:
    """What a report says of one container."""
    found: Wire = next(row for row in report["containers"] if row["containerName"] == name)
    return found


def runtime_id(report: Wire, name: str = "main") -> str:
    return str(of(report, name)["runtimeId"])


@pytest.fixture(scope="session")
def agents_host(lab: Lab) -> Iterator[Host]:
    """A host for the agent's own suite; its engine is killed now and then."""
    host = lab.add_host()
    host.ready()
    yield host
    host.pull_the_plug()


@pytest.fixture
async def site(agents_host: Host, images: dict[str, str], tmp_path: Path) -> AsyncIterator[Site]:
    plane = ControlPlane()
    await plane.start()
    made = Site(agents_host, images["python"], plane, tmp_path / "agent.json")
    made.start()
    try:
        yield made
    finally:
        await made.stop()
        await plane.stop()
        left = (await made.cli("ps", "-aq")).split()
        if left:
            await made.cli("rm", "-fv", *left)
