"""The agent's tasks and the one who works on them: everything happens on one event loop.

What to do is decided by pure functions (`steps`, `room`); here it is carried out, and what comes
of it goes back into the records. The state file is written before a step begins.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from daemonctl.local.agent import happened
from daemonctl.local.agent.engine import Event, RefusedError
from daemonctl.local.agent.errands import Errands, patience, told_patience
from daemonctl.local.agent.identity import Host
from daemonctl.local.agent.messages import rows
from daemonctl.local.agent.payload import STOPPED as TO_STOP
from daemonctl.local.agent.payload import BadPayloadError, Json
from daemonctl.local.agent.record import STOPPED, Task, new_task
from daemonctl.local.agent.room import admit
from daemonctl.local.agent.steps import ABANDON, Step, settle
from daemonctl.local.agent.store import State, Store

_LOG = logging.getLogger(__name__)
_CLEANING = ""
"""Stands in ``busy`` for the whole task while what is left of it is removed."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the worker needs of the world.

    Attributes:
        clock: Epoch seconds.
        fresh: Makes so many digits of hex that were never there before.
        changed: Is told that there may be something to report.
        cleanup_seconds: So long after its end what is left of a task is removed.
    """

    store: Store
    clock: Callable[[], float]
    fresh: Callable[[int], str]
    changed: Callable[[], None]
    cleanup_seconds: float


class Worker:
    """All tasks of one engine.

    Args:
        state: As loaded; it is changed in place and saved.
        errands: How steps are carried out.
        host: Whose CPU and memory tasks take.
        tools: The rest.
    """

    def __init__(self, state: State, errands: Errands, host: Host, tools: Tools) -> None:
        self._state = state
        self._errands = errands
        self._host = host
        self._tools = tools
        self.tasks: dict[str, Task] = {}
        for record in sorted(state.tasks, key=lambda one: one.number):
            task = Task(record)
            self.tasks[task.arn] = task
        self._left: dict[tuple[str, str], tuple[str, happened.Seen]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._under_way: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._wake: asyncio.TimerHandle | None = None

    @property
    def container_instance_arn(self) -> str | None:
        """Which container instance this is; None before it was ever registered."""
        return self._state.container_instance_arn

    def registered_as(self, arn: str) -> None:
        """Note for good which container instance this is."""
        self._state.container_instance_arn = arn
        self._save()

    @property
    def sequence(self) -> int:
        """The newest ``seqNum`` that was taken up."""
        return self._state.sequence

    def take(self, wanted: list[Json], sequence: int) -> None:
        """Take up the tasks of a payload; they are in the state file when this returns."""
        self._state.sequence = max(self._state.sequence, sequence)
        for raw in wanted:
            try:
                self._take(raw)
            except BadPayloadError as no:
                _LOG.error("a task is left out: %s", no)
        self.turn()

    def stop(self, arns: list[str]) -> None:
        """Stop tasks that the control plane does not want any more."""
        for arn in arns:
            if arn in self.tasks:
                self.tasks[arn].record.desired = TO_STOP
        self.turn()

    async def recover(self) -> None:
        """Look what became of every container while nobody watched.

        Containers of tasks that are not in the state file (it was lost) are noted by their
        labels: a task that comes again takes them over.
        """
        engine = self._errands.engine
        for key, docker_name in (await engine.left()).items():
            found = await engine.inspect(docker_name)
            if found is not None and key[0] not in self.tasks:
                self._left[key] = docker_name, found
        for task in self.tasks.values():
            task.busy.clear()
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
        tasks = list(self.tasks.values())
        for task in admit(tasks, self._host.cpu, self._host.memory):
            _LOG.info("%s: begins", task.arn)
        wakes: list[float] = []
        steps: list[tuple[Task, Step]] = []
        for task in tasks:
            found, wake = settle(task, now)
            steps += [(task, step) for step in found]
            wakes += [] if wake is None else [wake]
        # what settling one task freed may be what another waits for
        if admit(tasks, self._host.cpu, self._host.memory):
            wakes.append(now)
        self._save()
        if self._group is not None:
            for task, step in steps:
                self._begin(self._group, task, step)
            wakes += self._clean(self._group, now)
            self._wake_at(min(wakes, default=None), now)
        self._tools.changed()

    def _take(self, raw: Json) -> None:
        arn = str(raw.get("arn"))
        known = self.tasks.get(arn)
        if known is None:
            suffixes = [self._tools.fresh(20) for _ in rows(raw, "containers")]
            known = new_task(raw, self._state.arrived, suffixes)
            self._state.arrived += 1
            self.tasks[arn] = known
            _LOG.info("%s: %s is wanted", arn, known.payload.desired_status)
            self._adopt(known)
        if raw.get("desiredStatus") == TO_STOP:
            known.record.desired = TO_STOP

    def _adopt(self, task: Task) -> None:
        """Take over containers of the task that are there already."""
        for row in task.record.containers:
            left = self._left.pop((task.arn, row.name), None)
            if left is not None:
                row.docker_name, found = left
                task.record.admitted = True
                happened.seen(task, row.name, found, self._tools.clock())
                if self._group is not None:  # something may have happened since it was seen
                    self._group.create_task(self._look(task, row.name))

    async def _look(self, task: Task, name: str, exit_code: int | None = None) -> None:
        await self._errands.look(task, name, exit_code)
        self.turn()

    def _save(self) -> None:
        self._state.tasks = [task.record for task in self.tasks.values()]
        self._tools.store.save(self._state)

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
            if self._group is None:
                raise  # all work ends; else a pull was abandoned
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
        for task in self.tasks.values():
            for row in task.record.containers:
                if row.docker_id == event.docker_id:
                    await self._look(task, row.name, event.exit_code)
                    return

    def _clean(self, group: asyncio.TaskGroup, now: float) -> list[float]:
        """Remove what is left of tasks whose end is told and old; says when the next is due."""
        wakes: list[float] = []
        for task in self.tasks.values():
            record = task.record
            told = record.submitted == STOPPED or record.refused
            if record.stopped_at is None or not told or task.busy:
                continue
            due = record.stopped_at + self._tools.cleanup_seconds
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
        del self.tasks[task.arn]
        self.turn()

    def _turn_if_working(self) -> None:
        if self._group is not None:
            self.turn()

    def _wake_at(self, due: float | None, now: float) -> None:
        if self._wake is not None:
            self._wake.cancel()
        self._wake = None
        if due is not None:
            loop = asyncio.get_running_loop()
            self._wake = loop.call_later(max(due - now, 0.0), self._wake_up)

    def _wake_up(self) -> None:
        if self._group is not None:
            self._group.create_task(self._turn_later())

    async def _turn_later(self) -> None:
        self._turn_if_working()
