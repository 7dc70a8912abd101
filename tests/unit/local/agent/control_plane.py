"""A small control plane that an agent can be held against: what it was told, and orders to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/local"
INSTANCE = "arn:aws:ecs:us-east-1:123456789012:container-instance/local/" + "1" * 32
Wire = dict[str, Any]


class ControlPlane:
    """Registers anybody, sends payloads until they are acknowledged, notes what is submitted.

    Attributes:
        refuse: By operation: the error code with which it is refused, None: a server error.
        refused: How often it refused.
        unknown_arns: Nobody is known by a container instance's ARN.
        socket_refusal: With which error ACS is refused.
    """

    def __init__(self) -> None:
        self.registrations: list[Wire] = []
        self.submitted: list[Wire] = []
        self.health: list[Wire] = []
        self.acknowledged: list[str] = []
        self.stop_candidates: list[list[str]] = []
        self.refuse: dict[str, str | None] = {}
        self.refused = 0
        self.unknown_arns = False
        self.socket_refusal: str | None = None
        self.socket: web.WebSocketResponse | None = None
        self.port = 0
        self._payloads: list[Wire] = []
        self._number = 0
        self._news = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/", self._call)
        app.router.add_get("/acs/ws", self._acs)
        app.router.add_get("/tcs/ws", self._tcs)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def order(self, task: Wire) -> None:
        """Send a task to the agent, now or when it connects."""
        self._number += 1
        message = {
            "clusterArn": CLUSTER,
            "containerInstanceArn": INSTANCE,
            "messageId": f"message-{self._number}",
            "seqNum": self._number,
            "generatedAt": 0,
            "tasks": [task],
        }
        self._payloads.append(message)
        await self.send("PayloadMessage", message)

    async def send(self, kind: str, message: Wire) -> None:
        if self.socket is not None and not self.socket.closed:
            with suppress(ConnectionError):  # it is sent again on the next connection
                await self.socket.send_str(json.dumps({"type": kind, "message": message}))

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait until something is so; it is looked at after everything that is heard."""
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(so)

    async def until_task(self, arn: str, status: str) -> Wire:
        """Wait for the report that a task has a status."""
        await self.until(lambda: self.report(arn, status) is not None)
        found = self.report(arn, status)
        assert found is not None
        return found

    def report(self, arn: str, status: str) -> Wire | None:
        rows = [row for row in self.submitted if row["task"] == arn and row["status"] == status]
        return rows[-1] if rows else None

    def statuses(self, arn: str) -> list[str]:
        return [row["status"] for row in self.submitted if row["task"] == arn]

    async def _call(self, request: web.Request) -> web.Response:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        params = json.loads(await request.read())
        if operation in self.refuse:
            self.refused += 1
            code = self.refuse[operation]
            body = {"__type": code or "ServerException", "message": "said the test"}
            return web.json_response(body, status=400 if code else 500)
        answer: Wire = {"acknowledgment": "ok"}
        if operation == "RegisterContainerInstance":
            self.registrations.append(params)
            if self.unknown_arns and "containerInstanceArn" in params:
                body = {"__type": "InvalidParameterException", "message": "said the test"}
                return web.json_response(body, status=400)
            answer = {"containerInstance": {"containerInstanceArn": INSTANCE}}
        elif operation == "DiscoverPollEndpoint":
            at = self.endpoint
            answer = {"endpoint": f"{at}/acs", "telemetryEndpoint": f"{at}/tcs"}
        else:
            self.submitted.append(params)
        await self._tell()
        return web.json_response(answer)

    async def _acs(self, request: web.Request) -> web.StreamResponse:
        if self.socket_refusal is not None:
            body = {"type": self.socket_refusal, "message": {"message": "said the test"}}
            return web.json_response(body, status=400)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.socket = socket
        for message in self._payloads:
            await self.send("PayloadMessage", message)
        await self._tell()
        async for received in socket:
            if received.type == WSMsgType.TEXT:
                await self._hear(json.loads(received.data))
        return socket

    async def _hear(self, frame: Wire) -> None:
        message = frame["message"]
        if frame["type"] == "AckRequest":
            self.acknowledged.append(message["messageId"])
            self._payloads = [
                row for row in self._payloads if row["messageId"] != message["messageId"]
            ]
        elif frame["type"] == "HeartbeatAckRequest":
            self.acknowledged.append(message["messageId"])
        elif frame["type"] == "TaskStopVerificationMessage":
            rows = message["stopCandidates"]
            self.stop_candidates.append([row["taskArn"] for row in rows])
            await self.send("TaskStopVerificationAck", {"stopTasks": rows})
        await self._tell()

    async def _tcs(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for received in socket:
            if received.type == WSMsgType.TEXT:
                self.health.append(json.loads(received.data))
                await self._tell()
        return socket

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
