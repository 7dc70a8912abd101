"""The websockets that agents open: ACS (``/acs/ws``) for orders, TCS (``/tcs/ws``) for health.

Shapes and spans are those of the agent's published message model. A socket lives as long as its
agent is welcome: not deregistered, not terminated, not disconnected on purpose, and answering.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from daemonctl.local.api import frames
from daemonctl.local.api.session import Session, Spans
from daemonctl.local.api.telemetry import Telemetry
from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from daemonctl.local.api.live import Live
    from daemonctl.local.world.instance import Instance

    Conversation = Session | Telemetry

_LOG = logging.getLogger(__name__)
LARGEST_FRAME = 4 * 1024 * 1024
CLOSING_SECONDS = 1.0  # for the other side's farewell
VERSIONS = ("agentVersion", "agentHash", "dockerVersion")
DATA = (WSMsgType.TEXT, WSMsgType.BINARY)


class AgentSockets:
    """All agents' connections to one world.

    Args:
        live: The world.
        spans: Spans of the connections.
    """

    def __init__(self, live: Live, spans: Spans | None = None) -> None:
        self._live = live
        self._spans = spans or Spans()
        self._open: dict[str, web.WebSocketResponse] = {}

    def add_routes(self, app: web.Application) -> None:
        """Add both endpoints, and the grace for agents that a restart cut off."""
        app.router.add_get("/acs/ws", self._acs)
        app.router.add_get("/tcs/ws", self._tcs)
        app.cleanup_ctx.append(self._watch)

    async def _acs(self, request: web.Request) -> web.StreamResponse:
        """Serve an agent its orders; a second socket of the same instance replaces the first."""
        arn = request.query.get("containerInstanceArn", "")
        instance = self._live.look().agents.find(arn)
        refused = self._refusal(arn, instance)
        if instance is None or refused is not None:
            return refused or web.Response(status=frames.REFUSED)
        socket = await _opened(request)
        self._open[instance.arn] = socket
        number = request.query.get("seqNum", "")
        try:
            await self._live.act(
                "agent_connected",
                agent=instance.arn,
                sequence=int(number) if number.isdigit() else 0,
                versions={key: request.query[key] for key in VERSIONS if key in request.query},
            )
            session = Session(
                self._live,
                instance,
                socket,
                self._spans,
                lambda: self._open.get(instance.arn) is socket,
            )
            await _talk(socket, session)
        finally:
            if self._open.get(instance.arn) is socket:
                del self._open[instance.arn]
                if not self._live.is_closed:
                    await self._live.act("agent_disconnected", agent=instance.arn)
        return socket

    async def _tcs(self, request: web.Request) -> web.StreamResponse:
        """Hear an agent's health reports."""
        arn = request.query.get("containerInstance", "")
        instance = self._live.look().agents.find(arn)
        refused = self._refusal(arn, instance)
        if instance is None or refused is not None:
            return refused or web.Response(status=frames.REFUSED)
        socket = await _opened(request)
        await _talk(socket, Telemetry(self._live, instance, socket, self._spans))
        return socket

    def _refusal(self, arn: str, instance: Instance | None) -> web.Response | None:
        """Why an agent gets no socket, in the words of ACS; None: it gets one."""
        if instance is None or instance.agent is None:
            return frames.refusal("InvalidInstanceException", f"{arn or 'nothing'} is unknown.")
        if instance.status == "INACTIVE":
            return frames.refusal("InactiveInstanceException", f"{arn} is not active.")
        if instance.host.state != "running":
            words = f"EC2 instance {instance.host.id} is {instance.host.state}."
            return frames.refusal("InvalidInstanceException", words)
        if instance.agent.barred:
            words = f"{instance.host.id} is disconnected on purpose."
            return frames.refusal("ServerException", words, frames.LATER)
        return None

    async def _watch(self, _app: web.Application) -> AsyncIterator[None]:
        """While the application runs: agents that do not come back after a restart are lost."""
        task = asyncio.create_task(self._grace())
        yield
        task.cancel()
        await asyncio.wait([task])

    async def _grace(self) -> None:
        await asyncio.sleep(self._spans.grace)
        for instance in self._live.look().agents.instances():
            if instance.connected and instance.arn not in self._open:
                await self._live.act("agent_disconnected", agent=instance.arn)


async def _opened(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(timeout=CLOSING_SECONDS, max_msg_size=LARGEST_FRAME)
    await socket.prepare(request)
    return socket


async def _talk(socket: web.WebSocketResponse, conversation: Conversation) -> None:
    """Speak and listen until one of both is over."""
    both = [
        asyncio.create_task(_quietly(conversation.send_all())),
        asyncio.create_task(_quietly(_listen(socket, conversation))),
    ]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        await asyncio.wait(both)
        await _quietly(_closed(socket))


async def _listen(socket: web.WebSocketResponse, conversation: Conversation) -> None:
    async for message in socket:
        if message.type in DATA:
            await conversation.hear(*frames.read(message.data))


async def _closed(socket: web.WebSocketResponse) -> None:
    await socket.close()


async def _quietly(doing: Coroutine[object, object, None]) -> None:
    """A connection that breaks is nothing to speak of; what the world refuses is logged."""
    try:
        await doing
    except (ConnectionError, TimeoutError):
        return
    except WorldError as no:
        _LOG.warning("an agent's message was refused: %s", no)
