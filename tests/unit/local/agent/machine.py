"""A machine with a Docker engine on it, made of dicts: what the agent asks of an engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from daemonctl.local.agent.engine import EngineInfo, EngineLostError, Event, RefusedError
from daemonctl.local.agent.happened import Seen

NEVER_STOPS = "sleep"


@dataclass
class Box:
    """A container; ``stubborn``: SIGTERM does not end it until let go."""

    name: str
    body: dict[str, Any]
    seen: Seen
    stubborn: bool = False


@dataclass
class Machine:
    """What outlives engines and agents.

    Attributes:
        images: That are there.
        registry: That can be pulled.
        slow: Images whose pull never ends.
        no_start: Images whose start is refused, and with which words.
        over: Images whose containers end at once, with which exit code.
    """

    images: set[str] = field(default_factory=lambda: {"busybox"})
    registry: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)
    stubborn: set[str] = field(default_factory=set)
    no_start: dict[str, str] = field(default_factory=dict)
    over: dict[str, int] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)
    volumes: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    up: bool = True
    time: float = 1000.0
    listeners: list[asyncio.Queue[Event | None]] = field(default_factory=list)

    def connect(self, url: str) -> Any:
        return FakeEngine(self, url)

    def die(self, name: str, exit_code: int = 137, *, out_of_memory: bool = False) -> None:
        """A container ends by itself."""
        box = self.boxes[name]
        self.time += 1
        box.seen = replace(
            box.seen, status="exited", exit_code=exit_code, out_of_memory=out_of_memory,
            finished_at=self.time,
        )  # fmt: skip
        self.tell("die", box, exit_code)

    def vanish(self, name: str) -> None:
        """Somebody removes it."""
        box = self.boxes.pop(name)
        self.tell("die", box, 137)
        self.tell("destroy", box)

    def check(self, name: str, health: str) -> None:
        box = self.boxes[name]
        box.seen = replace(box.seen, health=health)
        self.tell(f"health_status: {health}", box)

    def crash(self) -> None:
        """The engine dies; containers live on."""
        self.up = False
        for queue in self.listeners:
            queue.put_nowait(None)

    def tell(self, action: str, box: Box, exit_code: int | None = None) -> None:
        for queue in self.listeners:
            queue.put_nowait(Event(box.seen.docker_id, action, exit_code))


class FakeEngine:
    """A client, as `daemonctl.local.agent.engine.Engine` is one."""

    def __init__(self, machine: Machine, url: str) -> None:
        self._machine = machine
        self.url = url

    def _there(self, call: str) -> Machine:
        if not self._machine.up:
            raise EngineLostError("no engine")
        self._machine.calls.append(call)
        return self._machine

    async def close(self) -> None:
        pass

    async def info(self) -> EngineInfo:
        self._there("info")
        return EngineInfo("ID", "name", "20.10", 2, 4 << 30, "linux", "x86_64", 1.0)

    async def pull(self, image: str, idle_seconds: float) -> None:
        machine = self._there(f"pull {image}")
        if image in machine.slow:
            await asyncio.Event().wait()
        if image not in machine.registry:
            raise RefusedError(f"Error response from daemon: manifest for {image} not found", 404)
        machine.images.add(image)

    async def has_image(self, image: str) -> bool:
        return image in self._there("image").images

    async def create(self, name: str, body: dict[str, Any]) -> str:
        machine = self._there(f"create {name}")
        if name in machine.boxes:
            return machine.boxes[name].seen.docker_id
        seen = Seen(docker_id=f"id-of-{name}", status="created")
        machine.boxes[name] = Box(name, body, seen, body["Image"] in machine.stubborn)
        return seen.docker_id

    async def start(self, docker_id: str) -> None:
        machine = self._there(f"start {docker_id}")
        box = machine.boxes[docker_id]
        words = machine.no_start.get(box.body["Image"])
        if words is not None:
            raise RefusedError(f"Error response from daemon: {words}", 500)
        if box.seen.status == "running":
            return
        machine.time += 1
        checked = "starting" if "Healthcheck" in box.body else None
        box.seen = Seen(box.seen.docker_id, "running", started_at=machine.time, health=checked)
        machine.tell("start", box)
        if box.body["Image"] in machine.over:
            machine.die(docker_id, machine.over[box.body["Image"]])

    async def stop(self, docker_id: str, seconds: int) -> None:
        machine = self._there(f"stop {docker_id} {seconds}")
        if machine.boxes[docker_id].stubborn:
            await asyncio.Event().wait()
        machine.die(docker_id, 143)

    async def remove(self, docker_id: str) -> None:
        self._there(f"remove {docker_id}").boxes.pop(docker_id, None)

    async def make_volume(self, body: dict[str, Any]) -> None:
        self._there("volume").volumes.add(body["Name"])

    async def remove_volume(self, name: str) -> None:
        self._there("no volume").volumes.discard(name)

    async def inspect(self, name: str) -> Seen | None:
        machine = self._there("inspect")
        return machine.boxes[name].seen if name in machine.boxes else None

    async def left(self) -> dict[tuple[str, str], str]:
        machine = self._there("left")
        label = "com.amazonaws.ecs."
        return {
            (
                box.body["Labels"][f"{label}task-arn"],
                box.body["Labels"][f"{label}container-name"],
            ): name
            for name, box in machine.boxes.items()
        }

    async def events(self, since: float) -> AsyncIterator[Event]:
        machine = self._there("events")
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        machine.listeners.append(queue)
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            machine.listeners.remove(queue)
        raise EngineLostError("the engine is gone")
