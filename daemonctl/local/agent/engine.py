"""A Docker engine, by way of aiodocker: the few calls that the agent makes, and its events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import aiohttp
from aiodocker import Docker, DockerError
from aiodocker.events import DockerEvents
from aiodocker.types import JSONObject

from daemonctl.local.agent.config import LABEL
from daemonctl.local.agent.happened import Seen
from daemonctl.local.agent.inspected import epoch, seen_in
from daemonctl.local.agent.payload import Json

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_CONNECTED = 900  # aiodocker's own number, no HTTP status
NOT_FOUND, CONFLICT, NOT_MODIFIED = 404, 409, 304
EVENTS = ("start", "die", "oom", "health_status", "destroy")
LABEL_TASK = f"{LABEL}task-arn"
LABEL_NAME = f"{LABEL}container-name"


class EngineLostError(Exception):
    """The engine does not answer; the text says which one and why."""


class RefusedError(Exception):
    """The engine refused a call; the text is its own, as Docker's client prints it."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What the engine tells of itself; ``time`` is its host's clock, epoch seconds."""

    engine_id: str
    name: str
    version: str
    cpus: int
    memory_bytes: int
    os_type: str
    architecture: str
    time: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a container."""

    docker_id: str
    action: str
    exit_code: int | None


class Engine:
    """One engine; every call raises EngineLostError where it does not answer.

    Args:
        url: ``unix:///path`` or ``tcp://host:port``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._docker = Docker(url=url)

    async def close(self) -> None:
        await self._docker.close()

    async def info(self) -> EngineInfo:
        """Ask what it is, which also tells whether it is there."""
        with self._calls():
            row = await self._docker.system.info()
        return EngineInfo(
            engine_id=str(row.get("ID", "")),
            name=str(row.get("Name", "")),
            version=str(row.get("ServerVersion", "")),
            cpus=int(row.get("NCPU", 1)),
            memory_bytes=int(row.get("MemTotal", 0)),
            os_type=str(row.get("OSType", "linux")),
            architecture=str(row.get("Architecture", "x86_64")),
            time=epoch(str(row.get("SystemTime", ""))) or 0.0,
        )

    async def pull(self, image: str, idle_seconds: float) -> None:
        """Pull an image; TimeoutError where nothing comes for so long.

        Raises:
            RefusedError: The registry or the engine says no.
        """
        with self._calls():
            layers = aiter(self._docker.images.pull(image, stream=True, timeout=None))
            more = True
            while more:
                async with asyncio.timeout(idle_seconds):
                    more = await anext(layers, None) is not None
        # the stream of an engine that dies ends like any other
        if not await self.has_image(image):
            raise EngineLostError(f"the engine at {self.url} broke off the pull of {image}")

    async def has_image(self, image: str) -> bool:
        try:
            with self._calls():
                await self._docker.images.inspect(image)
        except RefusedError as no:
            if no.status == NOT_FOUND:
                return False
            raise
        return True

    async def create(self, name: str, body: Json) -> str:
        """Create a container, or find the one of that name that was created before.

        Raises:
            RefusedError: The engine says no.
        """
        try:
            with self._calls():
                made = await self._docker.containers.create(cast(JSONObject, body), name=name)
                return str(made.id)
        except RefusedError as no:
            if no.status == CONFLICT and (before := await self.inspect(name)) is not None:
                return before.docker_id
            raise

    async def start(self, docker_id: str) -> None:
        with self._calls():
            await self._docker.containers.container(docker_id).start()

    async def stop(self, docker_id: str, seconds: int) -> None:
        """SIGTERM (or the image's signal), SIGKILL after so long; returns once it has ended."""
        try:
            with self._calls():
                await self._docker.containers.container(docker_id).stop(t=seconds, timeout=None)
        except RefusedError as no:
            if no.status not in {NOT_FOUND, NOT_MODIFIED}:
                raise

    async def remove(self, docker_id: str) -> None:
        """Remove a container with its anonymous volumes; good where there is none."""
        try:
            with self._calls():
                await self._docker.containers.container(docker_id).delete(force=True, v=True)
        except RefusedError as no:
            if no.status not in {NOT_FOUND, CONFLICT}:
                raise

    async def make_volume(self, body: Json) -> None:
        with self._calls():
            await self._docker.volumes.create(body)

    async def remove_volume(self, name: str) -> None:
        try:
            with self._calls():
                volume = await self._docker.volumes.get(name)
                await volume.delete()
        except RefusedError as no:
            if no.status not in {NOT_FOUND, CONFLICT}:
                raise

    async def inspect(self, name: str) -> Seen | None:
        """Look at a container by id or name; None: there is none."""
        try:
            with self._calls():
                return seen_in(await self._docker.containers.container(name).show())
        except RefusedError as no:
            if no.status == NOT_FOUND:
                return None
            raise

    async def left(self) -> dict[tuple[str, str], str]:
        """Find the containers that agents made: by task ARN and container, their names."""
        filters = {"label": [LABEL_TASK]}
        with self._calls():
            rows = await self._docker.containers.list(all=1, filters=json.dumps(filters))
        found: dict[tuple[str, str], str] = {}
        for row in rows:
            labels, names = row["Labels"], row["Names"]
            found[labels[LABEL_TASK], labels.get(LABEL_NAME, "")] = names[0].lstrip("/")
        return found

    async def events(self, since: float) -> AsyncIterator[Event]:
        """Tell of containers made by agents, from a time of the engine's clock on.

        Raises:
            EngineLostError: The stream has ended, which it does with the engine only.
        """
        stream = DockerEvents(self._docker)
        subscriber = stream.subscribe(create_task=False)
        filters = {"type": ["container"], "event": list(EVENTS), "label": [LABEL_TASK]}
        reader = asyncio.create_task(stream.run(since=f"{since:.3f}", filters=json.dumps(filters)))
        try:
            while (row := await subscriber.get()) is not None:
                yield _event(row)
        finally:
            reader.cancel()
            await asyncio.wait([reader])
        no = None if reader.cancelled() else reader.exception()
        because = "" if no is None else f": {no}"
        raise EngineLostError(f"the engine at {self.url} ended its stream of events{because}")

    @contextmanager
    def _calls(self) -> Iterator[None]:
        try:
            yield
        except DockerError as no:
            if no.status == NOT_CONNECTED:
                raise EngineLostError(no.message) from no
            raise RefusedError(f"Error response from daemon: {no.message}", no.status) from no
        except (aiohttp.ClientError, OSError) as no:
            if isinstance(no, TimeoutError):
                raise
            raise EngineLostError(f"the engine at {self.url} broke off: {no}") from no


def _event(row: dict[str, Any]) -> Event:
    actor = row.get("Actor") or {}
    code = (actor.get("Attributes") or {}).get("exitCode")
    return Event(
        docker_id=str(actor.get("ID", "")),
        action=str(row.get("Action", "")),
        exit_code=int(code) if code is not None and str(code).isdigit() else None,
    )
