"""Carrying out one step for one container, and removing what is left of a task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from daemonctl.local.agent import happened, pulls, volumes
from daemonctl.local.agent.config import create_body
from daemonctl.local.agent.engine import Engine
from daemonctl.local.agent.record import Task
from daemonctl.local.agent.steps import CREATE, PULL, START, STOP, Step

PULL_SECONDS, CREATE_SECONDS, START_SECONDS = 7200.0, 240.0, 180.0
STOP_MARGIN_SECONDS = 60.0
"""How long the ECS agent waits for Docker, and for a stop beyond its stopTimeout."""


def patience(step: Step) -> float:
    """Tell after how many seconds a step without an answer has failed."""
    if step.kind == STOP:
        return step.seconds + STOP_MARGIN_SECONDS
    return {PULL: PULL_SECONDS, CREATE: CREATE_SECONDS, START: START_SECONDS}[step.kind]


def told_patience(step: Step) -> float:
    """Tell how long a step that has failed for want of an answer is said to have waited."""
    return pulls.IDLE_SECONDS if step.kind == PULL else patience(step)


@dataclass(frozen=True, slots=True)
class Errands:
    """What is needed to carry steps out.

    Attributes:
        cluster: Its name, for the containers' labels.
        pull_behavior: One of `pulls.BEHAVIORS`.
    """

    engine: Engine
    cluster: str
    pull_behavior: str
    clock: Callable[[], float]

    async def run(self, task: Task, step: Step) -> None:
        """Carry a step out and take up what came of it.

        Raises:
            RefusedError: The engine says no.
            TimeoutError: A pull makes no progress.
            EngineLostError: The engine is away.
        """
        row = task.container(step.container)
        if step.kind == PULL:
            await self._pull(task, step.container)
        elif step.kind == CREATE:
            for volume in volumes.of_task(task):
                await self.engine.make_volume(volume)
            body = create_body(task, row.name, self.cluster)
            docker_id = await self.engine.create(row.docker_name, body)
            happened.done(task, row.name, CREATE, docker_id=docker_id)
        elif step.kind == START:
            await self.engine.start(row.docker_name)
            await self.look(task, row.name)
        else:
            await self.engine.stop(row.docker_name, step.seconds)
            await self.look(task, row.name)

    async def look(self, task: Task, name: str, exit_code: int | None = None) -> None:
        """Take up how a container is now; `exit_code` is what was heard, should it be gone."""
        found = await self.engine.inspect(task.container(name).docker_name)
        if found is None:
            happened.vanished(task, name, exit_code)
        else:
            happened.seen(task, name, found, self.clock())

    async def clean(self, task: Task) -> None:
        """Remove the containers and volumes of a task that has ended."""
        for row in task.record.containers:
            await self.engine.remove(row.docker_name)
        for name in volumes.own_names(task):
            await self.engine.remove_volume(name)

    async def _pull(self, task: Task, name: str) -> None:
        record = task.record
        record.pull_started_at = record.pull_started_at or self.clock()
        try:
            await pulls.fetch(self.engine, task.spec(name).image, self.pull_behavior)
        finally:
            record.pull_stopped_at = self.clock()
        happened.done(task, name, PULL)
