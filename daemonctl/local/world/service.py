"""Services and their deployments, as ECS keeps them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemonctl.local.world.definition import Definition
    from daemonctl.local.world.fields import Params
    from daemonctl.local.world.task import Task

REPLICA, DAEMON = "REPLICA", "DAEMON"
EVENTS_KEPT = 100


@dataclass(slots=True, eq=False)
class Deployment:
    """One deployment of a service; ``tasks`` are those with desiredStatus RUNNING, by ARN."""

    id: str
    definition: Definition
    created_at: float
    updated_at: float
    settings: Params
    status: str = "PRIMARY"
    rollout_state: str = "IN_PROGRESS"
    rollout_reason: str = ""
    failed_tasks: int = 0
    tasks: dict[str, Task] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Service:
    """A service.

    Attributes:
        deployments: newest first; the first is PRIMARY.
        settings: what CreateService and UpdateService set, in the wire's shape.
        short: it wants a task that it could not place; any freed resource concerns it.
        wake_at: when its scheduler looks at it next; None: nothing is planned.
        failures: tasks in a row that ended before they ran well; start attempts back off.
        hold_until: no start before, after such failures.
        said: the last service event, so that the same one is not said over and over.
        last_good: the definition of the last deployment that completed.
    """

    arn: str
    name: str
    cluster: str
    cluster_arn: str
    strategy: str
    desired_count: int
    settings: dict[str, object]
    created_at: float
    deployments: list[Deployment]
    status: str = "ACTIVE"
    tags: dict[str, str] = field(default_factory=dict)
    events: deque[dict[str, object]] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    short: bool = False
    wake_at: float | None = None
    failures: int = 0
    hold_until: float = 0.0
    said: str = ""
    last_good: Deployment | None = None
    ended_at: float | None = None

    @property
    def primary(self) -> Deployment:
        """The deployment that it is heading for."""
        return self.deployments[0]

    @property
    def tasks(self) -> list[Task]:
        """All its tasks with desiredStatus RUNNING, oldest deployment first."""
        return [
            task for deployment in reversed(self.deployments) for task in deployment.tasks.values()
        ]
