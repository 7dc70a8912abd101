"""Whose tasks a cluster's view holds, how often their health is asked for, what is old news."""

from __future__ import annotations

from math import ceil

from msgspec import Struct

from daemonctl.model.cluster import Health, Task
from daemonctl.model.ids import TaskDefinitionArn, family_of
from daemonctl.planning.groups import any_named

HEALTH_SECONDS: float = 10.0
"""How soon a task that is not HEALTHY yet is described again: no event tells when it is."""

STOPPED_KEPT: float = 3600.0
"""Seconds that a stopped task stays in the view; ECS shows it for about as long."""

OTHERS_KEPT: float = 300.0
"""That long one that was only looked at: so late an event does not bring it back."""

_POLLS_APART = 12
"""Into so many describes a health poll's interval is divided at most."""


class Concern(Struct, frozen=True):
    """Tasks that we started, and those of families and services that some rule names.

    ``checked`` are the definitions with a container health check: their tasks are described again
    every ``poll`` seconds, for events carry no health. A list may trail what ECS has already said
    in events by ``listing_lag`` seconds.
    """

    mark: str  # startedBy of our tasks
    families: frozenset[str] = frozenset()
    services: tuple[str, ...] = ()  # names, or patterns with *
    adopted: frozenset[str] = frozenset()  # families of daemons that adopt
    checked: frozenset[TaskDefinitionArn] = frozenset()
    poll: float = 60.0
    everything: bool = False  # all that runs: servicesRegistered asks for it
    listing_lag: float = 60.0

    def covers(self, task: Task) -> bool:
        """Whether a view holds a task."""
        return bool(task.instance) and (self.everything or self.names(task))

    def names(self, task: Task) -> bool:
        """Whether a task is ours, or of a family or service that is named."""
        return bool(task.instance) and (
            task.started_by == self.mark
            or family_of(task.definition) in self.families
            or any_named(self.services, task.group)
        )

    def kept(self, task: Task) -> float:
        """How long it stays in the view once it has stopped, in seconds."""
        return STOPPED_KEPT if self.names(task) else OTHERS_KEPT

    def next_health(self, task: Task, at: float) -> float | None:
        """When to ask for a task's health again, None where it has none.

        On a grid, so that one describe serves a hundred tasks.
        """
        ours = task.started_by == self.mark or family_of(task.definition) in self.adopted
        if not (
            ours and task.definition in self.checked and task.live and task.last_status == "RUNNING"
        ):
            return None
        if task.health is not Health.HEALTHY:
            return at + HEALTH_SECONDS
        grid = self.poll / _POLLS_APART
        return ceil((at + self.poll) / grid) * grid
