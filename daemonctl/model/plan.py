"""What is to be done, and why. An action says everything: the executor has no choices left."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct, structs

from daemonctl.model.ids import (
    GATE,
    ContainerInstanceArn,
    DaemonName,
    Owner,
    Slot,
    TaskArn,
    TaskDefinitionArn,
    once_slot,
)
from daemonctl.model.memory import DaemonMemory, SlotMemory
from daemonctl.model.once import attribute_of
from daemonctl.model.reason import Condition, Verdict


class StartTask(Struct, frozen=True):
    """One StartTask call: a daemon on at most ten instances that need the same of it."""

    daemon: DaemonName
    owner: Owner
    definition: TaskDefinitionArn
    instances: tuple[ContainerInstanceArn, ...]
    overrides: str  # rendered, normalised; "" for none
    tags: tuple[tuple[str, str], ...] = ()
    propagate_tags: bool = False
    enable_execute_command: bool = False
    words: str = ""
    rollback_of: str = ""  # the tag of the revision that this one is to replace


class StopKind(StrEnum):
    """Why a stop is allowed."""

    REPAIR = "REPAIR"  # takes nothing away: another task of the daemon stays
    VOLUNTARY = "VOLUNTARY"  # needs the budget
    ROOM = "ROOM"  # somebody else's task gives way to a daemon; only under makeRoom


class StopTask(Struct, frozen=True):
    """One StopTask call."""

    daemon: DaemonName
    instance: ContainerInstanceArn
    task: TaskArn
    kind: StopKind
    code: str
    words: str

    @property
    def reason(self) -> str:
        """What ECS is told, at most 255 characters."""
        return f"daemonctl: {self.code}: {self.words}"[:255]


class SetGate(Struct, frozen=True):
    """One PutAttributes call: the gate's attribute on at most ten instances."""

    attribute: str
    opened: bool
    instances: tuple[ContainerInstanceArn, ...]
    words: str

    @property
    def value(self) -> str:
        """As the attribute says it."""
        return "true" if self.opened else "false"

    @property
    def daemon(self) -> DaemonName:
        """None of them: the slot of an instance's gate."""
        return GATE

    def value_on(self, instance: ContainerInstanceArn) -> str:
        """The attribute's value there."""
        del instance  # one value for all
        return self.value


class MarkOnce(Struct, frozen=True):
    """One PutAttributes call: a daemon that runs once has done so on at most ten instances."""

    once: DaemonName
    marks: tuple[tuple[ContainerInstanceArn, str], ...]  # which revision, see model.once
    words: str

    @property
    def attribute(self) -> str:
        """The attribute's name."""
        return attribute_of(self.once)

    @property
    def instances(self) -> tuple[ContainerInstanceArn, ...]:
        """Where."""
        return tuple(arn for arn, _ in self.marks)

    @property
    def daemon(self) -> DaemonName:
        """Not the daemon's own slot: what is done to the attribute holds nothing else up."""
        return once_slot(self.once)

    def value_on(self, instance: ContainerInstanceArn) -> str:
        """The attribute's value there. Raises KeyError where it is not set."""
        return dict(self.marks)[instance]


PutAttributes = SetGate | MarkOnce
Action = StartTask | StopTask | PutAttributes


A = TypeVar("A", bound=StartTask | SetGate | MarkOnce)


def only_on(action: A, instances: tuple[ContainerInstanceArn, ...]) -> A:
    """The same call for some of its instances."""
    if isinstance(action, MarkOnce):
        values = dict(action.marks)
        return structs.replace(action, marks=tuple((arn, values[arn]) for arn in instances))
    return structs.replace(action, instances=instances)


class Look(Struct, frozen=True):
    """Look up what became of an ambiguous start on one instance."""

    instance: ContainerInstanceArn
    daemon: DaemonName


class Allowance(Struct, frozen=True):
    """What may be spent now. ``refill_at`` is when the next API token comes."""

    modify_calls: int
    voluntary_stops: int
    refill_at: float | None = None
    barred: Condition | None = None  # why nothing at all may be written


INFINITE = Allowance(modify_calls=1_000_000_000, voluntary_stops=1_000_000_000)


class Plan(Struct, frozen=True):
    """The whole answer. Memory is given as what changes; None forgets the slot."""

    actions: tuple[Action, ...]
    looks: tuple[Look, ...]
    verdicts: Mapping[Slot, Verdict | None]  # those that changed (at first: all); None went away
    conditions: tuple[Condition, ...]
    slots: Mapping[Slot, SlotMemory | None]
    daemons: Mapping[DaemonName, DaemonMemory]
    wake: float | None  # plan again then at the latest, epoch seconds
