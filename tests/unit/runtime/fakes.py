"""A cluster that answers as it is told, one call at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from daemonctl.model.cluster import ContainerInstance, Task, TaskDefinition
from daemonctl.model.ids import ContainerInstanceArn, TaskArn, short
from daemonctl.model.plan import SetGate, StartTask, StopTask
from daemonctl.ports import ApiError, Described, StartAnswer, Tokens, Wire
from tests.unit.runtime.made import instance_arn, task, task_arn

Call = tuple[str, tuple[object, ...]]
K = TypeVar("K")
V = TypeVar("V")


class FakeCluster:
    """Holds instances and tasks; ``fails`` gives an operation's errors, one a call, first first."""

    def __init__(self) -> None:
        self.instances: dict[ContainerInstanceArn, ContainerInstance] = {}
        self.tasks: dict[TaskArn, Task] = {}
        self.hidden: list[str] = []  # ARNs that no list shows
        self.definitions: dict[str, TaskDefinition] = {}
        self.calls: list[Call] = []
        self.fails: dict[str, list[ApiError]] = {}
        self.answers: list[StartAnswer] = []
        self.stops: list[Task | None] = []
        self.gated: list[str] = []
        self.services: dict[str, str] = {}  # name to scheduling strategy
        self.gate: asyncio.Event | None = None  # starts wait for it
        self.left = Tokens(100)

    def add(self, *things: ContainerInstance | Task) -> None:
        for thing in things:
            if isinstance(thing, Task):
                self.tasks[thing.arn] = thing
            else:
                self.instances[thing.arn] = thing

    def made(self, operation: str) -> list[tuple[object, ...]]:
        return [args for name, args in self.calls if name == operation]

    def _called(self, operation: str, *args: object) -> None:
        self.calls.append((operation, args))
        if self.fails.get(operation):
            raise self.fails[operation].pop(0)

    async def describe_cluster(self) -> str:
        self._called("describe_cluster")
        return "arn:aws:ecs:eu-west-1:1:cluster/c"

    async def list_container_instances(self) -> tuple[ContainerInstanceArn, ...]:
        self._called("list_container_instances")
        return tuple(arn for arn in self.instances if arn not in self.hidden)

    async def describe_container_instances(
        self, arns: Sequence[ContainerInstanceArn]
    ) -> Described[ContainerInstance]:
        self._called("describe_container_instances", *arns)
        found = tuple(self.instances[arn] for arn in arns if arn in self.instances)
        return Described(found, tuple(arn for arn in arns if arn not in self.instances))

    async def list_tasks(
        self,
        *,
        family: str = "",
        service: str = "",
        started_by: str = "",
        instance: ContainerInstanceArn | None = None,
        stopped: bool = False,
    ) -> tuple[TaskArn, ...]:
        self._called("list_tasks", family, started_by, instance, stopped)

        def listed(task: Task) -> bool:
            of_service = not service or task.group == f"service:{service}"
            of_family = not family or f"/{family}:" in task.definition
            mine = not started_by or task.started_by == started_by
            there = instance is None or task.instance == instance
            return (
                of_service
                and of_family
                and mine
                and there
                and (task.desired_status == "STOPPED") == stopped
            )

        return tuple(
            arn for arn, task in self.tasks.items() if listed(task) and arn not in self.hidden
        )

    async def describe_tasks(self, arns: Sequence[TaskArn]) -> Described[Task]:
        self._called("describe_tasks", *arns)
        found = tuple(self.tasks[arn] for arn in arns if arn in self.tasks)
        return Described(found, tuple(arn for arn in arns if arn not in self.tasks))

    async def list_services(self, *, strategy: str = "") -> tuple[str, ...]:
        self._called("list_services", strategy)
        return tuple(name for name, kind in self.services.items() if strategy in ("", kind))

    async def describe_task_definition(self, name: str) -> TaskDefinition:
        self._called("describe_task_definition", name)
        if name not in self.definitions:
            raise ApiError("ClientException", "Unable to describe task definition.")
        return self.definitions[name]

    async def start_task(self, action: StartTask) -> StartAnswer:
        self._called("start_task", action)
        if self.gate is not None:
            await self.gate.wait()
        return self.answers.pop(0) if self.answers else self._started(action)

    def _started(self, action: StartTask) -> StartAnswer:
        number = len(self.calls)
        return StartAnswer(
            tuple(
                task(f"{number}-{short(arn)}", short(arn), last_status="PENDING")
                for arn in action.instances
            )
        )

    async def stop_task(self, action: StopTask) -> Task | None:
        self._called("stop_task", action)
        return self.stops.pop(0) if self.stops else None

    async def put_attributes(self, action: SetGate) -> None:
        self._called("put_attributes", action)

    async def drop_attribute(self, name: str, instances: Sequence[ContainerInstanceArn]) -> None:
        self._called("drop_attribute", name, *instances)

    async def asking_for(self, attribute: str, services: Sequence[str]) -> tuple[str, ...]:
        self._called("asking_for", attribute, *services)
        return tuple(name for name in services if name in self.gated)

    def tokens(self) -> Tokens:
        return self.left

    def decode_instance(self, detail: Wire) -> ContainerInstance:
        return _found(self.instances.get, instance_arn(str(detail["containerInstanceArn"])))

    def decode_task(self, detail: Wire) -> Task:
        return _found(self.tasks.get, task_arn(str(detail["taskArn"])))


def _found(get: Callable[[K], V | None], key: K) -> V:
    found = get(key)
    if found is None:
        raise ValueError(f"no such thing: {key}")
    return found
