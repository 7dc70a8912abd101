"""Tasks that a daemon with ``adopt`` takes for its own: of its family, and held by nobody else."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.planning.assessment import Entry
from daemonctl.planning.scene import Scene

_HELD = ("daemonctl/", "ecs-svc/")
"""How ``startedBy`` begins where daemonctl or a service started the task (ECS API: startedBy)."""


def free(task: Task) -> bool:
    """Whether neither a service nor any installation of daemonctl holds the task."""
    return not task.started_by.startswith(_HELD) and not task.group.startswith("service:")


def told(scene: Scene, entry: Entry) -> Entry:
    """The entry of the slot looked at last; it says so where the task that stays is adopted."""
    state = scene.states[-1]
    if state is None or state[0].started_by == scene.rules.mark:
        return entry
    kept = state[0]
    by = f"startedBy {kept.started_by}" if kept.started_by else "no startedBy"
    verdict = entry.verdict
    words = f"{verdict.words}; adopted ({by})" if verdict.words else f"adopted ({by})"
    return structs.replace(entry, verdict=structs.replace(verdict, words=words))


def held_by_service(task: Task) -> str:
    """The name of the service that holds the task, "" where none does."""
    return task.group.removeprefix("service:") if task.group.startswith("service:") else ""
