"""An allotment while it is made: what is wanted, what may be spent, what was given out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from daemonctl.model.ids import ContainerInstanceArn, DaemonName, Slot, short
from daemonctl.model.lease import RepairOnly
from daemonctl.model.memory import DaemonMemory, Failure
from daemonctl.model.observed import Observed
from daemonctl.model.plan import Action, Allowance, StopTask
from daemonctl.model.reason import Code, Condition, Notice
from daemonctl.planning.assessment import WantStart, WantStop
from daemonctl.planning.queue import Queue
from daemonctl.planning.rules import Rule, Rules
from daemonctl.planning.steering import Steering
from daemonctl.planning.tally import Tally

TAKING = (Code.UNHEALTHY, Code.UNREADY, Code.OUTDATED, Code.RESTART, Code.COVERAGE)
"""Stops that count as unavailable by us, see docs/terms.md."""


class Wants(Struct):
    """Everything that waits for a budget, by rule."""

    starts: tuple[Queue[WantStart], ...]
    stops: Mapping[Code, tuple[Queue[WantStop], ...]]  # by why

    @property
    def waiting(self) -> int:
        """How many wants there are."""
        stops = sum(len(queue) for kind in self.stops.values() for queue in kind)
        return stops + sum(map(len, self.starts))


class Allotted(Struct):
    """What is done now, what is told, and when more may be done."""

    actions: list[Action] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)  # those the actions touch
    conditions: list[Condition] = field(default_factory=list)
    wake: float | None = None

    def wait(self, until: float | None) -> None:
        """Plan again then at the latest."""
        if until is not None and (self.wake is None or until < self.wake):
            self.wake = until


class Counter(Struct):
    """One allotment while it is made."""

    rules: Rules
    wants: Wants
    tallies: tuple[Tally, ...]
    memory: tuple[DaemonMemory, ...]
    cluster: Failure | None
    observed: Observed
    allowance: Allowance
    now: float
    calls: int
    steering: Steering
    unsaved: Mapping[DaemonName, None]  # rollouts that the Store does not have yet
    stored: bool  # a Store keeps the rollouts
    out: Allotted
    gates: Callable[[Counter], None]  # gives out what the gates may have
    marks: Callable[[Counter], None]  # the same for the marks of what runs once
    repair: RepairOnly | None = None  # the lock store is down
    taken: dict[int, int] = field(default_factory=dict)  # by rule: voluntary stops of this plan
    probed: dict[ContainerInstanceArn, None] = field(
        default_factory=dict
    )  # a misfit is tried there

    def tell(self, notice: Notice, words: str, daemon: str = "") -> None:
        """A condition that holds now."""
        self.out.conditions.append(Condition(notice, words, daemon))

    def name(self, arn: ContainerInstanceArn) -> str:
        """What an operator calls an instance."""
        host = self.observed.hosts.get(arn)
        return short(arn) if host is None else host.instance.ec2_id or short(arn)

    def stop(self, rule: Rule, arn: ContainerInstanceArn, want: WantStop) -> None:
        """Spends a call on a stop."""
        self.calls -= 1
        if want.code in TAKING and not want.again:
            self.taken[rule.index] = self.taken.get(rule.index, 0) + 1
        self.out.slots.append((arn, rule.name))
        self.out.actions.append(
            StopTask(
                daemon=rule.name,
                instance=arn,
                task=want.task,
                kind=want.kind,
                code=want.code,
                words=want.words,
            )
        )
