"""All tasks of one engine, their records kept in the state file; what to do for them is decided.

Nothing here waits or talks to anybody: `worker` does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container

from daemonctl.local.agent import happened
from daemonctl.local.agent.identity import Host
from daemonctl.local.agent.messages import rows
from daemonctl.local.agent.order import is_circular
from daemonctl.local.agent.payload import STOPPED as TO_STOP
from daemonctl.local.agent.payload import BadPayloadError, Json, not_built
from daemonctl.local.agent.record import STOPPED, ContainerRecord, Task, new_task, stillborn_task
from daemonctl.local.agent.room import admit
from daemonctl.local.agent.steps import Step, settle
from daemonctl.local.agent.store import State, Store

_LOG = logging.getLogger(__name__)
_HEX_DIGITS = 20

Left = dict[tuple[str, str], tuple[str, happened.Seen]]
"""Containers found on the engine whose tasks are not known here: by task ARN and container, their
name on the engine and how they are."""


class Roster:
    """The tasks.

    Args:
        state: As loaded; it is changed in place and saved.
        store: Where it is saved.
        host: Whose CPU and memory tasks take.
        fresh: Makes so many digits of hex that were never there before.

    Attributes:
        tasks: By ARN, in order of arrival.
        left: What an agent that lost its state file has left on the engine.
    """

    def __init__(self, state: State, store: Store, host: Host, fresh: Callable[[int], str]) -> None:
        self._state = state
        self._store = store
        self._host = host
        self._fresh = fresh
        self.tasks: dict[str, Task] = {}
        self.left: Left = {}
        for record in sorted(state.tasks, key=lambda one: one.number):
            task = Task(record)
            self.tasks[task.arn] = task

    @property
    def container_instance_arn(self) -> str | None:
        """Which container instance this is; None before it was ever registered."""
        return self._state.container_instance_arn

    @property
    def sequence(self) -> int:
        """The newest ``seqNum`` that was taken up."""
        return self._state.sequence

    def registered_as(self, arn: str) -> None:
        """Note for good which container instance this is."""
        self._state.container_instance_arn = arn
        self.save()

    def take(self, wanted: list[Json], sequence: int, now: float) -> list[Task]:
        """Take up the tasks of a payload.

        Returns:
            Those of them that took over containers which were there already.
        """
        self._state.sequence = max(self._state.sequence, sequence)
        adopted: list[Task] = []
        for raw in wanted:
            task, is_adopted = self._take(raw, now)
            adopted += [task] if is_adopted else []
        return adopted

    def stop(self, arns: list[str]) -> None:
        """Note that tasks are not wanted any more."""
        for arn in arns:
            if arn in self.tasks:
                self.tasks[arn].record.desired = TO_STOP

    def decide(self, now: float) -> tuple[list[tuple[Task, Step]], list[float]]:
        """Decide anew about all tasks, and write it down.

        Returns:
            What is to be begun, and when to decide again if nothing happens (epoch seconds).

        Raises:
            StateError: The state file cannot be written.
        """
        tasks = list(self.tasks.values())
        decided = [(task, settle(task, now)) for task in tasks]
        for task in admit(tasks, self._host.cpu, self._host.memory):
            _LOG.info("%s: begins", task.arn)
            decided.append((task, settle(task, now)))
        steps = [(task, step) for task, (found, _) in decided for step in found]
        wakes = [wake for _, (_, wake) in decided if wake is not None]
        self.save()
        return steps, wakes

    def find(self, docker_id: str) -> tuple[Task, ContainerRecord] | None:
        """Tell whose container this is; None: of no task here."""
        for task in self.tasks.values():
            for row in task.record.containers:
                if row.docker_id == docker_id:
                    return task, row
        return None

    def strangers(self, wanted: Container[str]) -> list[str]:
        """Name the containers found at the start whose tasks are neither known nor wanted.

        An agent made them for a control plane that is gone. They are left alone, as anything on
        the engine that is not this agent's; what they hold may be what a new task needs.
        """
        return [name for (arn, _), (name, _) in self.left.items() if arn not in wanted]

    def save(self) -> None:
        """Write it down.

        Raises:
            StateError: It cannot be written.
        """
        self._state.tasks = [task.record for task in self.tasks.values()]
        self._store.save(self._state)

    def _take(self, raw: Json, now: float) -> tuple[Task, bool]:
        arn = str(raw.get("arn"))
        known = self.tasks.get(arn)
        adopted = False
        if known is None:
            known = self.tasks[arn] = self._new(arn, raw)
            adopted = self._adopt(known, now)
        if raw.get("desiredStatus") == TO_STOP:
            known.record.desired = TO_STOP
        return known, adopted

    def _new(self, arn: str, raw: Json) -> Task:
        """A task that just came; one that can never run has ended, and that is told."""
        number, self._state.arrived = self._state.arrived, self._state.arrived + 1
        suffixes = [self._fresh(_HEX_DIGITS) for _ in rows(raw, "containers")]
        try:
            task = _possible(new_task(raw, number, suffixes))
        except BadPayloadError as no:
            _LOG.error("%s", no)
            return stillborn_task(arn, number, str(no))
        _LOG.info("%s: %s is wanted", arn, task.payload.desired_status)
        return task

    def _adopt(self, task: Task, now: float) -> bool:
        """Take over containers of the task that are there already."""
        adopted = False
        for row in task.record.containers:
            left = self.left.pop((task.arn, row.name), None)
            if left is not None:
                row.docker_name, found = left
                happened.seen(task, row.name, found, now)
                task.record.admitted = adopted = True
        return adopted


def _possible(task: Task) -> Task:
    """Refuse a task that can never run here; for a circle in the ECS agent's words."""
    if is_circular(task.payload):
        raise BadPayloadError(f"Task dependencies cannot be resolved, taskArn: {task.arn}")
    lacking = not_built(task.payload)
    if lacking is not None:
        raise BadPayloadError(f"{lacking} is not supported by the agent of the local ECS")
    return task


def is_over(task: Task) -> bool:
    """Say whether a task has ended and the control plane has heard it, or will not hear it."""
    record = task.record
    return record.stopped_at is not None and (record.submitted == STOPPED or record.refused)
