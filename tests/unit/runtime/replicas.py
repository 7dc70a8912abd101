"""Replicas over one lock store in memory, on virtual time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from daemonctl.model.ids import ClusterAlias, Owner
from daemonctl.model.lease import Power
from daemonctl.planning.leadership import Rules
from daemonctl.ports import ApiError
from daemonctl.runtime.leadership import Replica
from daemonctl.runtime.seat import Seat
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.stand_ins.locks import Locks, MemoryLease
from tests.unit.runtime.rig import Told

RULES = Rules(ttl=10.0, lock_delay=5.0)
TAKEOVER = 26.0  # twice the TTL + LockDelay, and a look


class Own:
    """ports.lease.OwnTasks, as told."""

    def __init__(self, mine: str = "") -> None:
        self.me = mine
        self.tasks: tuple[str, ...] = ()
        self.fails = False
        self.asked = 0

    async def mine(self) -> str:
        return self.me

    async def running(self) -> tuple[str, ...]:
        self.asked += 1
        if self.fails:
            raise ApiError("AccessDeniedException", "not allowed")
        return self.tasks


class One:
    """One replica, with its way to the locks and its seats."""

    def __init__(
        self, scene: Scene, name: str, clusters: Sequence[str], rules: Rules = RULES
    ) -> None:
        self.lease = MemoryLease(scene.locks)
        self.own = Own(f"task/{name}")
        self.sink = Told()
        self.replica = Replica(
            self.lease,
            rules,
            owner=Owner("test"),
            clock=scene.clock,
            sink=self.sink,
            own=self.own,
            address=lambda: f"http://{name}:1",
            host=name,
        )
        self.seats = [
            self.replica.stand(ClusterAlias(each), f"daemonctl/test/1/r/{each}/lease")
            for each in clusters
        ]

    @property
    def seat(self) -> Seat:
        return self.seats[0]

    def leads(self) -> list[str]:
        return [seat.alias for seat in self.seats if seat.power() is Power.FULL]

    async def end(self) -> None:
        for seat in self.seats:
            await self.replica.withdraw(seat)
        await self.replica.leave()

    async def obey(self) -> None:
        """Hands over what is offered, as candidates do."""
        for seat in self.seats:
            if seat.offered:
                await self.replica.hand_over(seat)


class Scene:
    """The lock store and who shares it."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.clock = VirtualClock(loop)
        self.locks = Locks(self.clock)
        self.all: list[One] = []

    def join(self, name: str, *clusters: str, rules: Rules = RULES) -> One:
        one = One(self, name, clusters or ("web",), rules)
        self.all.append(one)
        return one

    async def until(self, holds: Callable[[], bool], within: float) -> float:
        """Waits until it holds; how long that took."""
        began = self.clock.now()
        while not holds():
            assert self.clock.now() - began <= within, "does not come"
            for one in self.all:
                await one.obey()
            await self.clock.sleep(0.05)
        return self.clock.now() - began

    async def pass_by(self, seconds: float) -> None:
        end = self.clock.now() + seconds
        await self.until(lambda: self.clock.now() >= end, seconds + 1)

    async def close(self) -> None:
        self.locks.down = False
        for one in self.all:
            await one.end()
