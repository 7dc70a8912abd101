"""One agent's TCS connection: it publishes container health (and metrics, which nobody keeps)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from daemonctl.local.api import frames

if TYPE_CHECKING:
    from aiohttp import web

    from daemonctl.local.api.live import Live
    from daemonctl.local.api.session import Spans
    from daemonctl.local.world.instance import Instance

ACKS = {
    "PublishHealthRequest": "AckPublishHealth",
    "PublishMetricsRequest": "AckPublishMetric",
    "PublishInstanceStatusRequest": "AckPublishInstanceStatus",
}


class Telemetry:
    """Acknowledges what an agent publishes, and tells it now and then that all is well.

    Args:
        live: The world.
        instance: The container instance whose agent it is.
        socket: The open websocket.
        spans: How long what takes.
    """

    def __init__(
        self, live: Live, instance: Instance, socket: web.WebSocketResponse, spans: Spans
    ) -> None:
        self._live = live
        self._instance = instance
        self._socket = socket
        self._spans = spans

    async def send_all(self) -> None:
        """Send heartbeats until the agent is no longer welcome or the end comes."""
        due = time.monotonic() + self._spans.heartbeat
        while self._is_good():
            seen, now = self._live.changes, time.monotonic()
            if now >= due:
                due = now + self._spans.heartbeat
                await self._send("HeartbeatMessage", {"healthy": True})
            await self._live.changed_since(seen, due - now)

    async def hear(self, kind: str, message: dict[str, object]) -> None:
        """Take what the agent publishes; only health that is news is worth a note."""
        if kind == "PublishHealthRequest":
            agents = self._live.look().agents
            news = agents.news(self._instance, health_of(message))
            if news:
                await self._live.act("agent_health", agent=self._instance.arn, health=news)
        if kind in ACKS:
            await self._send(ACKS[kind], {"message": "ok"})

    def _is_good(self) -> bool:
        welcome = self._live.world.agents.is_welcome(self._instance)
        return welcome and not self._live.is_closed and not self._socket.closed

    async def _send(self, kind: str, message: dict[str, object]) -> None:
        async with asyncio.timeout(self._spans.silence):
            await self._socket.send_str(frames.frame(kind, message))


def health_of(message: dict[str, object]) -> dict[str, dict[str, str]]:
    """Read a PublishHealthRequest: by task ARN and container name."""
    found: dict[str, dict[str, str]] = {}
    for task in _rows(message, "tasks"):
        found[str(task.get("taskArn", ""))] = {
            str(row.get("containerName", "")): str(row.get("healthStatus", ""))
            for row in _rows(task, "containers")
        }
    return found


def _rows(owner: dict[str, object], key: str) -> list[dict[str, object]]:
    rows = owner.get(key)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
