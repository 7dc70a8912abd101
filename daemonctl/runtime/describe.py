"""Describes turned into facts: the same ones that events make."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from daemonctl.model.ids import ContainerInstanceArn, TaskArn
from daemonctl.ports import Clock, Cluster
from daemonctl.runtime.facts import Fact, InstanceSeen, InstancesMissing, TaskSeen, TasksMissing

Emit = Callable[[tuple[Fact, ...]], None]
"""Takes facts towards the inbox."""

_PAGE = 100
"""How many ECS describes in one call."""

_ABREAST = 4
"""Describes in flight at once: enough to use the API budget, few enough to let others in."""

T = TypeVar("T", bound=str)


class Describer:
    """Describes container instances and tasks of one cluster, and emits what it learns."""

    def __init__(self, cluster: Cluster, clock: Clock, emit: Emit) -> None:
        self._cluster = cluster
        self._clock = clock
        self._emit = emit

    async def instances(self, arns: Sequence[ContainerInstanceArn]) -> None:
        """Describes these. Raises ApiError; what was learned before it is emitted."""
        await _abreast([self._instances(page) for page in _pages(arns)])

    async def tasks(self, arns: Sequence[TaskArn]) -> None:
        """Describes these. Raises ApiError; what was learned before it is emitted."""
        await _abreast([self._tasks(page) for page in _pages(arns)])

    async def _instances(self, arns: tuple[ContainerInstanceArn, ...]) -> None:
        answer = await self._cluster.describe_container_instances(arns)
        at = self._clock.now()
        facts: list[Fact] = [InstanceSeen(found, at) for found in answer.found]
        if answer.missing:
            facts.append(
                InstancesMissing(tuple(ContainerInstanceArn(arn) for arn in answer.missing), at)
            )
        self._emit(tuple(facts))

    async def _tasks(self, arns: tuple[TaskArn, ...]) -> None:
        answer = await self._cluster.describe_tasks(arns)
        at = self._clock.now()
        facts: list[Fact] = [TaskSeen(found, at) for found in answer.found]
        if answer.missing:
            facts.append(TasksMissing(tuple(TaskArn(arn) for arn in answer.missing), at))
        self._emit(tuple(facts))


def _pages(arns: Sequence[T]) -> list[tuple[T, ...]]:
    return [tuple(arns[at : at + _PAGE]) for at in range(0, len(arns), _PAGE)]


async def _abreast(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Runs all, a few at once; the first failure ends the rest and is raised as it is."""
    waiting = iter(work)

    async def hand() -> None:
        for one in waiting:
            await one

    hands = [asyncio.create_task(hand()) for _ in range(min(_ABREAST, len(work)))]
    try:
        # Not gather: where a task of it fails in the moment of a cancellation, that one is lost.
        if hands:
            await asyncio.wait(hands, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in hands:
            task.cancel()
        if hands:
            await asyncio.wait(hands)
        for one in waiting:
            one.close()
        errors = [task.exception() for task in hands if not task.cancelled()]
    for error in errors:
        if error is not None:
            raise error
