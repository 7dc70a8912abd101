"""A world behind its real-time face, on virtual time, with a state file if wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Self, TypeVar

from daemonctl.local.api.live import Live
from daemonctl.local.dice import Dice
from daemonctl.local.state.keeper import Keeper
from daemonctl.local.world import Switches, World
from daemonctl.local.world.ready_made import seed as furnish
from tests.simulation.loop import EPOCH, VirtualLoop

T = TypeVar("T")
UNLIMITED = Switches(quota_scale=float("inf"))


class Up:
    """What `local up` makes, and short words for what tests do with it."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        state: str | None = None,
        seed: int = 1,
        instances: int = 3,
        speed: float = 1.0,
        switches: Switches = UNLIMITED,
    ) -> None:
        self.dice = Dice(seed)
        self.world = World(dice=self.dice, switches=switches)
        self.keeper = None if state is None else Keeper(state, self.world, self.dice, clock)
        if self.keeper is None or self.keeper.is_new:
            furnish(self.world, instances, clock())
        if self.keeper is not None and self.keeper.is_new:
            self.keeper.save(clock(), speed)
        self.live = Live(self.world, clock, speed=speed, keeper=self.keeper)
        self._timer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._timer = asyncio.create_task(self.live.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """As a kill -9 does: nothing is saved."""
        assert self._timer is not None
        self._timer.cancel()
        await asyncio.wait([self._timer])
        if self.keeper is not None:
            self.keeper.close()

    async def ecs(self, operation: str, **params: Any) -> Any:
        return await self.live.call("ecs", operation, {"cluster": "local", **params})

    async def sqs(self, operation: str, **params: Any) -> Any:
        return await self.live.call("sqs", operation, params)

    @property
    def hosts(self) -> list[str]:
        return list(self.world.clusters["local"].instances)


def virtually(story: Callable[[Callable[[], float]], Coroutine[Any, Any, T]]) -> T:
    """Run a story that is given its clock, in no time."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(story(lambda: EPOCH + loop.time()))
    finally:
        asyncio.set_event_loop(None)
        loop.close()
