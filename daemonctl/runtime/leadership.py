"""One replica in one lock store: its session, and the leases that it holds and stands by for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from daemonctl.model.ids import ClusterAlias, Owner
from daemonctl.model.lease import Advert
from daemonctl.planning import leadership
from daemonctl.planning.leadership import Known, Rules
from daemonctl.ports import Clock, Sink
from daemonctl.ports.lease import Lease, LeaseError, OwnTasks
from daemonctl.runtime.crew import Crew, end_if_cancelled, tell_dead, why_failed
from daemonctl.runtime.elders import Elders
from daemonctl.runtime.liveness import LoopTurn
from daemonctl.runtime.seat import Seat, written
from daemonctl.runtime.sharing import Sharing
from daemonctl.runtime.tenure import LOST, Tenure

_RETRY: Final = 1.0  # seconds to the next try of what the lock store did not answer
_AGAIN: Final = 0.25  # and of a lease that is free and held back (its lock delay)
_BOUND: Final = 60.0  # a round, with every call in it as slow as it may be

T = TypeVar("T")


class Replica:
    """Renews one session and looks after the leases of its clusters, in order of their aliases."""

    def __init__(
        self,
        lease: Lease,
        rules: Rules,
        *,
        owner: Owner,
        clock: Clock,
        sink: Sink,
        own: OwnTasks,
        address: Callable[[], str],
        host: str,
    ) -> None:
        self.trouble = ""
        self.replicas: tuple[str, ...] = ()
        self.shared: Callable[[], None] = lambda: None  # who leads what was looked at
        self.last_turn = clock.now()
        self._lease = lease
        self._rules = rules
        self._name = f"daemonctl/{owner}"
        self._clock = clock
        self._sink = sink
        self.address = address  # of this replica's API, as others reach it
        self.host = host
        self._elders = Elders(own, clock, sink)
        self._crew = Crew(self._died)
        self._seats: dict[ClusterAlias, Seat] = {}
        self._known = Known(answered_at=clock.now())
        self._session = ""
        self._renew_at = 0.0
        self._sharing = Sharing(rules)
        self._tenure = Tenure(sink, host)
        self._bell = asyncio.Event()
        self._running = False

    @property
    def turn(self) -> LoopTurn:
        """When the loop last came round."""
        return LoopTurn("leadership", self.last_turn, _BOUND)

    @property
    def seats(self) -> tuple[Seat, ...]:
        """In order of their aliases."""
        return tuple(self._seats[alias] for alias in sorted(self._seats))

    @property
    def session(self) -> str:
        """This replica's, "" while it has none."""
        return self._session

    def stand(self, alias: ClusterAlias, key: str) -> Seat:
        """From now on this replica leads the cluster or stands by for it."""
        seat = self._seats[alias] = Seat(alias, key, self._state)
        self._bell.set()
        if not self._running:
            self._running = True
            self.last_turn = self._clock.now()
            self._crew.spawn(self._run(), "leadership")
            self._crew.spawn(self._watch(), "leadership: sessions")
        return seat

    async def hand_over(self, seat: Seat) -> None:
        """Lets go of a lease; whatever was done under it has ended."""
        held, session = seat.held_since is not None, self._session
        seat.lost()
        seat.free_since = self._clock.now()
        if held and session:
            with contextlib.suppress(LeaseError):  # else it ends with the session
                await self._lease.release(seat.key, session)
        seat.tell()

    async def withdraw(self, seat: Seat) -> None:
        """This replica neither leads the cluster nor stands by for it any more."""
        if self._seats.get(seat.alias) is seat:
            del self._seats[seat.alias]
            self._tenure.over(seat)
        await self.hand_over(seat)
        if not self._seats:  # a session that leads nothing would count as a replica
            await self.leave()

    async def leave(self) -> None:
        """Ends the session: the others need not wait for its end. ``stand`` begins another."""
        await self.crash()
        self._running = False
        session, self._session = self._session, ""
        if session:
            with contextlib.suppress(LeaseError):
                await self._lease.leave(session)

    async def crash(self) -> None:
        """Ends at once, as a process that is killed: nothing is let go of."""
        await self._elders.close()
        await self._crew.cancel()

    def _state(self) -> tuple[Known, Rules, float, str]:
        return self._known, self._rules, self._clock.now(), self.trouble

    async def _run(self) -> None:
        """Rounds for ever. One that fails is made again soon."""
        while True:
            self.last_turn = self._clock.now()
            self._bell.clear()
            try:
                wait = await self._round()
                self._relieved()
            except LeaseError as error:
                wait = self._hindered(str(error))
            except Exception as error:  # noqa: BLE001 - a bug here must not end the loop
                wait = self._hindered(why_failed(error))
            self._elders.look(self._seats.values(), self._orphaned())
            for seat in self.seats:
                seat.tell()
                self._tenure.look(seat, self.trouble)
            self.shared()
            await self._nap(wait)

    async def _round(self) -> float:
        """Renews what is due and looks at every lease; the seconds to the next round."""
        await self._keep_session()
        self.replicas = await self._asked(self._lease.sessions(self._name))
        for seat in self.seats:
            await self._look(seat)
        self._rebalance()
        if any(self._may_take(seat) for seat in self.seats):
            return _AGAIN
        return self._rules.ttl / 3

    async def _keep_session(self) -> None:
        sent_at, ttl = self._clock.now(), self._rules.ttl
        if not self._session:
            delay = self._rules.lock_delay
            self._session = await self._asked(self._lease.join(self._name, ttl, delay))
        elif sent_at < self._renew_at:
            return
        elif not await self._asked(self._lease.renew(self._session)):
            self._ended()
            await self._keep_session()
            return
        self._known = leadership.renewed(self._known, sent_at, self._clock.now(), ttl)
        self._renew_at = sent_at + ttl / 3

    def _ended(self) -> None:
        """The store says that the session is gone, and with it every lease."""
        led = [seat.alias for seat in self.seats if seat.held_since is not None]
        self._sink.log(
            "warning",
            "the session in the lock store has ended",
            clusters=led,
            next_step="a new one is made; another replica may lead meanwhile",
        )
        self._session = ""
        self._known = leadership.ended(self._known, self._clock.now())
        for seat in self.seats:
            if seat.held_since is not None:
                self._tenure.because(seat, LOST)
            seat.lost()
            seat.tell()

    async def _look(self, seat: Seat) -> None:
        lock = await self._asked(self._lease.lock(seat.key))
        now = self._clock.now()
        seat.seen(lock, now)
        mine = bool(lock) and seat.holder.session == self._session
        if mine and seat.held_since is None and not seat.offered:
            self._took(seat)  # a call that seemed to have failed
        elif not mine and seat.held_since is not None:
            self._told(seat, "the lease was taken away")
            self._tenure.because(seat, LOST)
            seat.lost()
        if self._may_take(seat) and self._known.valid_until is not None:
            value = written(await self._advert(now))
            if await self._asked(self._lease.acquire(seat.key, self._session, value)):
                self._took(seat)
                seat.seen(await self._asked(self._lease.lock(seat.key)), now)

    def _took(self, seat: Seat) -> None:
        now = self._clock.now()
        self._sharing.took(seat, now)
        seat.taken(now)
        self._told(seat, "this replica leads the cluster")

    def _may_take(self, seat: Seat) -> bool:
        return self._sharing.may_take(seat, self.seats, len(self.replicas), self._clock.now())

    def _rebalance(self) -> None:
        """Where another replica leads fewer, it is offered one."""
        seat = self._sharing.offered(self.seats, len(self.replicas), self._clock.now())
        if seat is not None:
            seat.offered = True
            self._told(seat, "this replica hands the cluster over to one that leads fewer")
            self._tenure.because(seat, "it was handed over to a replica that leads fewer")

    async def _advert(self, now: float) -> Advert:
        return Advert(self.address(), self.host, now, await self._elders.mine())

    async def _asked(self, call: Awaitable[T]) -> T:
        """What the store answers; whether it did is remembered. Raises LeaseError."""
        began = self._clock.now()
        try:
            answer = await call
        except LeaseError:
            now = self._clock.now()
            self._known = leadership.failed(self._known, began, now, self._rules.ttl)
            raise
        self._known = leadership.answered(self._known, self._clock.now())
        return answer

    def _orphaned(self) -> bool:
        return leadership.orphaned(self._known, self._rules, self._clock.now())

    async def _nap(self, wait: float) -> None:
        """Until the next round, something rings, or the lease runs out."""
        ends = self._known.valid_until
        left = wait if ends is None else ends - self._clock.now()
        pause = asyncio.ensure_future(self._clock.sleep(min(wait, left) if left > 0 else wait))
        bell = asyncio.ensure_future(self._bell.wait())
        try:
            await asyncio.wait({pause, bell}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
            bell.cancel()
            await asyncio.gather(pause, bell, return_exceptions=True)

    async def _watch(self) -> None:
        """Rings when sessions come or go: a replica that ends is seen at once."""
        while True:
            try:
                await self._lease.changed()
            except LeaseError:
                await self._clock.sleep(_RETRY)
            else:
                self._bell.set()

    def _hindered(self, words: str) -> float:
        end_if_cancelled()
        if not self.trouble:
            self._sink.log(
                "warning",
                "the lock store does not answer",
                error=words,
                next_step="who leads goes on with starts and repairs; the others stand by",
            )
        self.trouble = words
        return _RETRY

    def _relieved(self) -> None:
        if self.trouble:
            self.trouble = ""
            self._sink.log("info", "the lock store answers again")

    def _told(self, seat: Seat, event: str) -> None:
        self._sink.log("info", event, cluster=seat.alias)

    def _died(self, name: str, error: BaseException) -> None:
        tell_dead(self._sink, name, error)
