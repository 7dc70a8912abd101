"""Whose a task is, by what ECS has of it: a daemon's, started or adopted, or somebody else's."""

from __future__ import annotations

from daemonctl.local.world.task import Task
from tests.simulation.scenario import OWNER, Scenario

MARK = f"daemonctl/{OWNER}"
GROUP = "daemonctl-"


class Whose:
    """The daemons of one run."""

    def __init__(self, scenario: Scenario) -> None:
        self._names = [str(daemon.name) for daemon in scenario.daemons]
        self._adopting = {
            daemon.task_definition: str(daemon.name) for daemon in scenario.daemons if daemon.adopt
        }

    def daemon(self, task: Task) -> str:
        """The daemon's name, "" for a task that is none of ours."""
        if task.started_by == MARK:
            name = task.group.removeprefix(GROUP)
            return name if name in self._names else ""
        family = task.definition.arn.rsplit("/", 1)[-1].split(":")[0]
        held = task.group.startswith("service:") or (task.started_by or "").startswith("daemonctl/")
        return "" if held else self._adopting.get(family, "")
