"""Lists all that runs on a cluster, where a daemon has servicesRegistered (docs/adr/0016).

The view keeps up with events; this makes up for lost ones, and begins it. What is known to run and
is still listed is not described again.
"""

from __future__ import annotations

from typing import Final

from daemonctl.model.ids import TaskArn
from daemonctl.ports import Clock, Cluster
from daemonctl.runtime.describe import Describer, Emit
from daemonctl.runtime.facts import DefinitionsSeen, TasksListed
from daemonctl.runtime.stepping import step_for_ever
from daemonctl.runtime.view import View

TICK_SECONDS: Final = 1.0
LEAST_SECONDS: Final = 60.0
"""Between two listings at least."""

_POLLS: Final = 5  # so many polls make one listing, where there is no queue


def census_interval(resync: float, poll: float, *, queue: bool) -> float:
    """How often all is listed: with every resync, or every few polls."""
    return max(LEAST_SECONDS, resync if queue else poll * _POLLS)


class Census:
    """The loop of one cluster. ``trouble`` says why it cannot list, "" while it can."""

    def __init__(
        self, cluster: Cluster, view: View, emit: Emit, clock: Clock, interval: float
    ) -> None:
        self.interval = interval
        self.trouble = ""
        self._cluster = cluster
        self._view = view
        self._emit = emit
        self._clock = clock
        self._describe = Describer(cluster, clock, emit)
        self._due = 0.0

    async def run(self) -> None:
        """Lists and looks up for ever."""
        await step_for_ever(self.step, self._told, self._clock, longest=60.0, pause=TICK_SECONDS)

    async def step(self) -> None:
        """What is due now. Raises ApiError."""
        if not self._view.complete or not self._view.registered.asked:
            self._due = 0.0
            return
        now = self._clock.now()
        if now >= self._due:
            await self._list()
            self._due = now + self.interval
        for name in tuple(self._view.registered.unknown):
            found = await self._cluster.describe_task_definition(name)
            self._emit((DefinitionsSeen((found,)),))

    def _told(self, trouble: str) -> None:
        self.trouble = trouble

    async def _list(self) -> None:
        listed = await self._cluster.list_tasks()
        await self._describe.tasks(self._to_describe(listed))
        self._emit((TasksListed(),))

    def _to_describe(self, listed: tuple[TaskArn, ...]) -> list[TaskArn]:
        """What is not known to run, and what was known to and is not listed any more."""
        held = {task.arn: task for host in self._view.hosts.values() for task in host.tasks}
        there = dict.fromkeys(listed)
        fresh = [
            arn
            for arn in listed
            if arn not in held or (held[arn].last_status != "RUNNING" and not held[arn].stopped)
        ]
        gone = [arn for arn, task in held.items() if task.live and arn not in there]
        return [*fresh, *gone]
