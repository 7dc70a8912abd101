"""TCS: the websocket on which the agent publishes container health, as the ECS agent does."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid

import aiohttp

from daemonctl.local.agent import identity, messages
from daemonctl.local.agent.backoff import Backoff
from daemonctl.local.agent.payload import Json
from daemonctl.local.agent.plane import AwayError, NoError, Plane
from daemonctl.local.agent.session import SILENCE_SECONDS, Registered
from daemonctl.local.agent.telling import health_of
from daemonctl.local.agent.worker import Worker

PUBLISH_SECONDS = 20.0
"""Health is published so often at least (the ECS agent's interval), and when it changes."""

_LOG = logging.getLogger(__name__)


class Telemetry:
    """The connection over which health is told.

    Args:
        worker: Whose containers.
        plane: To whom.
        who: Which container instance this is.
        changed: Set when health may have changed.
    """

    def __init__(
        self, worker: Worker, plane: Plane, who: Registered, changed: asyncio.Event
    ) -> None:
        self._worker = worker
        self._plane = plane
        self._who = who
        self._changed = changed

    async def run(self) -> None:
        """Publish for ever; that the control plane refuses is ACS's to find out."""
        backoff = Backoff()
        while True:
            try:
                await self._connected(backoff)
            except (AwayError, NoError) as no:
                _LOG.debug("health is not told now: %s", no)
            await asyncio.sleep(backoff.wait())

    async def _connected(self, backoff: Backoff) -> None:
        who = self._who
        where = await self._plane.call(
            "DiscoverPollEndpoint", {"cluster": who.cluster, "containerInstance": who.arn}
        )
        query = {
            "agentHash": identity.HASH,
            "agentVersion": identity.VERSION,
            "cluster": who.cluster,
            "containerInstance": who.arn,
            "dockerVersion": f"DockerVersion: {who.docker_version}",
        }
        endpoint = str(where["telemetryEndpoint"])
        socket = await self._plane.socket(endpoint, query, SILENCE_SECONDS)
        async with socket:
            backoff.reset()
            publishing = asyncio.create_task(self._publish(socket))
            try:
                async for _ in socket:
                    pass  # heartbeats and acknowledgements: that they come is all they say
            except TimeoutError:
                _LOG.info("telemetry: no heartbeat for %.0f s", SILENCE_SECONDS)
            finally:
                publishing.cancel()
                await asyncio.gather(publishing, return_exceptions=True)

    async def _publish(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        told: list[Json] | None = None
        last = time.monotonic()
        while True:
            self._changed.clear()
            tasks = health_of(self._worker.roster.tasks.values())
            due = time.monotonic() >= last + PUBLISH_SECONDS
            if tasks and (due or tasks != told):
                await socket.send_str(self._request(tasks))
                told, last = tasks, time.monotonic()
            try:
                async with asyncio.timeout(PUBLISH_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _request(self, tasks: list[Json]) -> str:
        metadata: Json = {
            "cluster": self._who.cluster,
            "containerInstance": self._who.arn,
            "messageId": str(uuid.uuid4()),
            "fin": True,
        }
        body: Json = {"metadata": metadata, "tasks": tasks, "timestamp": round(time.time(), 3)}
        return messages.frame("PublishHealthRequest", body)
