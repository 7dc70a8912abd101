"""One life of the controller, from its start to its crash or end, and what it sent and was told."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from daemonctl.local.memory import MemoryTransport
from daemonctl.model.lease import Power
from daemonctl.ports import ApiError, Wire
from daemonctl.runtime.facts import NOT_SENT
from daemonctl.runtime.mandate import UNBOUNDED, Mandate
from daemonctl.runtime.service import ClusterService

Slot = tuple[str, str]
"""Container instance ARN and daemon, as the oracle says it: plain text."""

WRITES = ("StartTask", "StopTask")
_SAID_AT = re.compile(r'"time": ?"([^"]+)"')
_TASK = re.compile(r'"taskArn": ?"([^"]+)"')
_BELIEVED = 45.0
"""Seconds: an event older than a minute is looked up, so it does not tell anything by itself."""


@dataclass
class Call:
    """One StartTask or StopTask that a life sent."""

    number: int
    life: Life
    operation: str
    slots: tuple[Slot, ...]
    sent_at: float
    params: Mapping[str, object]
    task: str = ""
    reason: str = ""
    outcome: str = "in flight"  # ok, refused, throttled, ambiguous, lost
    done: bool = False
    tasks: list[str] = field(default_factory=list)


def words_of(call: Call) -> str:
    """A call, as a breach names it."""
    named = call.task or ",".join(f"{arn[-6:]}/{name}" for arn, name in call.slots)
    return f"{call.life.name}: {call.operation} {call.number} ({named})"


@dataclass(eq=False)
class Life:
    """One process. Its transport is cut before anything of it is ended, as a crash does it.

    Attributes:
        born, ended: epoch seconds; ended is None while it lives.
        read: when each list last ended well, by what was listed.
        first_read: the same, the first time.
        told: since when it knows of a task by an answer or a fresh event, by task ARN.
        instances: since when it knows of a container instance.
        under_way: the writes that have no answer yet, by number.
        flight: the one of them at each slot.
        unsure: the last ambiguous write at each slot.
        sent: when it wrote to each slot lately.
        crash_in: calls until it crashes; None: not planned.
        crash_done: it crashes after the world has done that call, else before.
    """

    name: str
    born: float
    transport: MemoryTransport | None = None
    service: ClusterService | None = None
    ended: float | None = None
    read: dict[str, float] = field(default_factory=dict)
    first_read: dict[str, float] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)
    instances: dict[str, float] = field(default_factory=dict)
    under_way: dict[int, Call] = field(default_factory=dict)
    flight: dict[Slot, Call] = field(default_factory=dict)
    unsure: dict[Slot, Call] = field(default_factory=dict)
    sent: dict[Slot, deque[float]] = field(default_factory=dict)
    throttled_at: float = -1e9
    crash_in: int | None = None
    crash_done: bool = False
    mandate: Mandate = UNBOUNDED
    frozen: Callable[[], bool] = lambda: False  # its process is stopped, as by SIGSTOP
    thaw: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def able(self) -> bool:
        """Whether it may and can write."""
        return not self.frozen() and self.mandate.power() is not Power.NONE

    async def thawed(self) -> None:
        """What it does while it is stopped it does after that, if it still may.

        Raises:
            ApiError: it may not any more.
        """
        stopped = False
        while self.frozen():
            stopped = True
            await self.thaw.wait()
        if stopped and self.mandate.power() is Power.NONE:
            raise ApiError(NOT_SENT, "the lease ran out while the process was stopped")

    def crashes_now(self) -> bool:
        """Counts a call down."""
        if self.crash_in is None:
            return False
        self.crash_in -= 1
        return self.crash_in < 0

    def answered(self, operation: str, params: Wire, answer: Wire, now: float) -> None:
        """Takes in what an answer says."""
        if operation in {"StartTask", "DescribeTasks"}:
            for row in answer["tasks"]:
                self.told.setdefault(row["taskArn"], now)
        elif operation == "DescribeContainerInstances":
            for row in answer["containerInstances"]:
                self.instances.setdefault(row["containerInstanceArn"], now)
        elif operation.startswith("List") and not answer.get("nextToken"):
            key = _what(operation, params)
            self.read[key] = now
            self.first_read.setdefault(key, now)
        elif operation == "ReceiveMessage":
            for message in answer.get("Messages", ()):
                self._heard(message["Body"], now)

    def _heard(self, body: str, now: float) -> None:
        task, said_at = _TASK.search(body), _SAID_AT.search(body)
        if task is None or said_at is None or task.group(1) in self.told:
            return
        said = datetime.fromisoformat(said_at.group(1)).timestamp()
        if said >= now - _BELIEVED and said >= self.born - _BELIEVED:
            self.told[task.group(1)] = now


def _what(operation: str, params: Mapping[str, object]) -> str:
    if operation == "ListContainerInstances":
        return "instances"
    if "containerInstance" in params:
        return "one instance"
    if "startedBy" in params:
        return "own tasks"
    return f"{params.get('family', '')} {params.get('desiredStatus', '')}"
