"""Whose a task is, by what ECS has of it: a daemon's, started or adopted, or somebody else's."""

from __future__ import annotations

from daemonctl.local.world.task import Task
from tests.simulation.scenario import OWNER, Scenario

MARK = f"daemonctl/{OWNER}"
GROUP = "daemonctl-"


class Whose:
    """The daemons of one run."""

    def __init__(self, scenario: Scenario) -> None:
        self.gone: dict[str, float] = {}  # daemons that left the config, since when
        self._names = [str(daemon.name) for daemon in scenario.daemons]
        self._adopting = {
            daemon.task_definition: str(daemon.name) for daemon in scenario.daemons if daemon.adopt
        }

    def orphan(self, task: Task) -> str:
        """Of which daemon that left the config it is, "" of none."""
        name = task.group.removeprefix(GROUP) if task.started_by == MARK else ""
        return name if name in self.gone else ""

    def daemon(self, task: Task) -> str:
        """The daemon's name, "" for a task that is none of ours, or of ours no more."""
        if task.started_by == MARK:
            name = task.group.removeprefix(GROUP)
            return name if name in self._names and name not in self.gone else ""
        family = task.definition.arn.rsplit("/", 1)[-1].split(":")[0]
        held = task.group.startswith("service:") or (task.started_by or "").startswith("daemonctl/")
        return "" if held else self._adopting.get(family, "")
