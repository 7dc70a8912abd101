"""One agent's ACS connection: what is sent to it, and what it answers."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemonctl.local.api import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import web

    from daemonctl.local.api.live import Live
    from daemonctl.local.world.fields import Answer
    from daemonctl.local.world.instance import Instance


@dataclass(frozen=True)
class Spans:
    """Spans of a connection, in real seconds.

    Attributes:
        heartbeat: Between two heartbeats ("every 30 s or so").
        silence: An agent that acknowledged no heartbeat for so long is gone.
        resend: Orders that are not acknowledged after this are sent again (assumption).
        grace: After a restart of the control plane an agent has so long to come back before it
            counts as disconnected (assumption).
    """

    heartbeat: float = 30.0
    silence: float = 75.0
    resend: float = 10.0
    grace: float = 30.0


class Session:
    """Sends an agent its orders, in order, until each is acknowledged; keeps it alive.

    Args:
        live: The world.
        instance: The container instance whose agent it is.
        socket: The open websocket.
        spans: How long what takes.
        is_current: Says whether the agent has no newer connection.
    """

    def __init__(
        self,
        live: Live,
        instance: Instance,
        socket: web.WebSocketResponse,
        spans: Spans,
        is_current: Callable[[], bool],
    ) -> None:
        self.instance = instance
        self._live = live
        self._socket = socket
        self._spans = spans
        self._is_current = is_current
        self._sent: dict[object, float] = {}
        self._heard = time.monotonic()
        self._beat_at = self._heard + spans.heartbeat

    async def send_all(self) -> None:
        """Send until the agent is no longer welcome, falls silent, or the end comes."""
        await self._send_orders(time.monotonic())
        manifest = await self._live.act("agent_manifest", agent=self.instance.arn)
        await self._send("TaskManifestMessage", manifest if isinstance(manifest, dict) else {})
        while self._is_good(time.monotonic()):
            seen, now = self._live.changes, time.monotonic()
            await self._send_orders(now)
            if now >= self._beat_at:
                self._beat_at = now + self._spans.heartbeat
                beat = {"healthy": True, "messageId": str(uuid.uuid4())}
                await self._send("HeartbeatMessage", beat)
            await self._live.changed_since(seen, self._until_next(now))
        if self.instance.status == "INACTIVE":
            words = {"message": "The container instance is not active."}
            await self._send("InactiveInstanceException", words)

    async def hear(self, kind: str, message: dict[str, object]) -> None:
        """Take what the agent says."""
        self._heard = time.monotonic()
        if kind == "AckRequest":
            words = str(message.get("messageId", ""))
            await self._live.act("agent_acknowledged", agent=self.instance.arn, message=words)
        elif kind == "TaskStopVerificationMessage":
            await self._send("TaskStopVerificationAck", self._verified(message))

    def _is_good(self, now: float) -> bool:
        welcome = self._live.world.agents.is_welcome(self.instance)
        quiet = now - self._heard >= self._spans.silence
        over = self._live.is_closed or self._socket.closed
        return welcome and self._is_current() and not quiet and not over

    async def _send_orders(self, now: float) -> None:
        """Send what was not sent yet; from the oldest that waits too long on, all again."""
        orders = self._live.world.agents.orders(self.instance)
        self._sent = {
            key: at
            for order in orders
            if (at := self._sent.get(key := order["messageId"])) is not None
        }
        oldest = min(self._sent.values(), default=now)
        if now - oldest >= self._spans.resend:
            self._sent.clear()
        for order in orders:
            if order["messageId"] not in self._sent:
                self._sent[order["messageId"]] = now
                await self._send("PayloadMessage", order)

    def _until_next(self, now: float) -> float:
        again = min(self._sent.values(), default=float("inf")) + self._spans.resend
        return max(0.0, min(again, self._beat_at, self._heard + self._spans.silence) - now)

    def _verified(self, message: dict[str, object]) -> Answer:
        found = message.get("stopCandidates")
        rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        asked = [str(row.get("taskArn", "")) for row in rows]
        stop = self._live.look().agents.unwanted(self.instance, asked)
        return {
            "messageId": message.get("messageId"),
            "generatedAt": int(self._live.now() * 1000),
            "stopTasks": [
                {
                    "taskArn": row.get("taskArn"),
                    "taskClusterArn": row.get("taskClusterArn"),
                    "desiredStatus": "STOPPED",
                }
                for row in rows
                if row.get("taskArn") in stop
            ],
        }

    async def _send(self, kind: str, message: Mapping[str, object]) -> None:
        async with asyncio.timeout(self._spans.silence):
            await self._socket.send_str(frames.frame(kind, message))
