"""What is really so in the world: slots, tasks, how far each has come and since when."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from daemonctl.local.world import World
from daemonctl.local.world.cluster import Cluster
from daemonctl.local.world.instance import Instance
from daemonctl.local.world.task import Task
from daemonctl.model.spec import Dependency, DependsOn
from daemonctl.planning.query import Expression, matches, parse
from tests.simulation.life import Call, Slot
from tests.simulation.scenario import CLUSTER, Scenario
from tests.simulation.whose import Whose

ROUNDING = 0.002
"""Seconds: ECS's times go by milliseconds."""

_MOVING = ("runningTasksCount", "agentConnected")
NEVER = -math.inf


@dataclass(eq=False)
class Record:
    """One own task: who started it, and when it was how far. All times are epoch seconds."""

    task: Task
    slot: Slot
    call: Call
    at: float
    ran_at: float | None = None
    left_at: float | None = None
    healthy_at: float | None = None
    sick_at: float | None = None

    def note(self, now: float) -> None:
        """Takes in how the task stands now."""
        task = self.task
        if self.ran_at is None and task.last_status == "RUNNING":
            self.ran_at = now
        if self.left_at is None and (
            task.desired_status == "STOPPED"
            or (self.ran_at is not None and task.last_status != "RUNNING")
        ):
            self.left_at = now
        if task.has_health_check:
            healthy = task.health == "HEALTHY"
            if healthy and (self.healthy_at is None or self.sick_at is not None):
                self.healthy_at, self.sick_at = now, None
            elif not healthy and self.healthy_at is not None and self.sick_at is None:
                self.sick_at = now

    def reached(self, condition: DependsOn, min_ready: float, now: float, within: float) -> bool:
        """Whether it is as far as asked, or would be but for the last ``within`` seconds.

        Who does not know yet that it died counts its age on.
        """
        if self.ran_at is None:
            return False
        since, until = self.ran_at, now if self.left_at is None else self.left_at
        if condition is not DependsOn.START and self.task.has_health_check:
            if self.healthy_at is None:
                return False
            since = max(since, self.healthy_at)
            until = until if self.sick_at is None else min(until, self.sick_at)
        if condition is DependsOn.READY:
            since = max(since, (self.task.started_at or self.ran_at) + min_ready - ROUNDING)
        return since <= now and until >= now - within


def succeeded(record: Record) -> bool:
    """Whether a task ended by itself, and well, as far as ECS knows."""
    task = record.task
    codes = [one.exit_code for one in task.containers if one.definition.essential]
    ended = task.last_status == "STOPPED" and task.stop_code == "EssentialContainerExited"
    return ended and all(code == 0 for code in codes)


class Truth:
    """The world as the oracle asks it."""

    def __init__(self, world: World, scenario: Scenario) -> None:
        self.world = world
        self.scenario = scenario
        self.records: dict[str, Record] = {}
        self.slots: dict[Slot, list[Record]] = {}
        self.daemons = {str(daemon.name): daemon for daemon in scenario.daemons}
        self.whose = Whose(scenario)
        self.status_since: dict[str, float] = {}
        self.back_at: dict[str, float] = {}  # when its agent last connected again
        self.flipped_at: dict[str, float] = {}
        self.bad: dict[str, None] = {}  # revisions that never work, as family:revision
        self.let_go = False  # an operator pruned the orphans
        self.undone: dict[str, None] = {}  # daemons of which an operator undid a rollout
        self.restarted = False  # an operator asked for a restart of something
        self._status: dict[str, tuple[str, bool]] = {}
        self._checked: dict[str, Record] = {}
        expressions = {
            name: [parse(text) for text in daemon.constraints]
            for name, daemon in self.daemons.items()
        }
        self._displacing = {
            name: [one for one, text in zip(found, self.daemons[name].constraints, strict=True)
                   if not text.startswith(_MOVING)]
            for name, found in expressions.items()
        }  # fmt: skip
        self._all = expressions

    @property
    def cluster(self) -> Cluster:
        return self.world.clusters[CLUSTER]

    def changed(self, arn: str, now: float) -> None:
        """Something of ECS's books changed: a task or a container instance."""
        record = self.records.get(arn)
        if record is not None:
            record.note(now)
            if record.left_at is not None:
                self._checked.pop(arn, None)
        instance = self.cluster.instances.get(arn)
        if instance is not None:
            status = (instance.status, instance.connected)
            before = self._status.get(arn)
            if before != status:
                if before is not None and instance.connected and not before[1]:
                    self.back_at[arn] = now
                self._status[arn] = status
                self.status_since[arn] = now

    def passed(self, now: float) -> None:
        """Time went by: health changes without an event."""
        for record in self._checked.values():
            record.note(now)

    def started(self, arn: str, call: Call, now: float) -> Record:
        """A StartTask was done."""
        task = self.cluster.tasks[arn]
        slot = (task.instance.arn, self.whose.daemon(task))
        record = self.records[arn] = Record(task, slot, call, now)
        self.slots.setdefault(slot, []).append(record)
        if task.has_health_check:
            self._checked[arn] = record
        return record

    def on_host(self, slot: Slot) -> list[Task]:
        """Own tasks of a slot that have not stopped."""
        instance = self.cluster.instances.get(slot[0])
        there = () if instance is None else instance.tasks.values()
        return [task for task in there if self.whose.daemon(task) == slot[1]]

    def live(self, slot: Slot) -> list[Task]:
        """Own tasks of a slot that nobody told to stop."""
        return [task for task in self.on_host(slot) if task.counts]

    def own(self) -> Iterator[tuple[Instance, Task]]:
        """Every own task that has not stopped, with its instance."""
        for instance in self.cluster.instances.values():
            for task in instance.tasks.values():
                if self.whose.daemon(task):
                    yield instance, task

    def belongs(self, slot: Slot) -> bool:
        """The placement constraints that displace hold there."""
        return self._match(self._displacing, slot)

    def may_start(self, slot: Slot) -> bool:
        """Every placement constraint holds there now."""
        return self._match(self._all, slot)

    def ready(self, slot: Slot, need: Dependency, now: float, within: float) -> bool:
        """Whether a dependency of a slot was as far as asked lately."""
        daemon = self.daemons[need.daemon]
        if need.condition is DependsOn.SUCCESS:
            return any(map(succeeded, self.slots.get((slot[0], str(need.daemon)), ())))
        return any(
            record.reached(need.condition, daemon.min_ready_seconds, now, within)
            for record in self.slots.get((slot[0], str(need.daemon)), ())
        )

    def _match(self, table: dict[str, list[Expression]], slot: Slot) -> bool:
        instance = self.cluster.instances.get(slot[0])
        if instance is None or slot[1] not in table:
            return False
        return all(matches(expression, instance) for expression in table[slot[1]])
