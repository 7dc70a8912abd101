"""Runs of what has run, and marks of what has not."""

from __future__ import annotations

from typing import Any

from daemonctl.model.cluster import Attributes, Container, Resources, Task, TaskDefinition
from daemonctl.model.desired import Desired
from daemonctl.model.ids import DaemonName
from daemonctl.model.memory import Memory
from daemonctl.model.plan import MarkOnce
from daemonctl.model.spec import Dependency, DependsOn, GateSpec
from tests.unit.check.gate_rows import sets
from tests.unit.check.given import (
    AGENT,
    Case,
    arn,
    case,
    daemon,
    definition,
    desired,
    host,
    observed,
    remember,
    start,
    stopped,
)
from tests.unit.check.start_rows import Found

SETUP = DaemonName("setup")
MARK = "daemonctl.once.setup"


def wanted(**other: Any) -> Desired:
    after = daemon(AGENT, Dependency(SETUP, DependsOn.SUCCESS))
    return desired(daemon(SETUP, once=True, **other), after)


def ran(letter: str = "s", *codes: int | None, **other: Any) -> Task:
    """A run that ended by itself."""
    ended = tuple(Container(f"c{at}", "STOPPED", code) for at, code in enumerate(codes or (0,)))
    plain = {"daemon": SETUP, "stop_code": "EssentialContainerExited", "containers": ended}
    return stopped(letter, **{**plain, **other})


def marked(value: str) -> dict[str, Attributes]:
    return {"attributes": Attributes({MARK: value})}


def once_start() -> Found:
    words = "start of setup on h1: setup:2 has run there"
    again, seen = start(SETUP, 1), observed(host(1, ran()))
    return [
        (words, case(again, seen=seen, wanted=wanted()), ()),
        (words, case(again, seen=observed(host(1, **marked("setup:2"))), wanted=wanted()), ()),
        (words, case(again, seen=observed(host(1)), wanted=wanted(), memory=_noted()), ()),
    ]


def _noted() -> Memory:
    return remember(1, SETUP, done="setup:2")


def _gated() -> Desired:
    return desired(daemon(SETUP, once=True), gate=GateSpec())


def puts(*numbers: int, value: str = "setup:2", once: DaemonName = SETUP) -> MarkOnce:
    return MarkOnce(once, tuple((arn(n), value) for n in numbers), "why")


def once_mark() -> Found:
    def of(words: str, action: MarkOnce, *tasks: Task, **on: Any) -> tuple[str, Case, Any]:
        seen = observed(host(1, *tasks, **on))
        return f"mark of {words}", case(action, seen=seen, wanted=wanted()), ()

    no_daemon = "the config has no such daemon that runs once"
    other = definition(SETUP, 1)
    crowd = [host(n, ran(f"s{n}", instance=arn(n))) for n in range(1, 12)]
    eleven = puts(*range(1, 12))
    return [
        of(f"agent on h1: {no_daemon}", puts(1, once=AGENT), ran()),
        of(f"ghost on h1: {no_daemon}", puts(1, once=DaemonName("ghost")), ran()),
        of("setup on h9: the instance is unknown", puts(9), ran()),
        of("setup on : names no instance", puts(), ran()),
        of("setup on h1: the instance is DRAINING", puts(1), ran(), status="DRAINING"),
        of("setup on h1: it is marked so already", puts(1), ran(), **marked("setup:2")),
        of("setup on h1: setup:2 is not what ran there last (none)", puts(1)),
        of(
            "setup on h1: setup:2 is not what ran there last (setup:1)",
            puts(1),
            ran(definition=other),
        ),
        of("setup on h1: named twice by one call", puts(1, 1), ran()),
        (
            "mark of setup on h11: more than 10 attributes",
            case(eleven, seen=observed(*crowd), wanted=wanted()),
            (),
        ),
    ]


def good() -> list[Case]:
    """What has not run may run, and what has is marked."""
    old, new = ran("o", definition=definition(SETUP, 1), stopped_at=4000.0), ran("n")
    untimed = ran("u", stopped_at=None, first_seen=6000.0)
    essential = TaskDefinition(definition(SETUP), True, Resources(), essential=("c0",))
    known = desired(daemon(SETUP, once=True))
    known = desired(type(known.daemons[0])(known.daemons[0].spec, essential))
    return [
        case(start(SETUP, 1), seen=observed(host(1, *seen)), wanted=wanted())
        for seen in (
            (),
            (ran("s", 1),),
            (ran("s", None),),
            (ran("s", 0, 143),),
            (ran("s", containers=()),),
            (ran("s", stop_code="UserInitiated"),),
            (new, ran("o", definition=definition(SETUP, 1), stopped_at=7000.0)),
        )
    ] + [
        case(start(SETUP, 1), seen=observed(host(1, **marked("setup:1"))), wanted=wanted()),
        case(puts(1), seen=observed(host(1, new)), wanted=wanted()),
        case(puts(1), seen=observed(host(1, old, new, **marked("setup:1"))), wanted=wanted()),
        case(puts(1), seen=observed(host(1, old, untimed)), wanted=wanted()),
        case(puts(1), seen=observed(host(1, ran("s", 0, 143))), wanted=known),
        case(puts(1), seen=observed(host(1)), wanted=wanted(), memory=_noted()),
        case(sets(True, 1), seen=observed(host(1, new)), wanted=_gated()),
        case(start(AGENT, 1), seen=observed(host(1, new)), wanted=wanted()),
        case(start(AGENT, 1), seen=observed(host(1, **marked("setup:1"))), wanted=wanted()),
    ]
