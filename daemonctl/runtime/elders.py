"""Who repairs when the lock store is silent and nobody is known to lead.

The oldest running task of daemonctl's own ECS service does: every replica finds the same one
without talking to the others. Where it is no task of a service, nobody can know, and it waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from daemonctl.ports import ApiError, Clock, Sink
from daemonctl.ports.lease import OwnTasks
from daemonctl.runtime.crew import Crew
from daemonctl.runtime.seat import Seat

_EVERY: Final = 10.0  # seconds between two questions to ECS
_GOOD_FOR: Final = 60.0  # seconds that an answer counts


class Elders:
    """Asks ECS, beside the loop that must not wait for it."""

    def __init__(self, own: OwnTasks, clock: Clock, sink: Sink) -> None:
        self._own = own
        self._clock = clock
        self._sink = sink
        self._crew = Crew(lambda _name, _error: None)
        self._asked_at = -_EVERY
        self._answered_at: float | None = None
        self._running: tuple[str, ...] = ()
        self._mine: str | None = None

    async def mine(self) -> str:
        """The ARN of this process's own ECS task, "" where it is none."""
        if self._mine is None:
            self._mine = await self._own.mine()
        return self._mine

    def look(self, seats: Iterable[Seat], orphaned: bool) -> None:  # noqa: FBT001  one fact
        """Marks the seats where this replica repairs; asks anew where that is due."""
        now = self._clock.now()
        if orphaned and now - self._asked_at >= _EVERY:
            self._asked_at = now
            self._crew.spawn(self._ask(), "own service")
        fresh = self._answered_at is not None and now - self._answered_at <= _GOOD_FOR
        first = fresh and bool(self._running) and self._running[0] == self._mine
        for seat in seats:
            seat.eldest = orphaned and first and seat.held_since is None and self._gone(seat)

    async def close(self) -> None:
        """Asks nobody any more."""
        await self._crew.cancel()

    def _gone(self, seat: Seat) -> bool:
        """Whether who was last seen to lead there runs no more, or nobody ever was."""
        advert = seat.holder.advert
        return advert is None or (advert.task != "" and advert.task not in self._running)

    async def _ask(self) -> None:
        try:
            await self.mine()
            self._running = await self._own.running()
            self._answered_at = self._clock.now()
        except ApiError as error:
            self._sink.log(
                "warning",
                "daemonctl's own ECS service cannot be read",
                error=f"{error.code}: {error.message}",
                next_step="allow ecs:ListTasks and ecs:DescribeTasks on daemonctl's own cluster",
            )
