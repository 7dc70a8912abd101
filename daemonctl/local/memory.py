"""The world as a transport in memory, for tests and the simulation: no sockets, any clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.face import SERVER_FAULT, answer_lost, refuse_by_fault, sdk_code
from daemonctl.local.world.errors import WorldError
from daemonctl.ports import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemonctl.local.face import Simulated
    from daemonctl.ports import Clock, Wire


class MemoryTransport:
    """`daemonctl.ports.Transport` over a world, with ways to it that take time.

    Half of a call's latency passes before the world does it and half after, so that a caller
    that is cancelled on the way may or may not have had its effect. The world goes on by itself
    only as far as calls advance it: whoever runs the clock also calls `world.advance`.

    Args:
        world: What answers.
        clock: Time, real or virtual.
        latency: Draws the seconds of one call, there and back.
        timeout: Seconds after which the caller gives up; a long poll's wait does not count.
        look_seconds: How often a long poll looks at its queue while nothing is known to come.
    """

    def __init__(
        self,
        world: Simulated,
        clock: Clock,
        *,
        latency: Callable[[], float] = lambda: 0.0,
        timeout: float = 60.0,
        look_seconds: float = 0.5,
    ) -> None:
        self._world = world
        self._clock = clock
        self._latency = latency
        self._timeout = timeout
        self._look_seconds = look_seconds
        self._is_cut = False

    def cut(self) -> None:
        """Let nothing through any more: what a crashed process still tries has no effect."""
        self._is_cut = True

    async def call(self, service: str, operation: str, params: Wire) -> Wire:
        """Call once.

        Raises:
            ApiError: As botocore would show it; ``Unreachable`` and ``Timeout`` where no
                answer came, which is ambiguous once the world may have done the call.
        """
        way = self._latency() / 2
        await self._clock.sleep(way)
        if self._is_cut:
            raise ApiError("Unreachable", "the connection was refused")
        late = self._world.faults.latency(self._clock.now())
        try:
            answer = await self._done(service, operation, params)
        except WorldError as no:
            await self._come_back(way, late)
            code = sdk_code(service, no.code)
            ambiguous = no.status >= SERVER_FAULT
            raise ApiError(code, no.message, ambiguous=ambiguous) from no
        await self._come_back(way, late)
        lost = answer_lost(self._world, service, operation, self._clock.now())
        if lost == "dropped":
            raise ApiError("Unreachable", "the connection was closed", ambiguous=True)
        if lost == "server_error":
            raise ApiError("ServerException", "Service Unavailable.", ambiguous=True)
        return answer

    async def _come_back(self, way: float, late: float) -> None:
        if way + late >= self._timeout:
            await self._clock.sleep(self._timeout)
            raise ApiError("Timeout", f"no answer within {self._timeout:g} s", ambiguous=True)
        await self._clock.sleep(way + late)
        if self._is_cut:
            raise ApiError("Unreachable", "the connection was closed", ambiguous=True)

    async def _done(self, service: str, operation: str, params: Wire) -> dict[str, object]:
        now = self._clock.now()
        refuse_by_fault(self._world, service, now)
        if (service, operation) == ("sqs", "ReceiveMessage"):
            await self._message_or_end(params, now + float(params.get("WaitTimeSeconds", 0)))
            if self._is_cut:
                raise ApiError("Unreachable", "the connection was closed", ambiguous=True)
        return self._world.call(service, operation, params, self._clock.now())

    async def _message_or_end(self, params: Wire, end: float) -> None:
        """Wait until the queue has something or the long poll is over."""
        queues = self._world.sqs
        url = str(params.get("QueueUrl", ""))
        while (now := self._clock.now()) < end and not self._is_cut:
            self._world.advance(now)
            ready = queues.next_visible(url)
            if ready is not None and ready <= now:
                return
            known = [at for at in (ready, queues.next_wake()) if at is not None and at > now]
            # what nobody knows of yet may come sooner, hence the look in between
            await self._clock.sleep(min(end, now + self._look_seconds, *known) - now)
