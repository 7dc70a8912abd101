"""A cluster: its instances, tasks and services, with the indexes that make lists cheap."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daemonctl.local.world.shelf import Shelf

if TYPE_CHECKING:
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.service import Service
    from daemonctl.local.world.task import Task


@dataclass(slots=True, eq=False)
class Cluster:
    """One cluster; the truth that an oracle may read.

    Attributes:
        instances: container instances by ARN, INACTIVE ones for an hour more.
        tasks: tasks by ARN, STOPPED ones for an hour more.
        services: services by name; a deleted one turns INACTIVE and stays for a while.
        running, pending: what DescribeClusters counts.
    """

    name: str
    arn: str
    status: str = "ACTIVE"
    instances: dict[str, Instance] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    capacity_providers: list[str] = field(default_factory=list)
    default_strategy: list[dict[str, object]] = field(default_factory=list)
    settings: list[dict[str, str]] = field(default_factory=list)
    running: int = 0
    pending: int = 0
    registered: int = 0
    listed: Shelf[Instance] = field(default_factory=Shelf)
    shelves: dict[tuple[str, str, str], Shelf[Task]] = field(default_factory=dict)
    gone_tasks: deque[tuple[float, Task]] = field(default_factory=deque)
    gone_instances: deque[tuple[float, Instance]] = field(default_factory=deque)
    run_tokens: dict[str, tuple[object, list[Task], float]] = field(default_factory=dict)

    def shelve(self, task: Task, number: int) -> None:
        """Enter a task into the lists of its desiredStatus."""
        for key in _keys(task):
            shelf = self.shelves.get(key)
            if shelf is None:
                shelf = self.shelves[key] = Shelf()
            shelf.put(task.arn, number, task)

    def unshelve(self, task: Task) -> None:
        """Take a task out of the lists of its desiredStatus; empty ones are dropped."""
        for key in _keys(task):
            shelf = self.shelves.get(key)
            if shelf is not None:
                shelf.drop(task.arn)
                if not shelf:
                    del self.shelves[key]

    def forget(self, now: float) -> None:
        """Drop stopped tasks and inactive instances whose hour is over."""
        while self.gone_tasks and self.gone_tasks[0][0] <= now:
            _, task = self.gone_tasks.popleft()
            self.unshelve(task)
            del self.tasks[task.arn]
        while self.gone_instances and self.gone_instances[0][0] <= now:
            _, instance = self.gone_instances.popleft()
            self.instances.pop(instance.arn, None)


def _keys(task: Task) -> list[tuple[str, str, str]]:
    desired = task.desired_status
    keys = [
        (desired, "all", ""),
        (desired, "family", task.definition.family),
        (desired, "instance", task.instance.arn),
    ]
    if task.started_by is not None:
        keys.append((desired, "startedBy", task.started_by))
    if task.service is not None:
        keys.append((desired, "service", task.service))
    return keys
