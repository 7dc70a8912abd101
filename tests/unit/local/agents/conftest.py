from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Self

import pytest
from aiohttp.test_utils import TestServer

from daemonctl.local.api.app import make_app
from daemonctl.local.api.session import Spans
from daemonctl.local.server import steady_clock
from tests.unit.local.agents.fake_agent import FakeAgent
from tests.unit.local.live import Up

PATIENT = Spans(heartbeat=60.0, silence=600.0, resend=600.0, grace=600.0)


class Plane:
    """A control plane on a loopback port, with a world of no simulated machines."""

    def __init__(self, spans: Spans = PATIENT, state: str | None = None) -> None:
        self.up = Up(steady_clock(), instances=0, state=state)
        self.world = self.up.world
        self.events: list[dict[str, Any]] = []
        send = self.world.core.publish

        def keep(cluster: str, event: dict[str, Any], now: float) -> None:
            self.events.append(event)
            send(cluster, event, now)

        self.world.core.publish = keep
        self._server = TestServer(make_app(self.up.live, spans), host="127.0.0.1")

    async def __aenter__(self) -> Self:
        await self.up.__aenter__()
        await self._server.start_server()
        self.endpoint = str(self._server.make_url("")).rstrip("/")
        self.world.serve_at(self.endpoint)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.up.live.close()
        await self._server.close()
        await self.up.__aexit__()

    def agent(self, host: str = "i-0123456789abcdef0") -> FakeAgent:
        return FakeAgent(self.endpoint, host)

    async def row(self, arn: str | None) -> dict[str, Any]:
        answer = await self.up.ecs("DescribeContainerInstances", containerInstances=[arn])
        found: dict[str, Any] = answer["containerInstances"][0]
        return found

    async def task(self, arn: str) -> dict[str, Any]:
        answer = await self.up.ecs("DescribeTasks", tasks=[arn])
        found: dict[str, Any] = answer["tasks"][0]
        return found

    async def start(self, agent: FakeAgent, family: str = "registrator", **more: Any) -> str:
        answer = await self.up.ecs(
            "StartTask", taskDefinition=family, containerInstances=[agent.arn], **more
        )
        assert answer["failures"] == []
        arn: str = answer["tasks"][0]["taskArn"]
        self.world.clusters["local"].tasks[arn].visible_at = 0.0
        return arn

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [event["detail"] for event in self.events if event["detail-type"] == kind]


async def joined(plane: Plane, host: str = "i-0123456789abcdef0") -> FakeAgent:
    """An agent that is registered, connected and has its manifest."""
    agent = plane.agent(host)
    await agent.register()
    await agent.connect()
    await agent.until(lambda: agent.kinds("TaskManifestMessage"))
    return agent


async def gone(plane: Plane, agent: FakeAgent) -> None:
    """Wait until ECS shows its agent disconnected."""

    async def is_off() -> bool:
        return (await plane.row(agent.arn))["agentConnected"] is False

    await agent.eventually(is_off)


@pytest.fixture
async def plane() -> AsyncIterator[Plane]:
    async with Plane() as made:
        yield made
