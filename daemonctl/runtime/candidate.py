"""A cluster that this replica leads or stands by for: a service lives for one term of its lease.

Each term begins as a process does, with an empty memory and a first look: whatever happened under
another leader is found out from ECS and the store, not remembered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from daemonctl.model.desired import Desired
from daemonctl.model.ghosts import Ghost
from daemonctl.model.ids import DaemonName, Slot
from daemonctl.model.lease import Power
from daemonctl.model.memory import Memory
from daemonctl.model.observed import Observed
from daemonctl.model.plan import Plan
from daemonctl.model.reason import Condition, Verdict
from daemonctl.model.rollout import Rollout
from daemonctl.model.spec import ClusterSpec
from daemonctl.model.status import Counts
from daemonctl.model.stored import root
from daemonctl.ports import ApiError, Clock, Cluster, Sink
from daemonctl.runtime.commands import Answer, Command
from daemonctl.runtime.crew import Backoff, Crew, end_if_cancelled, tell_dead
from daemonctl.runtime.elsewhere import Elsewhere
from daemonctl.runtime.kept import NotLeadingError
from daemonctl.runtime.leadership import Replica
from daemonctl.runtime.liveness import LoopTurn
from daemonctl.runtime.mandate import Mandate
from daemonctl.runtime.report_source import (
    CatalogState,
    ClusterFacts,
    CoverageState,
    Role,
    Standing,
)
from daemonctl.runtime.seat import Seat
from daemonctl.runtime.service import ClusterService
from daemonctl.runtime.standing import standing_of

Make = Callable[[ClusterSpec, Mandate], ClusterService]


class Candidate:
    """See ``kept.Kept``."""

    def __init__(
        self,
        spec: ClusterSpec,
        *,
        make: Make,
        cluster: Cluster,
        replica: Replica,
        elsewhere: Elsewhere,
        clock: Clock,
        sink: Sink,
    ) -> None:
        self._spec = spec
        self._make = make
        self._cluster = cluster
        self._replica = replica
        self._elsewhere = elsewhere
        self._clock = clock
        self._sink = sink
        self._crew = Crew(self._died)
        self._seat: Seat | None = None
        self._service: ClusterService | None = None
        self._term: float | None = None
        self._power = Power.NONE
        self._trouble = ""
        self._may_follow: Callable[[DaemonName, float], bool] = lambda _name, _since: True

    def start(self) -> None:
        """See Kept."""
        self._crew.spawn(self._live(), "candidate")

    async def stop(self) -> None:
        """See Kept. The lease is let go of once all that was done under it has ended."""
        await self._crew.cancel()
        await self._end_term()
        if self._seat is not None:
            await self._replica.withdraw(self._seat)

    async def crash(self) -> None:
        """Ends at once, as a process that is killed."""
        await self._crew.cancel()
        if self._service is not None:
            await self._service.crash()

    def replace(self, spec: ClusterSpec) -> None:
        """See Kept."""
        self._spec = spec
        if self._service is not None:
            self._service.replace(spec)

    def inherit(self, before: object) -> None:
        """See Kept. The store has it all: without one there is no election."""

    def follow_by(self, may_follow: Callable[[DaemonName, float], bool]) -> None:
        """See Kept."""
        self._may_follow = may_follow
        if self._service is not None:
            self._service.follow_by(may_follow)

    async def order(self, command: Command) -> Answer:
        """See Kept."""
        if self._service is None:
            standing = self.standing
            words = standing.words or "its lease is changing hands: try again"
            address = standing.address if standing.role is Role.STANDBY else ""
            raise NotLeadingError(self._spec.alias, words, address)
        return await self._service.order(command)

    @property
    def looked_up_at(self) -> float | None:
        """See Kept. Where another replica leads, it has looked by then."""
        service = self._service
        return self._elsewhere.looked_up_at if service is None else service.looked_up_at

    def rollout_of(self, name: DaemonName) -> Rollout | None:
        """See Kept. Where another replica leads, as the store has it."""
        service = self._service
        return self._elsewhere.rollout_of(name) if service is None else service.rollout_of(name)

    def loops(self) -> Sequence[LoopTurn]:
        """See Kept."""
        led = () if self._service is None else self._service.loops()
        return (*led, self._replica.turn) if self._seat is not None else led

    @property
    def standing(self) -> Standing:
        """Who leads."""
        return standing_of(self._seat, self._replica, self._trouble)

    @property
    def spec(self) -> ClusterSpec:
        """The config in force."""
        return self._spec

    @property
    def desired(self) -> Desired | None:
        """What should be; None on standby."""
        return self._led.desired

    @property
    def observed(self) -> Observed | None:
        """What is; None on standby."""
        return self._led.observed

    @property
    def verdicts(self) -> Mapping[Slot, Verdict]:
        """Why each slot is as it is."""
        return self._led.verdicts

    @property
    def memory(self) -> Memory:
        """What is remembered."""
        return self._led.memory

    @property
    def conditions(self) -> Sequence[Condition]:
        """What holds of the cluster or of whole daemons."""
        return self._led.conditions

    @property
    def counts(self) -> Mapping[DaemonName, Counts]:
        """Each daemon's numbers."""
        return self._led.counts

    @property
    def trouble(self) -> str:
        """Why the cluster cannot be read."""
        return self._led.trouble or self._trouble

    @property
    def unkept(self) -> str:
        """Why the store does not take what has to be kept."""
        return self._led.unkept

    @property
    def deaf(self) -> str:
        """Why the events queue cannot be read."""
        return self._led.deaf

    @property
    def consul(self) -> CatalogState | None:
        """How Consul's catalog is read."""
        return self._led.consul

    @property
    def ghosts(self) -> Sequence[Ghost]:
        """Consul nodes whose hosts are gone; none known on standby."""
        return self._led.ghosts

    @property
    def coverage(self) -> CoverageState | None:
        """How what is registered is read, and what was found; None on standby."""
        return self._led.coverage

    def next_plan(self) -> Plan | None:
        """What would be done now if calls cost nothing; None on standby."""
        return None if self._service is None else self._service.next_plan()

    @property
    def _led(self) -> ClusterService | ClusterFacts:
        return ClusterFacts(self._spec) if self._service is None else self._service

    async def _live(self) -> None:
        arn = await self._find()
        key = f"{root(self._spec.owner, arn, self._spec.alias)}lease"
        seat = self._seat = self._replica.stand(self._spec.alias, key)
        self._crew.spawn(self._elsewhere.run(arn, lambda: self._service is None), "elsewhere")
        while True:
            await seat.bell.wait()
            seat.bell.clear()
            await self._settle(seat)

    async def _settle(self, seat: Seat) -> None:
        """The service that the lease asks for, or none."""
        if seat.term != self._term:
            await self._end_term()
            if seat.offered:
                await self._replica.hand_over(seat)
            elif seat.term is not None:
                self._begin_term(seat, seat.term)
        power = seat.power()
        if power is not self._power and self._service is not None:
            self._service.repace()
        self._power = power

    def _begin_term(self, seat: Seat, term: float) -> None:
        self._term, self._power = term, seat.power()
        self._service = self._make(self._spec, seat)
        self._service.follow_by(self._may_follow)
        self._service.start()

    async def _end_term(self) -> None:
        service, self._service, self._term = self._service, None, None
        if service is not None:
            try:
                await service.stop()
            except asyncio.CancelledError:
                await service.crash()  # nothing of it lives on unseen
                raise

    async def _find(self) -> str:
        """The cluster's ARN, by which the lease is called; tried until it is there."""
        backoff = Backoff(1.0, 30.0)
        while True:
            try:
                arn = await self._cluster.describe_cluster()
            except ApiError as error:
                end_if_cancelled()
                self._trouble = f"the cluster cannot be found: {error.code}: {error.message}"
                await self._clock.sleep(backoff.wait())
            else:
                self._trouble = ""
                return arn

    def _died(self, name: str, error: BaseException) -> None:
        tell_dead(self._sink, name, error, cluster=self._spec.alias)
