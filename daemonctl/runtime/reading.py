"""Finds the cluster, looks up its task definitions and reads it whole, again and again.

The schedule only nudges: what is overdue is decided on the clock. What fails is tried again with
growing waits, and said in one line while it lasts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from daemonctl.model.cluster import TaskDefinition
from daemonctl.model.desired import Desired
from daemonctl.model.ids import DaemonName, TaskDefinitionArn
from daemonctl.model.lease import Power
from daemonctl.model.spec import ClusterSpec
from daemonctl.planning.removal import carry
from daemonctl.ports import ApiError, Clock, Cluster, Schedule, Sink
from daemonctl.runtime.crew import Backoff, end_if_cancelled, why_failed
from daemonctl.runtime.definitions import interval_of, resolve
from daemonctl.runtime.definitions_known import Needed, joined, lacking, of_rollouts, running
from daemonctl.runtime.facts import DesiredChanged, Fact
from daemonctl.runtime.mandate import UNBOUNDED, Mandate
from daemonctl.runtime.reconcile import Reconciler
from daemonctl.runtime.resync import Resync

_LONGEST_WAIT: Final = 30.0  # seconds between two tries of what fails
SETTLE_SECONDS: Final = 2.0
"""How long after its start a process first lists tasks.

What another one started just before it was killed is not listed at once (ECS is eventually
consistent; the RunTask reference starts its waits at about 2 s) and would be started twice.
"""

_NUDGES: Final = 10  # in one interval; so late may a resync be

T = TypeVar("T")


class Reading:
    """The loop that reads one cluster."""

    def __init__(
        self,
        spec: ClusterSpec,
        reconciler: Reconciler,
        *,
        cluster: Cluster,
        clock: Clock,
        schedule: Schedule,
        sink: Sink,
        mandate: Mandate = UNBOUNDED,
    ) -> None:
        self._mandate = mandate
        self.spec = spec
        self.trouble = ""
        self.last_turn = clock.now()
        self._reconciler = reconciler
        self._cluster = cluster
        self._clock = clock
        self._schedule = schedule
        self._sink = sink
        self._nudged = asyncio.Event()
        self._due = clock.now()
        self._afresh = True
        self._settled = clock.now() + SETTLE_SECONDS
        self._backoff = Backoff(1.0, _LONGEST_WAIT)
        self.looked_up_at: float | None = None
        self.may_follow: Callable[[DaemonName, float], bool] = lambda _name, _since: True
        self._undefined = False
        self._offered: dict[DaemonName, tuple[TaskDefinitionArn, float]] = {}
        self._resync = Resync(cluster, clock, reconciler.view, self._emit)

    async def find(self) -> str:
        """The cluster's ARN; tried until it is there."""
        while True:
            self.last_turn = self._clock.now()
            found = await self._tried("the cluster cannot be found", self._cluster.describe_cluster)
            if found is not None:
                self._backoff.reset()
                return found

    async def run(self) -> None:
        """Reads at once, then whenever it is due."""
        self._nudge_every(self._interval)
        while True:
            self._nudged.clear()
            self.last_turn = self._clock.now()
            if self.last_turn >= self._due:
                await self._tried("the cluster cannot be read", self._read)
                continue
            if self._undefined:
                self._undefined = False
                await self._tried("task definitions cannot be looked up", self._define)
                continue
            await self._nudged.wait()

    def replace(self, spec: ClusterSpec) -> None:
        """The config changed: families are looked up afresh, and everything is read again."""
        self.spec = spec
        self._afresh = True
        self._nudge_every(self._interval)
        self.at_once()

    def repace(self) -> None:
        """What may be written has changed, and with it who receives events."""
        self._nudge_every(self._interval)
        self.at_once()

    @property
    def _interval(self) -> float:
        """Seconds between two listings. While repairs are all, nobody here receives events."""
        repairs = self._mandate.power() is Power.REPAIR
        return (
            min(self.spec.poll_seconds, interval_of(self.spec))
            if repairs
            else interval_of(self.spec)
        )

    def at_once(self) -> None:
        """Everything is read again now, not when it is due."""
        self._due = self._clock.now()
        self._nudged.set()

    def define_soon(self) -> None:
        """A rollout needs task definitions that were not looked up."""
        self._undefined = True
        self._nudged.set()

    def close(self) -> None:
        """No more nudges."""
        self._schedule.close()

    async def _tried(self, event: str, work: Callable[[], Awaitable[T]]) -> T | None:
        """What the work gives; None where it failed, which is told and waited for."""
        try:
            return await work()
        except ApiError as error:
            failed = error
        except Exception as error:  # noqa: BLE001 - a bug in reading must not end the reading
            failed = ApiError("InternalError", why_failed(error))
        end_if_cancelled()
        await self._hindered(event, failed)
        return None

    async def _read(self) -> None:
        spec, began = self.spec, self._clock.now()
        if not await self._define():
            return  # replaced meanwhile: what was looked up is of the old config
        desired = self._reconciler.desired
        await self._clock.sleep(max(0.0, self._settled - self._clock.now()))
        await self._resync.run(desired)
        if lacking(desired, self._needed()):
            await self._define()
        if spec is self.spec and self._due <= began:  # else somebody asked for another one
            self._due = began + self._interval
        self._backoff.reset()
        if self.trouble:
            self.trouble = ""
            self._sink.log("info", "the cluster is read again", cluster=spec.alias)

    async def _define(self) -> bool:
        """Looks task definitions up; False where the config was replaced meanwhile."""
        spec, began = self.spec, self._clock.now()
        desired = await self._resolve(spec)
        if spec is not self.spec:
            return False
        self._afresh = False
        self.looked_up_at = began
        if desired != self._reconciler.desired:
            await self._reconciler.inbox.deliver((DesiredChanged(desired, began),))
        return True

    def _needed(self) -> Needed:
        held, hosts = self._reconciler.desired, self._reconciler.view.hosts.values()
        return joined(of_rollouts(held, self._reconciler.memory), running(held, hosts))

    def _may_follow(self, name: DaemonName, definition: TaskDefinition) -> bool:
        """Asks once its turn may have come, by when this revision was first seen here."""
        arn, since = self._offered.get(name, ("", 0.0))
        if arn != definition.arn:
            since = self._clock.now()
            self._offered[name] = (definition.arn, since)
        return self.may_follow(name, since)

    async def _resolve(self, spec: ClusterSpec) -> Desired:
        afresh, held = self._afresh, self._reconciler.desired
        desired = await resolve(
            self._cluster,
            spec,
            held.daemons,
            afresh=afresh,
            needed=self._needed(),
            may_follow=self._may_follow,
        )
        desired = carry(self._reconciler.desired, desired)
        for daemon in desired.daemons:
            if daemon.fault and afresh:
                self._sink.log(
                    "warning",
                    "a daemon waits for its task definition",
                    cluster=spec.alias,
                    daemon=daemon.spec.name,
                    error=daemon.fault,
                )
        return desired

    async def _hindered(self, event: str, error: ApiError) -> None:
        first = not self.trouble
        self.trouble = f"{event}: {error.code}: {error.message}"
        wait = self._backoff.wait()
        if first or wait >= _LONGEST_WAIT:
            self._sink.log(
                "warning",
                event,
                cluster=self.spec.alias,
                error=f"{error.code}: {error.message}",
                again_in_seconds=wait,
            )
        await self._clock.sleep(wait)

    def _nudge_every(self, interval: float) -> None:
        self._schedule.every(max(0.1, interval / _NUDGES), "resync", self._nudged.set)

    def _emit(self, facts: tuple[Fact, ...]) -> None:
        self.last_turn = self._clock.now()
        self._reconciler.inbox.put(*facts)
