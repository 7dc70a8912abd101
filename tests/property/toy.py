"""A toy cluster that does what plans say, with chance in it: for what holds over time.

It is no ECS: what it knows is visible at once, save starts that got no answer. Run as a program it
prints the trace of a few seeds, so that a test can compare traces under other hash seeds.
"""

from __future__ import annotations

import hashlib
import random
import sys

from msgspec import Struct, structs

from daemonctl.check import check
from daemonctl.model.cluster import Container, Resources, Task
from daemonctl.model.desired import Desired
from daemonctl.model.ids import ContainerInstanceArn, DaemonName, Slot, group_of
from daemonctl.model.memory import NOTHING, Memory, SlotMemory
from daemonctl.model.observed import Host, Observed
from daemonctl.model.plan import INFINITE, Allowance, Look, Plan, StartTask, StopTask
from daemonctl.model.spec import Restart
from daemonctl.planning import outcomes
from daemonctl.planning.board import Board
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    REGISTRATOR,
    arn,
    daemon,
    definition,
    definition_arn,
    desired,
    instance,
    spec,
    task_arn,
)
from tests.unit.planning.scenery import task as plain_task

RESTART = Restart(base_seconds=1.0, max_seconds=60.0, reset_after_seconds=100.0)
WANTED: Desired = desired(
    daemon(spec(restart=RESTART, min_ready_seconds=5.0), definition(AGENT)),
    daemon(spec(REGISTRATOR, AGENT, restart=RESTART), definition(REGISTRATOR)),
)


class Chances(Struct, frozen=True):
    """How often what goes wrong, in [0,1]."""

    crash: float = 0.3
    refuse: float = 0.1
    silent: float = 0.2  # a start without an answer, half of which worked
    double: float = 0.1  # another leader starts a second one


CALM = Chances(0.0, 0.0, 0.0, 0.0)


