"""What every invariant looks at: the plan taken apart into writes, and what is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from daemonctl.check.terms import adopted, in_flight, live, own
from daemonctl.model.cluster import Task
from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.ids import ContainerInstanceArn, DaemonName, Slot, short, started_by
from daemonctl.model.memory import NOTHING, Expectation, Memory, SlotMemory
from daemonctl.model.observed import Host, Observed
from daemonctl.model.plan import Action, MarkOnce, SetGate, StartTask, StopKind, StopTask
from daemonctl.model.rollout import Rollout

NOWHERE = ContainerInstanceArn("")
"""Stands for the instance of a StartTask that names none, so that it is judged all the same."""


class Write(Struct, frozen=True):
    """What one action does to one slot. A StartTask is as many writes as it names instances."""

    index: int  # of the action in the plan
    action: Action
    instance: ContainerInstanceArn

    @property
    def slot(self) -> Slot:
        """The slot written to."""
        return (self.instance, self.action.daemon)

    @property
    def voluntary(self) -> bool:
        """Whether it takes away something that works, so that it needs the budget."""
        return isinstance(self.action, StopTask) and self.action.kind is not StopKind.REPAIR

    @property
    def where(self) -> str:
        """The slot in words."""
        return f"{self.action.daemon or 'gate'} on {short(self.instance)}"


def writes_of(actions: Sequence[Action]) -> list[Write]:
    """The plan, a slot at a time."""
    return [
        Write(index, action, instance)
        for index, action in enumerate(actions)
        for instance in (
            (action.instance,) if isinstance(action, StopTask) else action.instances or (NOWHERE,)
        )
    ]


def starts_in(writes: Iterable[Write]) -> Iterator[tuple[Write, StartTask]]:
    """The writes that start a task."""
    for write in writes:
        if isinstance(write.action, StartTask):
            yield write, write.action


def marks_in(writes: Iterable[Write]) -> Iterator[tuple[Write, MarkOnce]]:
    """The writes that say where a daemon has run."""
    for write in writes:
        if isinstance(write.action, MarkOnce):
            yield write, write.action


def gates_in(writes: Iterable[Write]) -> Iterator[tuple[Write, SetGate]]:
    """The writes that set an instance's gate."""
    for write in writes:
        if isinstance(write.action, SetGate):
            yield write, write.action


def stops_in(writes: Iterable[Write]) -> Iterator[tuple[Write, StopTask]]:
    """The writes that stop a task."""
    for write in writes:
        if isinstance(write.action, StopTask):
            yield write, write.action


class Scene:
    """What is known while one plan is checked."""

    def __init__(self, desired: Desired, observed: Observed, memory: Memory, now: float) -> None:
        self.desired = desired
        self.observed = observed
        self.memory = memory
        self.now = now
        self.mark = started_by(desired.owner)
        self.removed = {spec.name: spec for spec in desired.removed}
        self.wanted = {daemon.spec.name: daemon for daemon in desired.daemons}

    def host(self, arn: ContainerInstanceArn) -> Host | None:
        """The host, None where the view does not know it."""
        return self.observed.hosts.get(arn)

    def tasks(self, arn: ContainerInstanceArn) -> tuple[Task, ...]:
        """What the view holds on an instance."""
        host = self.observed.hosts.get(arn)
        return () if host is None else host.tasks

    def daemon(self, name: DaemonName) -> DesiredDaemon | None:
        """The daemon as wanted, None where the config does not know it."""
        return self.wanted.get(name)

    def own(self, slot: Slot) -> list[Task]:
        """The own tasks of a slot, adopted ones among them, in whatever state."""
        return [task for task in self.tasks(slot[0]) if self.is_own(task, slot[1])]

    def is_own(self, task: Task, name: DaemonName) -> bool:
        """Whether a task counts as the daemon's: started as it, or adopted by it."""
        if own(task, self.mark, name):
            return True
        daemon, gone = self.wanted.get(name), self.removed.get(name)
        if daemon is not None:
            return daemon.spec.adopt and adopted(task, daemon.spec, daemon.definition)
        return gone is not None and gone.adopt and adopted(task, gone, None)

    def rollout(self, name: DaemonName) -> Rollout | None:
        """What is remembered of a daemon's rollout."""
        memory = self.memory.daemons.get(name)
        return None if memory is None else memory.rollout

    def in_flight(self, slot: Slot) -> Expectation | None:
        """The expectation that keeps others from the slot."""
        memory = self.memory.slots.get(slot)
        if memory is None or memory.expectation is None:
            return None
        return in_flight(memory, self.now, seen_live=any(map(live, self.own(slot))))

    def remembered(self, slot: Slot) -> SlotMemory:
        """What is remembered of a slot from before this plan."""
        return self.memory.slots.get(slot, NOTHING)


Fault = tuple[Write, str]
"""A write that breaks an invariant, and the sentence that says how."""

Invariant = Callable[[Scene, Sequence[Write]], Iterator[Fault]]
"""Finds the writes at fault among those that no earlier invariant has dropped."""
