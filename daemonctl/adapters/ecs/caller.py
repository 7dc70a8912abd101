"""One call to ECS: its token first, then the request, then its outcome counted."""

from __future__ import annotations

from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.errors import THROTTLES
from daemonctl.ports import ApiError, Clock, Sink, Transport, Wire

READ_ATTEMPTS = 5
"""How often a read is sent while ECS throttles it or gives no answer: reading twice is harmless."""

AGAIN_SECONDS = 0.5
"""How long the second try after no answer waits; each further one as much longer."""


_HUNG = "Timeout"
"""Its code where the whole time-out went by. The caller hears of that at once: five of them would
leave a status that says "ready" for over a minute while ECS hangs."""


class Caller:
    """Sends reads and writes within the API budget, and tells the metrics of each."""

    def __init__(self, transport: Transport, buckets: Buckets, sink: Sink, clock: Clock) -> None:
        self._transport = transport
        self._buckets = buckets
        self._sink = sink
        self._clock = clock

    async def read(self, operation: str, params: Wire) -> Wire:
        """Waits for a token, then calls; again where it may help. Raises ApiError."""
        for left in reversed(range(READ_ATTEMPTS)):
            await self._buckets.take(operation)
            try:
                return await self._send(operation, params)
            except ApiError as error:
                throttled = error.code in THROTTLES
                lost = error.ambiguous and error.code != _HUNG
                if not left or not (throttled or lost):
                    raise
                if not throttled:  # else the bucket's hold is the wait
                    await self._clock.sleep(AGAIN_SECONDS * (READ_ATTEMPTS - left))
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def write(self, operation: str, params: Wire) -> Wire:
        """Calls once, at once: the plan spent within what ``tokens`` said.

        Raises:
            ApiError: also where another cluster of the same account took the last token.
        """
        if not self._buckets.spend(operation):
            words = f"{operation} was not sent: the API budget is spent for the moment"
            raise ApiError("ThrottlingException", words)
        return await self._send(operation, params)

    async def _send(self, operation: str, params: Wire) -> Wire:
        try:
            answer = await self._transport.call("ecs", operation, params)
        except ApiError as error:
            self._count(operation, _outcome(error))
            if error.code in THROTTLES:
                self._buckets.throttled(operation)
                self._sink.count("aws_throttled_total", operation=operation)
            raise
        self._buckets.succeeded(operation)
        self._count(operation, "ok")
        return answer

    def _count(self, operation: str, outcome: str) -> None:
        self._sink.count("aws_requests_total", operation=operation, outcome=outcome)


def _outcome(error: ApiError) -> str:
    if error.code in THROTTLES:
        return "throttled"
    return "ambiguous" if error.ambiguous else "error"
