"""An ECS agent in a few lines: it registers, opens its websockets, and obeys a test."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Self

import aiohttp

TARGET = "AmazonEC2ContainerServiceV20141113."
ATTRIBUTES = [
    {"name": "ecs.os-type", "value": "linux"},
    {"name": "ecs.cpu-architecture", "value": "x86_64"},
    {"name": "ecs.capability.container-health-check"},
    *(
        {"name": f"com.amazonaws.ecs.capability.docker-remote-api.1.{minor}"}
        for minor in range(17, 30)
    ),
    {"name": "com.amazonaws.ecs.capability.logging-driver.json-file"},
]
RESOURCES = [
    {"name": "CPU", "type": "INTEGER", "integerValue": 2048},
    {"name": "MEMORY", "type": "INTEGER", "integerValue": 3900},
    {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", "2375", "2376", "51678"]},
    {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
]
PATIENCE = 60.0


class Refused(Exception):  # noqa: N818  what happened
    """ECS refused a call: its code and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code


class FakeAgent:
    """Speaks to a control plane; what it hears is in `orders` and `heard`."""

    def __init__(self, endpoint: str, host: str = "i-0123456789abcdef0") -> None:
        self.endpoint = endpoint
        self.arn: str | None = None
        self.document = {
            "instanceId": host,
            "availabilityZone": "us-east-1b",
            "instanceType": "m5.large",
            "privateIp": "10.9.0.7",
            "imageId": "ami-12345678",
        }
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.acks = True
        self.acs: aiohttp.ClientWebSocketResponse | None = None
        self._news = asyncio.Condition()
        self._http = aiohttp.ClientSession()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()
        await self._http.close()

    async def call(self, operation: str, **params: Any) -> dict[str, Any]:
        headers = {
            "X-Amz-Target": TARGET + operation,
            "Content-Type": "application/x-amz-json-1.1",
        }
        body = json.dumps({"cluster": "local"} | params)
        async with self._http.post(self.endpoint + "/", data=body, headers=headers) as answer:
            found: dict[str, Any] = json.loads(await answer.text())
            if answer.status != 200:
                raise Refused(found["__type"], found["message"])
            return found

    async def control(self, method: str, path: str, **body: Any) -> Any:
        url = f"{self.endpoint}/_local/{path}"
        async with self._http.request(method, url, json=body or None) as answer:
            found = json.loads(await answer.text())
            assert answer.status < 300, found
            return found

    async def register(self, **more: Any) -> dict[str, Any]:
        known = {"containerInstanceArn": self.arn} if self.arn else {}
        versions = {"agentVersion": "1.105.0", "agentHash": "abc", "dockerVersion": "25"}
        given: dict[str, Any] = {
            "instanceIdentityDocument": json.dumps(self.document),
            "instanceIdentityDocumentSignature": "none",
            "totalResources": RESOURCES,
            "attributes": ATTRIBUTES,
            "versionInfo": versions,
        }
        answer = await self.call("RegisterContainerInstance", **(given | known | more))
        row: dict[str, Any] = answer["containerInstance"]
        self.arn = row["containerInstanceArn"]
        return row

    async def connect(self, seq: int = 0) -> None:
        found = await self.call("DiscoverPollEndpoint", containerInstance=self.arn)
        query = {
            "containerInstanceArn": self.arn or "",
            "seqNum": str(seq),
            "agentVersion": "1.105.0",
        }
        self.acs = await self._http.ws_connect(found["endpoint"] + "/ws", params=query)
        self._tasks.append(asyncio.create_task(self._hear(self.acs)))

    async def telemetry(self) -> aiohttp.ClientWebSocketResponse:
        found = await self.call("DiscoverPollEndpoint", containerInstance=self.arn)
        query = {"containerInstance": self.arn or "", "cluster": "local"}
        return await self._http.ws_connect(found["telemetryEndpoint"] + "/ws", params=query)

    async def cut(self) -> None:
        """As a killed agent does: without a farewell."""
        if self.acs is not None and self.acs._response.connection is not None:
            transport = self.acs._response.connection.transport
            if transport is not None:
                transport.abort()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks.clear()
        if self.acs is not None:
            self.acs._response.close()  # else the client warns of it whenever it is collected

    async def say(self, kind: str, **message: Any) -> None:
        assert self.acs is not None
        await self.acs.send_str(json.dumps({"type": kind, "message": message}))

    async def until(self, there: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: bool(there()))

    async def eventually(self, look: Callable[[], Any]) -> None:
        """Until what the control plane shows is so: `look` is awaited again and again."""
        end = time.monotonic() + PATIENCE
        while not await look():
            assert time.monotonic() < end
            await asyncio.sleep(0.01)

    def kinds(self, kind: str) -> list[dict[str, Any]]:
        return [message for name, message in self.heard if name == kind]

    @property
    def orders(self) -> list[dict[str, Any]]:
        return self.kinds("PayloadMessage")

    @property
    def is_open(self) -> bool:
        return self.acs is not None and not self.acs.closed

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            found = json.loads(frame.data)
            kind, message = found["type"], found["message"]
            if kind == "PayloadMessage" and self.acks:
                await self.say("AckRequest", messageId=message["messageId"])
            if kind == "HeartbeatMessage" and self.acks:
                await self.say("HeartbeatAckRequest", messageId=message["messageId"])
            self.heard.append((kind, message))
            async with self._news:
                self._news.notify_all()
        self.heard.append(("closed", {}))
        async with self._news:
            self._news.notify_all()
