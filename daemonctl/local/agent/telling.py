"""Container health as the agent publishes it: pure."""

from __future__ import annotations

from collections.abc import Iterable

from daemonctl.local.agent.payload import Json, docker_parts
from daemonctl.local.agent.record import RUNNING, Task


def health_of(tasks: Iterable[Task]) -> list[Json]:
    """The ``tasks`` of a PublishHealthRequest: running containers that have a health check."""
    found: list[Json] = []
    for task in tasks:
        containers: list[Json] = [
            {
                "containerName": row.name,
                "healthStatus": row.health,
                "statusSince": round(row.health_since or row.started_at or 0, 3),
            }
            for row in task.record.containers
            if row.status == RUNNING and "Healthcheck" in docker_parts(task.spec(row.name))[0]
        ]
        if containers:
            found.append(
                {
                    "taskArn": task.arn,
                    "taskDefinitionFamily": task.payload.family,
                    "taskDefinitionVersion": task.payload.version,
                    "containers": containers,
                }
            )
    return found
