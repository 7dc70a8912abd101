"""A world in real time, shared by all requests: its timer, its long polls, its faults.

One event loop runs it, so a call to the world is never in the midst of another.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from daemonctl.local.api import sts
from daemonctl.local.face import FAILED, answer_lost, refuse_by_fault
from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from daemonctl.local.world import World

    Params = Mapping[str, object]
    Answer = dict[str, object]

T = TypeVar("T")
LONGEST_SLEEP = 60.0  # of the timer, in real seconds: a bound for what a clock's jump can cost


class Dropped(Exception):  # noqa: N818  it is what happens, not an error of ours
    """The answer is lost: the connection is to be cut."""


class Live:
    """A world and its clock.

    Args:
        world: What is run.
        clock: Real time, in epoch seconds, that never goes back.
        speed: World seconds that pass in a real second.
        account: The account that STS tells.
    """

    def __init__(
        self,
        world: World,
        clock: Callable[[], float],
        *,
        speed: float = 1.0,
        account: str = "000000000000",
    ) -> None:
        self.world = world
        self.speed = speed
        self._account = account
        self._clock = clock
        self._began = clock()
        self._changed = asyncio.Condition()
        self._nudge = asyncio.Event()
        self._closed = False

    def now(self) -> float:
        """Tell the world's time in epoch seconds."""
        return self._began + (self._clock() - self._began) * self.speed

    async def run(self) -> None:
        """Advance the world whenever something in it is due, until cancelled."""
        while True:
            self._nudge.clear()
            self.world.advance(self.now())
            await self._tell()
            wake = self.world.next_wake()
            real = LONGEST_SLEEP if wake is None else (wake - self.now()) / self.speed
            await _either(self._nudge, min(max(real, 0.0), LONGEST_SLEEP))

    async def close(self) -> None:
        """Let every long poll answer now."""
        self._closed = True
        await self._tell()

    async def call(self, service: str, operation: str, params: Params) -> Answer:
        """Do one call, with the faults that strike it.

        Raises:
            WorldError: The refusal that is to be answered.
            Dropped: It is done, and no answer may come.
        """
        if service == "sts":
            return sts.call(self._account, operation, params, self.now())
        late = self.world.faults.latency(self.now())
        try:
            refuse_by_fault(self.world, service, self.now())
            if (service, operation) == ("sqs", "ReceiveMessage"):
                answer = await self._receive(params)
            else:
                answer = await self.change(
                    lambda: self.world.call(service, operation, params, self.now())
                )
        finally:
            await asyncio.sleep(late / self.speed)
        lost = answer_lost(self.world, service, operation, self.now())
        if lost == "dropped":
            raise Dropped
        if lost == "server_error":
            no = FAILED[service]
            raise WorldError(no.code, no.message, no.status)
        return answer

    async def change(self, act: Callable[[], T]) -> T:
        """Do something to the world, then let the timer and the long polls look at it."""
        self.world.advance(self.now())
        found = act()
        self._nudge.set()
        await self._tell()
        return found

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _receive(self, params: Params) -> Answer:
        """Answer once a message is there or the wait is over; the wait is real seconds."""
        wait = params.get("WaitTimeSeconds")
        url = str(params.get("QueueUrl", ""))
        if not isinstance(wait, int):
            wait = self.world.sqs.find(url).setting("ReceiveMessageWaitTimeSeconds")
        end = self.now() + wait * self.speed
        while True:
            now = self.now()
            answer = self.world.call("sqs", "ReceiveMessage", params, now)
            if answer.get("Messages") or now >= end or self._closed:
                return answer
            shown = self.world.sqs.next_visible(url)
            until = end if shown is None else min(end, shown)
            await self._wait_for_change(max(0.0, until - now) / self.speed)

    async def _wait_for_change(self, seconds: float) -> None:
        async with self._changed:
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
            except TimeoutError:
                return


async def _either(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
