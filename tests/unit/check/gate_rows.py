"""Gates that must not be set as planned, and those that may."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from daemonctl.model.cluster import Attributes, Task
from daemonctl.model.ids import GATE
from daemonctl.model.memory import Expectation, Kind
from daemonctl.model.observed import Host
from daemonctl.model.plan import SetGate
from daemonctl.model.spec import GateSpec, Share
from tests.unit.check.given import (
    AGENT,
    NOW,
    Case,
    arn,
    case,
    daemon,
    desired,
    host,
    observed,
    remember,
    task,
)
from tests.unit.check.start_rows import Found

NAME = "daemonctl.ready"
WANTED = desired(daemon(AGENT, min_ready_seconds=10.0), gate=GateSpec(max_closed=Share(2)))

ONCE = desired(daemon(AGENT, once=True), gate=GateSpec(max_closed=Share(2)))


def gated(number: int, *tasks: Task, value: str = "false", **other: Any) -> Host:
    return host(number, *tasks, attributes=Attributes({NAME: value}), **other)


def sets(opened: bool, *numbers: int, **other: Any) -> SetGate:  # noqa: FBT001  a value
    plain = SetGate(NAME, opened, tuple(map(arn, numbers)), "why")
    return structs.replace(plain, **other)


def gate() -> Found:
    def of(words: str, action: SetGate, *hosts: Host, **other: Any) -> tuple[str, Case, Any]:
        to = "true" if action.opened else "false"
        given = {"wanted": WANTED} | other
        return f"gate on {words.format(to)}", case(action, seen=observed(*hosts), **given), ()

    late = task("a", started_at=NOW - 9)
    open_ = [gated(n, value="true") for n in range(1, 13)]
    return [
        of("h1 to {}: the config has no such gate", sets(True, 1), gated(1), wanted=desired()),
        of("h1 to {}: the config has no such gate", sets(True, 1, attribute="x"), gated(1)),
        of(" to {}: names no instance", sets(True)),
        of("h2 to {}: the instance is unknown", sets(True, 2), gated(1)),
        of(
            "h1 to {}: the instance is DRAINING or none of ours",
            sets(True, 1),
            gated(1, status="DRAINING"),
        ),
        of(
            "h1 to {}: the instance is ACTIVE or none of ours",
            sets(True, 1),
            gated(1, managed=True),
        ),
        of(
            "h1 to {}: the instance is ACTIVE or none of ours",
            sets(True, 1),
            gated(1, ec2_id="mi-1"),
        ),
        of("h1 to {}: it has that value already", sets(True, 1), gated(1, value="true")),
        of("h1 to {}: it has that value already", sets(False, 1), gated(1)),
        of("h1 to {}: it has that value already", sets(False, 1), host(1)),
        of("h1 to {}: agent is not ready there", sets(True, 1), gated(1, late)),
        of("h1 to {}: agent has not run there", sets(True, 1), gated(1), wanted=ONCE),
        of("h1 to {}: named twice by one call", sets(True, 1, 1), gated(1)),
        of(
            "h11 to {}: more than 10 attributes",
            sets(True, *range(1, 12)),
            *(gated(n) for n in range(1, 12)),
        ),
        of("h3 to {}: 3 of 12 would be closed, maxClosed is 2", sets(False, 1, 2, 3), *open_),
        of(
            "h2 to {}: 3 of 5 would be closed, maxClosed is 2",
            sets(False, 1, 2),
            gated(9),
            gated(8, status="DRAINING"),
            *open_[:4],
        ),
        of(
            "h1 to {}: 3 of 3 would be closed, maxClosed is 2",
            sets(False, 1),
            *open_[:2],
            gated(9),
            memory=remember(2, GATE, expectation=_closing(NOW + 5)),
        ),
    ]


def _closing(expires: float, kind: Kind = Kind.CLOSE) -> Expectation:
    return Expectation(kind, NOW - 5, expires)


def good() -> list[Case]:
    """At the very bound."""
    optional = desired(daemon(AGENT, required=False), gate=GateSpec(max_closed=Share(2)))
    open_ = [gated(n, value="true") for n in range(1, 4)]
    two = observed(*open_)
    return [
        case(sets(True, *range(1, 11)), seen=observed(*map(gated, range(1, 11))), wanted=WANTED),
        case(sets(True, 1), seen=observed(gated(1, task("a", started_at=NOW - 10))), wanted=WANTED),
        case(sets(True, 1), seen=observed(host(1)), wanted=WANTED),
        case(
            sets(True, 1),
            seen=observed(gated(1, task("a", desired_status="STOPPED"))),
            wanted=WANTED,
        ),
        case(sets(True, 1), seen=observed(gated(1, task("a", started_at=NOW))), wanted=optional),
        case(
            sets(True, 1),
            seen=observed(gated(1, task("a", started_at=NOW))),
            wanted=desired(
                daemon(AGENT, min_ready_seconds=9.0, constraints=("x exists",)), gate=WANTED.gate
            ),
        ),
        case(sets(False, 1, 2), seen=two, wanted=WANTED),
        *(
            case(
                sets(False, 1),
                seen=observed(*open_[:2], gated(9)),
                wanted=WANTED,
                memory=remember(2, GATE, expectation=expected),
            )
            for expected in (_closing(NOW), _closing(NOW + 5, Kind.OPEN))
        ),
    ]