class Toy:
    """Hosts with tasks, a board and its memory, and a clock that jumps."""

    def __init__(self, seed: int, hosts: int, chances: Chances) -> None:
        self.dice = random.Random(seed)
        self.chances = chances
        self.now = NOW
        self.hosts = {arn(n): Host(instance(n)) for n in range(1, hosts + 1)}
        self.board = Board(WANTED)
        self.memory = Memory()
        self.changed: dict[ContainerInstanceArn, None] = dict.fromkeys(self.hosts)
        self.due: list[tuple[float, int, Task]] = []  # a task as it will be then
        self.hidden: dict[Slot, Task] = {}  # starts that worked and got no answer
        self.doubled_at: dict[Slot, float] = {}
        self.writes: dict[Slot, list[float]] = {}
        self.trace: list[str] = []
        self._serial = 0

    def run(self, seconds: float) -> Plan:
        """Plans and does, from happening to happening, for so long. Gives the last plan."""
        end = self.now + seconds
        made = self.plan()
        while True:
            times = [at for at in (made.wake, *(at for at, _, _ in self.due)) if at is not None]
            times += [self.now] if self.changed else []  # an answer is taken in at once
            upcoming = min([end, *(max(at, self.now + 0.01) for at in times)])
            self.now = upcoming
            self._happen()
            made = self.plan()
            if upcoming >= end:
                return made

    def plan(self, allowance: Allowance = INFINITE) -> Plan:
        """One turn of the controller."""
        view = Observed(dict(self.hosts), True, self.now - 5, NOW - 5000)
        before = Memory(dict(self.memory.slots), dict(self.memory.daemons))
        made = self.board.replan(view, self.memory, list(self.changed), allowance, self.now)
        assert check(made.actions, WANTED, view, before, self.now).violations == ()
        self.changed = {}
        for slot, held in made.slots.items():
            self._remember(slot, held or NOTHING)
        self.memory.daemons.update(made.daemons)
        for look in made.looks:
            self._look(look)
        for action in made.actions:
            self._do(action)
        self._watch_duplicates()
        return made

    def task(self, slot: Slot, last: str, age: float = 0.0, **changes: object) -> Task:
        """Makes a task of a slot, visible at once."""
        self._serial += 1
        made = structs.replace(
            plain_task(),
            arn=task_arn(self._serial),
            instance=slot[0],
            definition=definition_arn(slot[1]),
            group=group_of(slot[1]),
            last_status=last,
            first_seen=self.now - age,
            created_at=self.now - age,
            started_at=self.now - age if last == "RUNNING" else None,
            containers=(Container("main", last),),
        )
        made = structs.replace(made, **changes)
        self.put(made)
        return made

    def put(self, task: Task) -> None:
        """The task as it is now."""
        host = self.hosts[task.instance]
        kept = {other.arn: other for other in host.tasks} | {task.arn: task}
        self.hosts[task.instance] = structs.replace(host, tasks=tuple(kept.values()))
        self.changed[task.instance] = None

    def live(self, slot: Slot) -> list[Task]:
        """The live tasks of a slot."""
        group = group_of(slot[1])
        return [t for t in self.hosts[slot[0]].tasks if t.live and t.group == group]

    @property
    def slots(self) -> list[Slot]:
        """Every slot there is."""
        return [(host, DaemonName(one.spec.name)) for host in self.hosts for one in WANTED.daemons]

    def _later(self, seconds: float, task: Task) -> None:
        self._serial += 1
        self.due.append((self.now + seconds, self._serial, task))
        self.due.sort(key=lambda entry: entry[:2])

    def _happen(self) -> None:
        while self.due and self.due[0][0] <= self.now:
            task = self.due.pop(0)[2]
            held = next((t for t in self.hosts[task.instance].tasks if t.arn == task.arn), None)
            if held is None or held.stopped or (not held.live and not task.stopped):
                continue
            if task.stopped:
                task = structs.replace(task, stopped_at=self.now)
            elif task.last_status == "RUNNING" and task.started_at is None:
                task = structs.replace(task, started_at=self.now)
            self.put(task)

    def _chance(self, chance: float) -> bool:
        return self.dice.random() < chance

    def _do(self, action: StartTask | StopTask) -> None:
        for place in action.instances if isinstance(action, StartTask) else (action.instance,):
            slot = (place, action.daemon)
            self.writes.setdefault(slot, []).append(self.now)
            self.changed[place] = None
            self.trace.append(f"{self.now:.2f} {type(action).__name__} {action.daemon} {place}")
            if isinstance(action, StopTask):
                self._stop(slot, action)
            else:
                self._start(slot)

    def _stop(self, slot: Slot, action: StopTask) -> None:
        task = next(t for t in self.live(slot) if t.arn == action.task)
        told = structs.replace(task, desired_status="STOPPED", stopped_reason=action.reason)
        self.put(told)
        self._later(3.0, structs.replace(told, last_status="STOPPED", stop_code="UserInitiated"))
        self._remember(slot, outcomes.accepted(self.memory.slots[slot]))

    def _start(self, slot: Slot) -> None:
        held = self.memory.slots[slot]
        if self._chance(self.chances.refuse):
            reason = self.dice.choice(("AGENT", "RESOURCE:MEMORY"))
            held = outcomes.refused(held, RESTART, reason, "", self.now)
        elif self._chance(self.chances.silent):
            held = outcomes.unanswered(held)
            if self._chance(0.5):
                self.hidden[slot] = self._begin(slot, visible=False)
        else:
            self._begin(slot)
            held = outcomes.accepted(held)
            if self._chance(self.chances.double):
                self._begin(slot)
        self._remember(slot, held)

    def _begin(self, slot: Slot, *, visible: bool = True) -> Task:
        before = self.hosts[slot[0]]
        task = self.task(slot, "PENDING")
        if not visible:
            self.hosts[slot[0]] = before
            return task
        self._life(task)
        return task

    def _life(self, task: Task) -> None:
        running = structs.replace(
            task, last_status="RUNNING", containers=(Container("main", "RUNNING"),)
        )
        starts_after = self.dice.uniform(1, 8)
        self._later(starts_after, running)
        if self._chance(self.chances.crash):
            ended = structs.replace(
                running,
                last_status="STOPPED",
                desired_status="STOPPED",
                started_at=self.now + starts_after,
                stop_code="EssentialContainerExited",
                containers=(Container("main", "STOPPED", 1),),
            )
            self._later(starts_after + self.dice.uniform(0.5, 20), ended)

    def _look(self, look: Look) -> None:
        slot = (look.instance, look.daemon)
        task = self.hidden.pop(slot, None)
        self.changed[look.instance] = None
        self._remember(slot, outcomes.looked(self.memory.slots[slot]))
        if task is not None:
            self.put(task)
            self._life(task)

    def _remember(self, slot: Slot, held: SlotMemory) -> None:
        if held == NOTHING:
            self.memory.slots.pop(slot, None)
        else:
            self.memory.slots[slot] = held

    def _watch_duplicates(self) -> None:
        for slot in self.slots:
            if len(self.live(slot)) < 2:
                self.doubled_at.pop(slot, None)
            else:
                since = self.doubled_at.setdefault(slot, self.now)
                assert self.now - since < 30, f"two tasks for 30 s: {slot}"


def crowded(number: int) -> Host:
    """A host that has no room for the daemons."""
    return Host(instance(number, remaining=Resources(0, 0)))


def main() -> str:
    """A digest of what a few seeds do."""
    traces = []
    for seed in range(3):
        toy = Toy(seed, 7, Chances())
        toy.run(120)
        traces += toy.trace
    return hashlib.sha256("\n".join(traces).encode()).hexdigest() + f" {len(traces)}"


if __name__ == "__main__":
    sys.stdout.write(main() + "\n")
