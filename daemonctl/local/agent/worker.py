"""Who works on the tasks of one engine: everything happens on one event loop.

What to do is decided in `roster`; here it is carried out, and what comes of it goes back into the
records. The state file is written before a step begins.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from daemonctl.local.agent import happened
from daemonctl.local.agent.engine import Event, RefusedError
from daemonctl.local.agent.errands import Errands, patience, told_patience
from daemonctl.local.agent.payload import Json
from daemonctl.local.agent.record import STOPPED, Task
from daemonctl.local.agent.roster import Roster, is_over
from daemonctl.local.agent.steps import ABANDON, Step

_LOG = logging.getLogger(__name__)
_CLEANING = ""
"""Stands in ``busy`` for the whole task while what is left of it is removed."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the worker needs of the world.

    Attributes:
        clock: Epoch seconds.
        changed: Is told that there may be something to report.
        cleanup_seconds: So long after its end what is left of a task is removed.
    """

    clock: Callable[[], float]
    changed: Callable[[], None]
    cleanup_seconds: float


class Worker:
    """Works on all tasks of one engine.

    Args:
        roster: The tasks.
        errands: How steps are carried out.
        tools: The rest.
    """

    def __init__(self, roster: Roster, errands: Errands, tools: Tools) -> None:
        self.roster = roster
        self._errands = errands
        self._tools = tools
        self._group: asyncio.TaskGroup | None = None
        self._under_way: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._wake: asyncio.TimerHandle | None = None

    def take(self, wanted: list[Json], sequence: int) -> None:
        """Take up the tasks of a payload; they are in the state file when this returns."""
        adopted = self.roster.take(wanted, sequence, self._tools.clock())
        self.turn()
        if self._group is not None:
            for task in adopted:  # something may have happened since its containers were seen
                self._group.create_task(self._look_at_all(task))

    def stop(self, arns: list[str]) -> None:
        """Stop tasks that the control plane does not want any more."""
        self.roster.stop(arns)
        self.turn()

    async def recover(self) -> None:
        """Look what became of every container while nobody watched.

        Containers of tasks that are not in the state file (it was lost) are noted by their
        labels: a task that comes again takes them over.
        """
        engine = self._errands.engine
        for key, docker_name in (await engine.left()).items():
            found = await engine.inspect(docker_name)
            if found is not None and key[0] not in self.roster.tasks:
                self.roster.left[key] = docker_name, found
        for task in self.roster.tasks.values():
            for row in task.record.containers:
                if row.status != STOPPED:
                    await self._errands.look(task, row.name)

    async def run(self, since: float) -> None:
        """Work, and follow the engine's events from a time of its clock on.

        Raises:
            EngineLostError: In a group; the engine is away. Steps under way are given up.
            StateError: Likewise; the state file cannot be written.
        """
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                try:
                    self.turn()
                    async for event in self._errands.engine.events(since):
                        await self._hear(event)
                finally:
                    self._group = None  # before the steps under way are cancelled
        finally:
            if self._wake is not None:
                self._wake.cancel()

    def turn(self) -> None:
        """Decide anew about all tasks, write it down, and begin what is to be done."""
        now = self._tools.clock()
        steps, wakes = self.roster.decide(now)
        if self._group is not None:
            for task, step in steps:
                self._begin(self._group, task, step)
            wakes += self._clean(self._group, now)
            self._wake_at(min(wakes, default=None), now)
        self._tools.changed()

    def _begin(self, group: asyncio.TaskGroup, task: Task, step: Step) -> None:
        key = (task.arn, step.container)
        if step.kind == ABANDON:
            self._under_way[key].cancel()
            return
        task.busy[step.container] = step.kind
        self._under_way[key] = group.create_task(self._do(task, step))

    async def _do(self, task: Task, step: Step) -> None:
        try:
            await self._try(task, step)
        except asyncio.CancelledError:
            pass  # a pull was abandoned; or all work ends, and then nothing turns
        except BaseException:
            self._group = None
            raise
        finally:
            del task.busy[step.container]
            del self._under_way[task.arn, step.container]
        self._turn_if_working()

    async def _try(self, task: Task, step: Step) -> None:
        try:
            async with asyncio.timeout(patience(step)):
                await self._errands.run(task, step)
        except RefusedError as no:
            happened.failed(task, step.container, step.kind, str(no))
        except TimeoutError:
            happened.timed_out(task, step.container, step.kind, told_patience(step))
        else:
            return
        _LOG.warning("%s: %s", task.arn, task.container(step.container).reason)

    async def _hear(self, event: Event) -> None:
        found = self.roster.find(event.docker_id)
        if found is not None:
            task, row = found
            await self._errands.look(task, row.name, event.exit_code)
            self.turn()

    async def _look_at_all(self, task: Task) -> None:
        for row in task.record.containers:
            if row.docker_id is not None:
                await self._errands.look(task, row.name)
        self._turn_if_working()

    def _clean(self, group: asyncio.TaskGroup, now: float) -> list[float]:
        """Remove what is left of tasks whose end is told and old; says when the next is due."""
        wakes: list[float] = []
        for task in self.roster.tasks.values():
            ended = task.record.stopped_at
            if ended is None or not is_over(task) or task.busy:
                continue
            due = ended + self._tools.cleanup_seconds
            if due > now:
                wakes.append(due)
            else:
                task.busy[_CLEANING] = _CLEANING
                group.create_task(self._remove(task))
        return wakes

    async def _remove(self, task: Task) -> None:
        try:
            await self._errands.clean(task)
        except RefusedError as no:
            _LOG.warning("%s: what is left of it cannot be removed: %s", task.arn, no)
        del self.roster.tasks[task.arn]
        self._turn_if_working()

    def _turn_if_working(self) -> None:
        if self._group is not None:
            self.turn()

    def _wake_at(self, due: float | None, now: float) -> None:
        if self._wake is not None:
            self._wake.cancel()
        self._wake = None
        if due is not None:
            loop = asyncio.get_running_loop()
            self._wake = loop.call_later(max(due - now, 0.0), self._spawn_turn)

    def _spawn_turn(self) -> None:
        """Turn as a task of the group, so that what goes wrong is heard."""
        if self._group is not None:
            self._group.create_task(self._turn_later())

    async def _turn_later(self) -> None:
        self._turn_if_working()
