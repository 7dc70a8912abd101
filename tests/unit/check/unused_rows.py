"""Daemons stopped as unused although somebody needs them, and those that may go."""

from __future__ import annotations

from typing import Any

from daemonctl.model.cluster import Task
from daemonctl.model.desired import Desired
from daemonctl.model.spec import OnlyWith
from tests.unit.check.given import (
    AGENT,
    NOW,
    Case,
    case,
    daemon,
    desired,
    host,
    observed,
    remember,
    stopped,
    stopping,
    task,
    voluntary,
)
from tests.unit.check.start_rows import Found

_WEB: dict[str, Any] = {"group": "service:elastic-hot", "started_by": "ecs-svc/1"}


def _with(linger: float = 300.0) -> Desired:
    return desired(daemon(AGENT, only_with=OnlyWith(("kibana", "elastic*"), linger)))


def _goes(*others: Task, listed: tuple[str, ...] = ("kibana", "elastic*"), **other: Any) -> Case:
    seen = observed(host(1, task("a"), *others), services=frozenset(listed))
    given: dict[str, Any] = {"wanted": _with(), "memory": remember(unused_since=NOW - 300)}
    return case(voluntary("a", code="UNUSED"), seen=seen, **(given | other))


def unused() -> Found:
    def of(words: str, broken: Case) -> tuple[str, Case, tuple[str, ...]]:
        return f"stop of agent on h1 as unused: {words}", broken, ()

    return [
        of("it has no onlyWith", _goes(wanted=desired())),
        of("the tasks of elastic* have not been listed", _goes(listed=("kibana",))),
        of("w of service:elastic-hot is RUNNING", _goes(task("w", **_WEB))),
        of("w of service:elastic-hot is RUNNING", _goes(stopping("w", **_WEB))),
        of("lingerSeconds are not over", _goes(memory=remember(unused_since=NOW - 299))),
        of("lingerSeconds are not over", _goes(memory=None)),
    ]


def good() -> list[Case]:
    """At the very bound."""
    other = task("x", group="service:kibana2", started_by="ecs-svc/2")
    crowd = [host(n, task(f"t{n}", n)) for n in range(2, 6)]
    seen = observed(host(1, task("a")), *crowd, services=frozenset(("kibana", "elastic*")))
    return [
        _goes(),
        _goes(stopped("w", **_WEB), other, task("y", group="xservice:elastic")),
        _goes(wanted=_with(0.0), memory=None),
        case(
            voluntary("a", code="UNUSED"),
            seen=seen,
            wanted=_with(),
            memory=remember(unused_since=NOW - 300),
        ),
    ]
