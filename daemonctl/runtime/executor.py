"""Carries actions out: each is one call, its outcome goes back as a fact. Knows nothing of why."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from daemonctl.model.plan import Action, PutAttributes, StartTask
from daemonctl.ports import ApiError, Clock, Cluster
from daemonctl.runtime.crew import Crew
from daemonctl.runtime.facts import (
    NOT_SENT,
    CallError,
    Fact,
    PutEnded,
    StartEnded,
    StopEnded,
    ended,
)
from daemonctl.runtime.mandate import UNBOUNDED, Mandate, forbidden

_ABREAST = 32
"""Writes in flight at once: ECS's sustained rate times the latency of a slow call."""

DRAIN_SECONDS: float = 5.0
"""How long calls in flight are waited for when the process is told to end."""


class Executor:
    """The calls of one cluster, a bounded number at once."""

    def __init__(
        self,
        cluster: Cluster,
        clock: Clock,
        emit: Callable[[Fact], None],
        mandate: Mandate = UNBOUNDED,
    ) -> None:
        self._cluster = cluster
        self._mandate = mandate
        self._clock = clock
        self._emit = emit
        self._queue: deque[Action] = deque()
        self._running: dict[int, Action] = {}
        self._count = 0
        self._begun = 0
        self._crew = Crew(lambda _name, _error: None)

    @property
    def unsent(self) -> int:
        """Actions taken on whose API token is not spent yet."""
        return len(self._queue) + self._count - self._begun

    def submit(self, actions: Iterable[Action]) -> None:
        """Takes actions on and starts as many as may run at once."""
        self._queue.extend(actions)
        self._fill()

    def drop(self) -> tuple[Action, ...]:
        """Gives back what no call was begun for yet; it will not be sent."""
        unsent = tuple(self._queue)
        self._queue.clear()
        return unsent

    async def drain(self) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """Starts nothing more and waits for what is in flight, for a while.

        Returns:
            What was never sent, and what was sent and got no answer: it may have worked.
        """
        unsent = self.drop()
        await self._crew.finish(self._clock, DRAIN_SECONDS)
        unanswered = tuple(self._running.values())
        await self._crew.cancel()
        return unsent, unanswered

    async def cancel(self) -> None:
        """Ends everything at once, as a crash does."""
        self._queue.clear()
        await self._crew.cancel()

    def _fill(self) -> None:
        while self._queue and len(self._running) < _ABREAST:
            action = self._queue.popleft()
            self._count += 1
            self._running[self._count] = action
            self._crew.spawn(self._carry_out(self._count, action), f"call {self._count}")

    async def _carry_out(self, number: int, action: Action) -> None:
        self._begun += 1
        try:
            self._emit(await self._call(action))
        finally:
            del self._running[number]
            self._fill()

    async def _call(self, action: Action) -> Fact:
        why = forbidden(self._mandate, action)  # it may have changed since the plan was made
        if why:
            return ended(action, self._clock.now(), CallError(NOT_SENT, f"not sent: {why}"))
        try:
            if isinstance(action, StartTask):
                answer = await self._cluster.start_task(action)
                return StartEnded(action, self._clock.now(), answer)
            if isinstance(action, PutAttributes):
                await self._cluster.put_attributes(action)
                return PutEnded(action, self._clock.now())
            task = await self._cluster.stop_task(action)
            return StopEnded(action, self._clock.now(), task)
        except ApiError as error:
            failed = CallError(error.code, error.message, error.ambiguous)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug in a call: it may have been sent
            failed = CallError("InternalError", f"{type(error).__name__}: {error}", ambiguous=True)
        return ended(action, self._clock.now(), failed)
