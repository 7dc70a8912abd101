"""A world in real time, shared by all requests: its timer, its long polls, its faults.

One event loop runs it, so a call to the world is never in the midst of another.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from daemonctl.local import acts
from daemonctl.local.api import sts
from daemonctl.local.face import FAILED, answer_lost, changes, refuse_by_fault
from daemonctl.local.state.file import StateError
from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from daemonctl.local.state.keeper import Keeper
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
        keeper: What writes down all that is done, before it is answered; None: nobody.

    Attributes:
        broken: Why nothing more can be written down; set once, and the end of it all.
    """

    def __init__(
        self,
        world: World,
        clock: Callable[[], float],
        *,
        speed: float = 1.0,
        account: str = "000000000000",
        keeper: Keeper | None = None,
    ) -> None:
        self.world = world
        self.speed = speed
        self.broken: StateError | None = None
        self._account = account
        self._clock = clock
        self._keeper = keeper
        self._began = clock()
        self._origin = self._began if keeper is None else keeper.origin(self._began)
        self._changed = asyncio.Condition()
        self._changes = 0
        self._nudge = asyncio.Event()
        self._closed = False

    def now(self) -> float:
        """Tell the world's time in epoch seconds."""
        return self._origin + (self._clock() - self._began) * self.speed

    async def run(self) -> None:
        """Advance the world whenever something in it is due, until cancelled.

        Raises:
            StateError: Nothing more can be written down.
        """
        while self.broken is None:
            self._nudge.clear()
            self.world.advance(self.now())
            await self._tell()
            if self._keeper is not None and self._keeper.is_due:
                self._keeper.save(self.now(), self.speed)
            wake = self.world.next_wake()
            real = LONGEST_SLEEP if wake is None else (wake - self.now()) / self.speed
            await _either(self._nudge, min(max(real, 0.0), LONGEST_SLEEP))
        raise self.broken

    async def close(self) -> None:
        """Let every long poll answer now."""
        self._closed = True
        await self._tell()

    def save(self) -> None:
        """Make a last snapshot, once nobody asks any more; raises StateError."""
        if self._keeper is not None and self.broken is None:
            self.world.advance(self.now())
            self._keeper.save(self.now(), self.speed)

    async def call(self, service: str, operation: str, params: Params) -> Answer:
        """Do one call, with the faults that strike it.

        Raises:
            WorldError: The refusal that is to be answered.
            Dropped: It is done, and no answer may come.
        """
        if service == "sts":
            return sts.call(self._account, operation, params, self.now())
        late = self._chance(self.world.faults.latency)
        try:
            self._chance(lambda now: refuse_by_fault(self.world, service, now))
            if (service, operation) == ("sqs", "ReceiveMessage"):
                answer = await self._receive(params)
            else:
                answer = self._done(service, operation, params)
                await self._changed_now()
        finally:
            await asyncio.sleep(late / self.speed)
        lost = self._chance(lambda now: answer_lost(self.world, service, operation, now))
        if lost == "dropped":
            raise Dropped
        if lost == "server_error":
            no = FAILED[service]
            raise WorldError(no.code, no.message, no.status)
        return answer

    async def act(self, name: str, **args: object) -> object:
        """Let something happen to the world; see `daemonctl.local.acts`.

        Raises:
            WorldError, ValueError: It is refused.
        """
        now = self.now()
        self.world.advance(now)
        found = acts.act(self.world, name, args, now)
        self._note("act", [name, args], now)
        await self._changed_now()
        return found

    def look(self) -> World:
        """The world as it is now."""
        self.world.advance(self.now())
        return self.world

    def _done(self, service: str, operation: str, params: Params) -> Answer:
        """Do a call, and write it down if it changed anything."""
        now = self.now()
        self.world.advance(now)
        with self._noting_chance(now):
            answer = self.world.call(service, operation, params, now)
            if changes(service, operation, answer):
                self._note("call", [service, operation, params], now)
        return answer

    def _chance(self, draw: Callable[[float], T]) -> T:
        """Let a fault take its chance; what that cost of the dice is written down."""
        now = self.now()
        self.world.advance(now)
        with self._noting_chance(now):
            return draw(now)

    @contextmanager
    def _noting_chance(self, now: float) -> Iterator[None]:
        """What throws the dice and is not written down otherwise leaves a note of that."""
        if self._keeper is None:
            yield
            return
        thrown, entries = self._keeper.thrown, self._keeper.entries
        try:
            yield
        finally:
            if self._keeper.thrown != thrown and self._keeper.entries == entries:
                self._note("chance", [dict(self.world.faults.hits)], now)

    def _note(self, kind: str, body: list[object], now: float) -> None:
        """Write it down; where that fails nothing may be answered any more, now or later.

        Raises:
            WorldError: InternalFailure.
        """
        if self._keeper is None:
            return
        try:
            if self.broken is None:
                self._keeper.note(kind, body, now)
                return
        except StateError as no:
            self.broken = no
            self._nudge.set()
        raise WorldError("InternalFailure", f"not written down: {self.broken}", 500)

    async def _changed_now(self) -> None:
        """Let the timer and the long polls look at what was done."""
        self._nudge.set()
        await self._tell()

    @property
    def changes(self) -> int:
        """How often something may have changed; see `changed_since`."""
        return self._changes

    async def changed_since(self, seen: int, seconds: float) -> None:
        """Wait until something may have changed since `changes` was `seen`, or so many seconds."""
        async with self._changed:
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait_for(lambda: self._changes != seen or self._closed)
            except TimeoutError:
                return

    @property
    def is_closed(self) -> bool:
        """It ends: whoever serves a connection lets go of it."""
        return self._closed

    async def _tell(self) -> None:
        self._changes += 1
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
            answer = self._done("sqs", "ReceiveMessage", params)
            now = self.now()
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
