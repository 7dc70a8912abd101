"""Hosts with a gate, in a line each."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.ids import GATE
from daemonctl.model.memory import GateMark, Memory, SlotMemory
from daemonctl.model.observed import Host
from daemonctl.model.plan import Plan, SetGate
from daemonctl.model.spec import GateSpec, Share
from tests.unit.planning.scenery import NOW, arn, attributes, crash, desired, host, task

NAME = "daemonctl.ready"
SPEC = GateSpec(max_closed=Share(100, percent=True))
WANTED = structs.replace(desired(), gate=SPEC)
OPEN, CLOSED = attributes(daemonctl__ready="true"), attributes(daemonctl__ready="false")


def gated(*tasks: Task, number: int = 1, opened: bool | None = None, **changes: object) -> Host:
    has = {True: OPEN, False: CLOSED, None: attributes()}[opened]
    return host(number, *tasks, attributes=has, **changes)  # type: ignore[arg-type]  # fields


def remembered(number: int = 1, **slot: object) -> Memory:
    return Memory({(arn(number), GATE): structs.replace(SlotMemory(), **slot)})


def marked(since: float | None = None, **mark: bool) -> Memory:
    return remembered(gate=GateMark(since, **mark))


def gates(made: Plan) -> list[SetGate]:
    return [action for action in made.actions if isinstance(action, SetGate)]


def written(made: Plan) -> list[tuple[bool, int]]:
    return [(one.opened, len(one.instances)) for one in gates(made)]


def many(count: int, *, opened: bool, lacking: int = 0) -> tuple[Host, ...]:
    return tuple(
        gated(*([crash(n)] if n <= lacking else [task(n)]), number=n, opened=opened)
        for n in range(1, count + 1)
    )


def since(count: int, at: float = NOW - 30) -> Memory:
    return Memory({(arn(n), GATE): SlotMemory(gate=GateMark(at)) for n in range(1, count + 1)})
