"""ACS: the websocket on which the control plane sends orders, opened again for ever."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import aiohttp

from daemonctl.local.agent import identity, messages
from daemonctl.local.agent.backoff import Backoff
from daemonctl.local.agent.messages import rows
from daemonctl.local.agent.payload import STOPPED, Json
from daemonctl.local.agent.plane import AwayError, Plane
from daemonctl.local.agent.record import STOPPED as ENDED
from daemonctl.local.agent.worker import Worker

SILENCE_SECONDS = 120.0
"""Without a heartbeat for so long the connection is taken for lost."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Registered:
    """Which container instance this is, on which cluster."""

    cluster: str
    arn: str
    docker_version: str

    @property
    def cluster_arn(self) -> str:
        """Of the cluster that the instance's own ARN names."""
        head, _, rest = self.arn.partition(":container-instance/")
        return f"{head}:cluster/{rest.split('/')[0]}" if "/" in rest else self.cluster


class Session:
    """The connection of one container instance."""

    def __init__(self, worker: Worker, plane: Plane, who: Registered) -> None:
        self._worker = worker
        self._plane = plane
        self._who = who
        self._backoff = Backoff()
        self._warned = False

    async def run(self) -> None:
        """Stay connected for ever.

        Raises:
            NoError: The control plane does not want this container instance any more.
        """
        while True:
            try:
                await self._connected()
            except AwayError as no:
                _LOG.info("not connected: %s", no)
            await asyncio.sleep(self._backoff.wait())

    async def _connected(self) -> None:
        who = self._who
        where = await self._plane.call(
            "DiscoverPollEndpoint", {"cluster": who.cluster, "containerInstance": who.arn}
        )
        query = {
            "agentHash": identity.HASH,
            "agentVersion": identity.VERSION,
            "clusterArn": who.cluster_arn,
            "containerInstanceArn": who.arn,
            "dockerVersion": f"DockerVersion: {who.docker_version}",
            "protocolVersion": "2",
            "sendCredentials": "true",
            "seqNum": str(self._worker.roster.sequence),
        }
        socket = await self._plane.socket(str(where["endpoint"]), query, SILENCE_SECONDS)
        async with socket:
            _LOG.info("connected as %s", who.arn)
            await self._serve(socket)

    async def _serve(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for received in socket:
                if received.type not in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                    continue
                frame = messages.read_frame(received.data)
                if frame is None:
                    _LOG.warning("a frame that is no JSON message is left out")
                    continue
                for answer in self._answers(frame):
                    await socket.send_str(answer)
        except TimeoutError:
            _LOG.warning("no heartbeat for %.0f s: connecting anew", SILENCE_SECONDS)
        except (aiohttp.ClientError, OSError) as no:
            _LOG.info("the connection broke: %s", no)

    def _answers(self, frame: messages.Frame) -> list[str]:
        message = frame.message
        if frame.type == messages.HEARTBEAT:
            # not at the opening: two agents of one instance would replace each other all the time
            self._backoff.reset()
            return [messages.heartbeat_ack(message)]
        if frame.type == messages.PAYLOAD:
            self._worker.take(rows(message, "tasks"), messages.number(message, "seqNum"))
            return [messages.ack(message, self._who.cluster, self._who.arn)]
        if frame.type == messages.MANIFEST:
            return [messages.ack(message, self._who.cluster, self._who.arn), *self._verify(message)]
        if frame.type == messages.STOP_ACK:
            self._worker.stop([str(row.get("taskArn")) for row in rows(message, "stopTasks")])
        elif frame.type == messages.ERROR:
            _LOG.warning("the control plane reports: %s", message.get("message", message))
        return []

    def _verify(self, message: Json) -> list[str]:
        self._warn_of_strangers(message)
        running = [
            task.arn
            for task in self._worker.roster.tasks.values()
            if task.status != ENDED and task.record.desired != STOPPED
        ]
        candidates = messages.stop_candidates(message, running, self._who.cluster_arn)
        return [messages.verification(message, candidates)] if candidates else []

    def _warn_of_strangers(self, message: Json) -> None:
        wanted = {str(row.get("taskArn")) for row in rows(message, "tasks")}
        strangers = [] if self._warned else self._worker.roster.strangers(wanted)
        self._warned = True
        if strangers:
            _LOG.warning(
                "%d containers of tasks that the control plane does not know are on the engine and "
                "are left alone; to remove them: docker rm -f %s",
                len(strangers),
                " ".join(strangers),
            )
