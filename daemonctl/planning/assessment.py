"""What looking at one host yields: a verdict per daemon, what it wants, what to remember."""

from __future__ import annotations

from msgspec import Struct

from daemonctl.model.cluster import Task
from daemonctl.model.ids import ContainerInstanceArn, TaskArn, TaskDefinitionArn
from daemonctl.model.memory import NOTHING, SlotMemory
from daemonctl.model.plan import StopKind
from daemonctl.model.reason import Code, Verdict
from daemonctl.model.rollout import FailedInstance

DESIRED, CURRENT, RUNNING, UPDATED, AVAILABLE = 1, 2, 4, 8, 16
MISSCHEDULED, DUPLICATED, STARTING, LEAVING, SICK, LOST = 32, 64, 128, 256, 512, 1024
BEHIND = 2048  # runs another revision than the target, on an instance that can take it
UNPROVEN = 4096  # runs the target, and has not shown yet that it lasts

Tallied = tuple[Code, int]
"""What a slot adds to its daemon's tally: its verdict's code and the flags above."""


class WantStart(Struct, frozen=True, gc=False):
    """A start that only lacks its share of the budgets."""

    definition: TaskDefinitionArn
    overrides: str
    words: str
    rollback_of: str = ""
    failed_at: float = 0.0  # when the last try here failed, epoch seconds
    again: bool = False  # of a daemon that runs once: another revision has run there
    probe: bool = False  # it should not fit, and is tried all the same


class WantStop(Struct, frozen=True, gc=False):
    """A stop that only lacks its share of the budgets."""

    task: TaskArn
    kind: StopKind
    code: Code
    words: str
    again: bool = False  # what it takes counts as lost to us already


class Entry(Struct, frozen=True, gc=False):
    """One daemon on one host."""

    verdict: Verdict
    flags: int = 0
    start: WantStart | None = None
    stop: WantStop | None = None
    look: bool = False
    fails: FailedInstance | None = None  # the rollout's target failed here
    wake: float | None = None  # time alone may change this entry then


class WantGate(Struct, frozen=True, gc=False):
    """The gate's other value; it only lacks its share of the budgets."""

    opened: bool
    alone: bool  # in a call of its own
    words: str


class GateEntry(Struct, frozen=True, gc=False):
    """The gate of one host."""

    opened: bool  # as ECS has it
    closing: bool = False  # it is being closed
    want: WantGate | None = None
    refused: str = ""  # why ECS does not take the attribute
    wake: float | None = None


class WantMark(Struct, frozen=True, gc=False):
    """The mark of a run that succeeded; it only lacks its share of the budgets."""

    value: str
    alone: bool  # in a call of its own


class MarkEntry(Struct, frozen=True, gc=False):
    """The mark of one daemon that runs once, on one host."""

    index: int  # of the rule
    memory: SlotMemory
    want: WantMark | None = None
    refused: str = ""  # why ECS does not take the attribute
    wake: float | None = None


class Assessment(Struct, frozen=True, gc=False):
    """One host, its entries in the order of the rules."""

    arn: ContainerInstanceArn
    zone: str
    entries: tuple[Entry, ...]
    foreign: tuple[Task, ...]
    orphans: tuple[Task, ...]
    memory: tuple[tuple[int, SlotMemory | None], ...]  # by rule, what changed
    failed: tuple[int, ...]  # rules whose daemon has newly failed here
    wake: float | None
    gate: GateEntry | None = None  # None where it has none
    gate_memory: SlotMemory = NOTHING
    marks: tuple[MarkEntry, ...] = ()  # one for each daemon that runs once
